/* What do the measurements load the machine with? Small loops that do one thing and say what one
 * round of it took. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS     1000000000ull
#define BATCH         64
#define PACE_NS       1000000ull
#define OPS_PER_PACE  50
#define PINNED_TO_CPU 0

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Threads started later inherit it. */
static void pin(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(PINNED_TO_CPU, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		perror("loads: not pinned to a CPU");
}

static void must(bool held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

struct pingpong {
	int there[2];
	int back[2];
};

static void *echo(void *arg)
{
	struct pingpong *pipes = arg;
	char byte;

	while (read(pipes->there[0], &byte, 1) == 1 && write(pipes->back[1], &byte, 1) == 1)
		;
	return NULL;
}

static void pingpong_start(struct pingpong *pipes)
{
	pthread_t thread;

	must(pipe(pipes->there) == 0 && pipe(pipes->back) == 0, "pipe");
	must(pthread_create(&thread, NULL, echo, pipes) == 0, "thread");
	pthread_detach(thread);
}

static void pingpong_once(const struct pingpong *pipes)
{
	char byte = 1;

	must(write(pipes->there[1], &byte, 1) == 1 && read(pipes->back[0], &byte, 1) == 1, "pipe");
}

/* One round: two context switches, four system calls. */
static uint64_t run_pingpong(uint64_t end_ns)
{
	static struct pingpong pipes; /* the thread outlives this function */
	uint64_t ops = 0;

	pingpong_start(&pipes);
	for (; now_ns() < end_ns; ops += BATCH)
		for (int i = 0; i < BATCH; i++)
			pingpong_once(&pipes);
	return ops;
}

/* The same at a steady rate: 50,000 rounds, so 100,000 context switches, a second, as long as the
 * machine keeps up. */
static uint64_t run_paced(uint64_t end_ns)
{
	static struct pingpong pipes;
	uint64_t ops = 0;

	pingpong_start(&pipes);
	for (uint64_t next_ns = now_ns(); next_ns < end_ns; next_ns += PACE_NS) {
		struct timespec next = { .tv_sec = (time_t)(next_ns / SECOND_NS),
					 .tv_nsec = (long)(next_ns % SECOND_NS) };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		for (int i = 0; i < OPS_PER_PACE; i++)
			pingpong_once(&pipes);
		ops += OPS_PER_PACE;
	}
	return ops;
}

static uint64_t run_getppid(uint64_t end_ns)
{
	uint64_t ops = 0;

	for (; now_ns() < end_ns; ops += BATCH)
		for (int i = 0; i < BATCH; i++)
			syscall(SYS_getppid);
	return ops;
}

static uint64_t run_pread(uint64_t end_ns)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t ops = 0;
	char byte;

	must(fd >= 0, "/proc/self/exe");
	for (; now_ns() < end_ns; ops += BATCH)
		for (int i = 0; i < BATCH; i++)
			must(pread(fd, &byte, 1, 0) == 1, "pread");
	close(fd);
	return ops;
}

static uint64_t mix(uint64_t value)
{
	for (int i = 0; i < 500; i++)
		value = value * 6364136223846793005ull + 1442695040888963407ull;
	return value;
}

/* Nearly all of the time is spent at the bottom. A call that is neither the last thing done nor
 * seen through stays a call. */
static __attribute__((noinline)) uint64_t go_down(unsigned int depth, uint64_t value)
{
	value = depth ? go_down(depth - 1, value) : mix(value);
	__asm__ volatile("" : "+r"(value));
	return value;
}

struct diver {
	uint64_t end_ns;
	unsigned int depth;
	uint64_t ops;
};

static void *dive(void *arg)
{
	struct diver *diver = arg;

	for (; now_ns() < diver->end_ns; diver->ops += BATCH)
		for (uint64_t i = 0; i < BATCH; i++)
			go_down(diver->depth, i);
	return NULL;
}

/* One round: down to the bottom of a deep recursion and back. Two threads at once. */
static uint64_t dive_twice(uint64_t end_ns, unsigned int depth)
{
	struct diver here = { .end_ns = end_ns, .depth = depth }, there = here;
	pthread_t thread;

	must(pthread_create(&thread, NULL, dive, &there) == 0, "thread");
	dive(&here);
	pthread_join(thread, NULL);
	return here.ops + there.ops;
}

static uint64_t run_deep(uint64_t end_ns)
{
	return dive_twice(end_ns, 100);
}

/* Deeper than profilers look. */
static uint64_t run_deeper(uint64_t end_ns)
{
	return dive_twice(end_ns, 200);
}

static const struct load {
	const char *name;
	uint64_t (*run)(uint64_t end_ns);
	bool is_free; /* to run on all CPUs */
} loads[] = {
	{ "pingpong", run_pingpong, false }, { "paced", run_paced, false },
	{ "getppid", run_getppid, false },   { "pread", run_pread, false },
	{ "deep", run_deep, true },          { "deeper", run_deeper, true },
};

static int measure(const struct load *load, double seconds)
{
	uint64_t start_ns = now_ns();
	uint64_t ops;
	double ns, cpu_ns;

	if (!load->is_free)
		pin();
	ops = load->run(start_ns + (uint64_t)(seconds * (double)SECOND_NS));
	ns = (double)(now_ns() - start_ns);
	cpu_ns = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	printf("%s ops=%llu ns_op=%.2f cpu_op=%.2f\n", load->name, (unsigned long long)ops,
	       ns / (double)(ops == 0 ? 1 : ops), cpu_ns / (double)(ops == 0 ? 1 : ops));
	return 0;
}

int main(int argc, char **argv)
{
	/* For start-up times: when did the command begin? */
	if (argc == 2 && strcmp(argv[1], "stamp") == 0) {
		printf("stamp ns=%llu\n", (unsigned long long)now_ns());
		return 0;
	}

	for (size_t i = 0; argc == 3 && i < sizeof(loads) / sizeof(loads[0]); i++)
		if (strcmp(argv[1], loads[i].name) == 0)
			return measure(&loads[i], strtod(argv[2], NULL));

	(void)fprintf(
		stderr,
		"usage: bench-loads pingpong|paced|getppid|pread|deep|deeper SECONDS, or bench-loads stamp\n");
	return 2;
}
