/*
 * What does a program look like whose main thread waits for a lock that another thread holds
 * nearly always? The holder computes, or reads the disk: then the disk is to blame and not the
 * lock.
 */
/* EXPECT: case=futex_cpu cause=lock.user subject=contended_lock|lock-holder|futex|0x share>=0.7 */
/* EXPECT: case=futex_disk cause=disk.device subject={device} share>=0.6 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "culprit.h"

/* Many under one hold: what else a round takes must be small beside them, on a fast disk too. */
#define READ_BYTES (256 << 10)
#define READS      24

static pthread_mutex_t contended_lock =
	PTHREAD_MUTEX_INITIALIZER; /* static: so that it has a name */

struct holder {
	const char *path; /* NULL: compute */
	uint64_t deadline_ns;
	char *block;
	off_t size;
	int fd;
};

static __attribute__((noinline)) void compute_while_holding(uint64_t *state)
{
	*state = churn(*state, 5000000);
}

static __attribute__((noinline)) void read_while_holding(const struct holder *holder,
							 uint64_t *state)
{
	uint64_t blocks = (uint64_t)holder->size / READ_BYTES;

	for (unsigned i = 0; i < READS; i++)
		if (pread(holder->fd, holder->block, READ_BYTES,
			  (off_t)(random_below(state, blocks) * READ_BYTES)) < 0)
			die(holder->path);
}

static void *hold(void *argument)
{
	const struct holder *holder = argument;
	uint64_t state = 1;

	while (clock_now_ns() < holder->deadline_ns) {
		(void)pthread_mutex_lock(&contended_lock);
		if (holder->path)
			read_while_holding(holder, &state);
		else
			compute_while_holding(&state);
		(void)pthread_mutex_unlock(&contended_lock);
		/* A moment for the main thread, which a default mutex would starve. */
		sleep_ns(20000);
	}
	return NULL;
}

static void open_file(struct holder *holder)
{
	holder->fd = open(holder->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (holder->fd < 0)
		die(holder->path);
	holder->size = lseek(holder->fd, 0, SEEK_END);
	holder->block = direct_buffer(READ_BYTES);
	if (holder->size < READ_BYTES)
		die(holder->path);
}

int main(int argc, char **argv)
{
	struct holder holder = { .path = argc > 2 ? argv[2] : NULL,
				 .deadline_ns = deadline_from(argc, argv) };
	uint64_t count = 0;
	pthread_t thread;

	if (holder.path)
		open_file(&holder);
	if (pthread_create(&thread, NULL, hold, &holder) != 0 ||
	    pthread_setname_np(thread, "lock-holder") != 0)
		die("pthread_create");

	for (; clock_now_ns() < holder.deadline_ns; count++) {
		(void)pthread_mutex_lock(&contended_lock);
		(void)pthread_mutex_unlock(&contended_lock);
		/* Some work without the lock, so that the holder has it again when it is asked for
		 * next. */
		(void)churn(count | 1, 100000);
	}
	(void)pthread_join(thread, NULL);
	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
