/*
 * What does a program look like whose threads all use one futex at the same time? Nobody is woken
 * here, for no waiter waits for the bit: but to see that, the kernel looks at all of them, with the
 * lock of the futex's hash bucket held.
 */
/* EXPECT: cause=cpu.kernel subject=. share>=0.5 evidence=lock.of.a.futex.hash.bucket */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "culprit.h"

#define WAITERS     400
#define STACK_BYTES (64u << 10)
#define BIT_WAITED  1
#define BIT_OTHER   2

static _Atomic uint32_t word;

static void *wait_for_end(void *argument)
{
	while (!atomic_load(&word))
		(void)syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
			      BIT_WAITED);
	return NULL;
}

static void *hammer(void *argument)
{
	const uint64_t *deadline_ns = argument;

	while (clock_now_ns() < *deadline_ns)
		for (unsigned i = 0; i < 100; i++)
			(void)syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL,
				      BIT_OTHER);
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	pthread_t waiters[WAITERS], other;
	pthread_attr_t small;

	if (pthread_attr_init(&small) != 0 || pthread_attr_setstacksize(&small, STACK_BYTES) != 0)
		die("pthread_attr_setstacksize");
	for (unsigned i = 0; i < WAITERS; i++)
		if (pthread_create(&waiters[i], &small, wait_for_end, NULL) != 0)
			die("pthread_create");
	if (pthread_create(&other, NULL, hammer, &deadline_ns) != 0)
		die("pthread_create");
	hammer(&deadline_ns);
	(void)pthread_join(other, NULL);

	atomic_store(&word, 1);
	(void)syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	for (unsigned i = 0; i < WAITERS; i++)
		(void)pthread_join(waiters[i], NULL);
	report_cpu();
	return 0;
}
