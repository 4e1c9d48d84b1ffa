/* How does a culprit keep its budget and own up to the CPU it used? */
#include "culprit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

_Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "culprit: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t clock_now_ns(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		die("clock_gettime");
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static double budget_s(int argc, char **argv)
{
	return argc > 1 ? strtod(argv[1], NULL) : 3.0;
}

uint64_t deadline_from(int argc, char **argv)
{
	return clock_now_ns() + (uint64_t)(budget_s(argc, argv) * (double)NS_PER_S);
}

/* No other thread is at stderr: they all wait. */
static void end_well(int number)
{
	report_cpu();
	_exit(0);
}

void end_in_time(int argc, char **argv)
{
	double budget = budget_s(argc, argv);
	struct itimerval timer = { .it_value.tv_sec = (time_t)budget };

	timer.it_value.tv_usec = (suseconds_t)((budget - (double)timer.it_value.tv_sec) * 1e6);
	if (signal(SIGALRM, end_well) == SIG_ERR || setitimer(ITIMER_REAL, &timer, NULL) != 0)
		die("setitimer");
}

void tell_ready(pid_t whom)
{
	const char *fd = getenv("CULPRIT_READY");

	if (fd && dprintf((int)strtol(fd, NULL, 10), "%d\n", (int)whom) < 0)
		die("CULPRIT_READY");
}

void await_go(void)
{
	char byte;

	if (getenv("CULPRIT_READY") && read(STDIN_FILENO, &byte, 1) < 0)
		die("stdin");
}

_Noreturn void be_sleeper(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NAME, "sleeper") != 0)
		die("prctl");
	for (;;)
		(void)pause();
}

void start_sleeper(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0)
		be_sleeper();
}

const char *argument_at(int argc, char **argv, int index)
{
	if (index >= argc) {
		errno = EINVAL;
		die("an argument is missing");
	}
	return argv[index];
}

uint64_t churn(uint64_t state, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		__asm__ volatile("" : "+r"(state));
	}
	return state;
}

uint64_t random_below(uint64_t *state, uint64_t limit)
{
	*state = churn(*state, 1);
	return *state % limit;
}

void sleep_ns(uint64_t ns)
{
	struct timespec left = { .tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S) };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

void allow_core(int may)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) != 0)
		die("getrlimit");
	core.rlim_cur = may ? core.rlim_max : 0;
	if (setrlimit(RLIMIT_CORE, &core) != 0)
		die("setrlimit");
}

void *direct_buffer(size_t bytes)
{
	void *buffer = aligned_alloc(4096, bytes);

	if (!buffer)
		die("aligned_alloc");
	memset(buffer, 'x', bytes);
	return buffer;
}

void join_cgroup(const char *folder)
{
	char path[512];
	FILE *procs;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	procs = fopen(path, "we");
	if (!procs)
		die(path);
	if (fputs("0\n", procs) == EOF || fclose(procs) != 0)
		die(path);
}

void report_cpu(void)
{
	struct rusage used;
	uint64_t us;

	if (getrusage(RUSAGE_SELF, &used) != 0)
		die("getrusage");
	us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	     (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	(void)fprintf(stderr, "culprit: cpu_ns=%" PRIu64 "\n", us * 1000);
}
