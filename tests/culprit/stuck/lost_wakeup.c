/*
 * What does a program look like whose wake-up was lost? It waits for a condition that was signalled
 * before it waited, or for a lock; the thread that should act no longer exists.
 */
/* STUCK: case=lost_wakeup class=user_lockup row=unwakeable cause=lock.user chain=lost_wakeup.futex
 * evidence=none.of.its.threads.is.left.that.could.wake.it exit=12 */
/* STUCK: case=dead_holder class=user_lockup row=gone cause=lock.user chain=futex.*gone exit=12 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "../culprit.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_done = PTHREAD_COND_INITIALIZER;

/* It says so to nobody: the other one does not wait yet. */
static void *signal_too_early(void *argument)
{
	(void)pthread_cond_signal(&is_done);
	return NULL;
}

static void *die_with_the_lock(void *argument)
{
	(void)pthread_mutex_lock(&lock);
	return NULL;
}

static __attribute__((noinline)) void wait_for_signal(void)
{
	(void)pthread_mutex_lock(&lock);
	(void)pthread_cond_wait(&is_done, &lock);
}

static __attribute__((noinline)) void wait_for_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

int main(int argc, char **argv)
{
	int dies_with_lock = strcmp(argument_at(argc, argv, 2), "holder") == 0;
	pthread_t waker;

	end_in_time(argc, argv);
	if (pthread_create(&waker, NULL, dies_with_lock ? die_with_the_lock : signal_too_early,
			   NULL) != 0 ||
	    pthread_join(waker, NULL) != 0)
		die("pthread_create");
	tell_ready(getpid());
	if (dies_with_lock)
		wait_for_lock();
	else
		wait_for_signal();
	return 1;
}
