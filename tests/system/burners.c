/*
 * Where is the CPU time of a program whose parts are known?
 * burners shares SECONDS [FILE]: three functions called from work() share its time; they do 6, 3
 * and 1 parts of the work. FILE is told the CPU time of each, as the program itself measured it:
 * how fast such a loop runs depends on where it lies.
 * burners pools SECONDS FILE: threads are born and die one after the other, and each runs for 10
 * ms; FILE is told how many they were, and the nanoseconds that they ran. burners naps SECONDS:
 * half of its time it sleeps in nap(), half it works.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define UNIT      20000
#define APART     __attribute__((noinline))
#define THREAD_NS 10000000

static volatile unsigned int sink;
static unsigned int seed = 1;
static unsigned int unit = UNIT; /* rounds of a loop in the smallest part */
static void *volatile frame;     /* whoever asks for his frame's address has a frame */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

APART static void burn_most(void)
{
	frame = __builtin_frame_address(0);
	for (unsigned int i = 0; i < 6 * unit; i++)
		sink += i;
}

APART static void burn_some(void)
{
	frame = __builtin_frame_address(0);
	for (unsigned int i = 0; i < 3 * unit; i++)
		sink += i;
}

APART static void burn_few(void)
{
	frame = __builtin_frame_address(0);
	for (unsigned int i = 0; i < unit; i++)
		sink += i;
}

static const struct {
	const char *name;
	void (*burn)(void);
} PARTS[] = { { "burn_most", burn_most }, { "burn_some", burn_some }, { "burn_few", burn_few } };

#define PART_COUNT (sizeof(PARTS) / sizeof(PARTS[0]))

APART static void work(uint64_t *took_ns)
{
	/* Rounds of like length would keep in step with the clock that samples them. */
	seed = seed * 1103515245u + 12345u;
	unit = UNIT / 4 + (seed >> 16) % (2 * UNIT);
	for (size_t i = 0; i < PART_COUNT; i++) {
		uint64_t from_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);

		PARTS[i].burn();
		took_ns[i] += now_ns(CLOCK_THREAD_CPUTIME_ID) - from_ns;
	}
	sink++;
}

static int tell_parts(const uint64_t *took_ns, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return 1;
	for (size_t i = 0; i < PART_COUNT; i++)
		(void)fprintf(file, "%s %llu\n", PARTS[i].name, (unsigned long long)took_ns[i]);
	return fclose(file) != 0;
}

/* The library keeps no frames: whoever calls it is not in the stack. */
APART static void doze(void)
{
	const struct timespec time = { .tv_nsec = 20000000 };

	nanosleep(&time, NULL);
	sink++;
}

APART static void nap(void)
{
	doze();
	sink++;
}

static void *run_thread(void *argument)
{
	uint64_t *ran_ns = argument;

	prctl(PR_SET_NAME, *ran_ns % 2 ? "burner-1" : "burner-2");
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < THREAD_NS)
		burn_few();
	*ran_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static int run_pools(uint64_t end_ns, const char *path)
{
	uint64_t sum_ns = 0, threads = 0;
	FILE *file = fopen(path, "we");

	if (!file)
		return 1;
	while (now_ns(CLOCK_MONOTONIC) < end_ns) {
		uint64_t ran_ns = threads;
		pthread_t thread;

		if (pthread_create(&thread, NULL, run_thread, &ran_ns) != 0)
			return 1;
		pthread_join(thread, NULL);
		sum_ns += ran_ns;
		threads++;
	}
	(void)fprintf(file, "%llu %llu\n", (unsigned long long)threads, (unsigned long long)sum_ns);
	return fclose(file) != 0;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	uint64_t end_ns =
		now_ns(CLOCK_MONOTONIC) + (uint64_t)((argc > 2 ? strtod(argv[2], NULL) : 0) * 1e9);
	uint64_t took_ns[PART_COUNT] = { 0 };

	if (strcmp(way, "pools") == 0 && argc > 3)
		return run_pools(end_ns, argv[3]);
	while (now_ns(CLOCK_MONOTONIC) < end_ns) {
		uint64_t from_ns = now_ns(CLOCK_MONOTONIC);

		while (now_ns(CLOCK_MONOTONIC) < from_ns + 20000000)
			work(took_ns);
		if (strcmp(way, "naps") == 0)
			nap();
	}
	return argc > 3 ? tell_parts(took_ns, argv[3]) : 0;
}
