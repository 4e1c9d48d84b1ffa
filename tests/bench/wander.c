/*
 * What does a program look like whose call stacks hardly repeat? A thousand functions that call
 * each other at random, 8 to 64 deep, in two threads, for SECONDS: food for whoever reads profiles.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	FUNCTIONS = 1024,
	THREADS = 2,
	DEPTH_MIN = 8,
	DEPTHS = 57,
	WORK = 400,
};

typedef uint64_t walk(unsigned int depth, uint64_t seed);

static volatile bool is_over;
static volatile uint64_t sink;

/* xorshift64 (Marsaglia, 2003) */
static inline uint64_t next(uint64_t seed)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^ seed << 17;
}

static __attribute__((noinline)) uint64_t work(uint64_t seed)
{
	for (unsigned int i = 0; i < WORK; i++)
		seed = seed * 6364136223846793005ULL + 1;
	return seed;
}

/* All names of four base-4 digits behind a first one: do_all(f) is f(00000) … f(33333). */
#define DO_4(f, n)   f(n##0) f(n##1) f(n##2) f(n##3)
#define DO_16(f, n)  DO_4(f, n##0) DO_4(f, n##1) DO_4(f, n##2) DO_4(f, n##3)
#define DO_64(f, n)  DO_16(f, n##0) DO_16(f, n##1) DO_16(f, n##2) DO_16(f, n##3)
#define DO_256(f, n) DO_64(f, n##0) DO_64(f, n##1) DO_64(f, n##2) DO_64(f, n##3)
#define DO_ALL(f)    DO_256(f, 0) DO_256(f, 1) DO_256(f, 2) DO_256(f, 3)

#define DECLARE(n) static walk walk_##n;
DO_ALL(DECLARE)

#define NAME(n) walk_##n,
static walk *const WALKS[FUNCTIONS] = { DO_ALL(NAME) };

/* Four places to call from; the sum keeps the calls from being jumps. */
#define DEFINE(n)                                                                             \
	static __attribute__((noinline)) uint64_t walk_##n(unsigned int depth, uint64_t seed) \
	{                                                                                     \
		uint64_t on = next(seed);                                                     \
		walk *const child = WALKS[on >> 32 & (FUNCTIONS - 1)];                        \
                                                                                              \
		if (depth == 0)                                                               \
			return work(on);                                                      \
		switch (on & 3) {                                                             \
		case 0:                                                                       \
			return child(depth - 1, on) + 1;                                      \
		case 1:                                                                       \
			return child(depth - 1, on) + 2;                                      \
		case 2:                                                                       \
			return child(depth - 1, on) + 3;                                      \
		default:                                                                      \
			return child(depth - 1, on) + 4;                                      \
		}                                                                             \
	}
DO_ALL(DEFINE)

static void *wander(void *argument)
{
	uint64_t seed = 88172645463325252ULL + (uintptr_t)argument * 977;

	while (!is_over) {
		seed = next(seed);
		sink += WALKS[seed & (FUNCTIONS - 1)](DEPTH_MIN + (seed >> 20) % DEPTHS, seed);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1;
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, wander, (void *)i) != 0) {
			perror("wander: thread");
			return 1;
		}
	}
	(void)sleep(seconds);
	is_over = true;
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return 0;
}
