/*
 * Who waits for whom in a program whose waits are known?
 * sleepers ROUNDS [FILE SYNCS]: the threads "ping" and "pong" hand a byte to and fro through two
 * pipes on one CPU, ROUNDS times; then, with FILE, the thread "syncer" writes a block to it and
 * calls fsync, SYNCS times. The thread numbers are told.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static int there[2], back[2];
static long rounds, syncs;
static const char *path;
static void *volatile frame; /* whoever asks for his frame's address has a frame */

static void begin(const char *name)
{
	if (prctl(PR_SET_NAME, name) != 0)
		abort();
	(void)printf("%s %d\n", name, gettid());
	(void)fflush(stdout);
}

APART static void take_byte(int fd)
{
	char byte;

	frame = __builtin_frame_address(0);
	if (read(fd, &byte, 1) != 1)
		abort();
}

APART static void give_byte(int fd)
{
	frame = __builtin_frame_address(0);
	if (write(fd, "x", 1) != 1)
		abort();
}

/* The library keeps no frames: whoever calls it is not in the stack, but whoever calls that one is.
 */
APART static void hand_over(void)
{
	frame = __builtin_frame_address(0);
	give_byte(there[1]);
	take_byte(back[0]);
	frame = __builtin_frame_address(0);
}

static void *ping(void *nothing)
{
	begin("ping");
	for (long i = 0; i < rounds; i++)
		hand_over();
	return NULL;
}

static void *pong(void *nothing)
{
	begin("pong");
	for (long i = 0; i < rounds; i++) {
		take_byte(there[0]);
		give_byte(back[1]);
	}
	return NULL;
}

static void *sync_file(void *nothing)
{
	static char block[4096];
	int fd;

	begin("syncer");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		abort();
	for (long i = 0; i < syncs; i++) {
		memset(block, (int)i, sizeof(block));
		if (pwrite(fd, block, sizeof(block), 0) != (ssize_t)sizeof(block) || fsync(fd) != 0)
			abort();
	}
	(void)close(fd);
	return NULL;
}

/* There each hands the CPU to the other: in every round at least one of them waits. */
static void stay_on_one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		abort();
}

static void run(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[2];

	if (pthread_create(&threads[0], NULL, first, NULL) != 0 ||
	    (second && pthread_create(&threads[1], NULL, second, NULL) != 0))
		abort();
	pthread_join(threads[0], NULL);
	if (second)
		pthread_join(threads[1], NULL);
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atol(argv[1]) : 0;
	path = argc > 3 ? argv[2] : NULL;
	syncs = argc > 3 ? atol(argv[3]) : 0;
	if (pipe(there) != 0 || pipe(back) != 0)
		return 1;
	if (rounds) {
		stay_on_one_cpu();
		run(ping, pong);
	}
	if (path)
		run(sync_file, NULL);
	return 0;
}
