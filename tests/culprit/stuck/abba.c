/*
 * What does a program look like whose two threads each hold a lock and want the other's? Neither
 * will ever go on.
 */
/* EXPECT: cause=lock.deadlock subject=abba.*right share>=0.8 */
/* STUCK: case=abba class=user_lockup row=deadlock cause=lock.deadlock subject=abba|right
 * chain=(abba.futex.*right.futex|right.futex.*abba.futex).*circle exit=12 */
#include <pthread.h>
#include <unistd.h>

#include "../culprit.h"

static pthread_mutex_t left_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold;

static __attribute__((noinline)) void take_both(pthread_mutex_t *own, pthread_mutex_t *other)
{
	(void)pthread_mutex_lock(own);
	(void)pthread_barrier_wait(&both_hold);
	(void)pthread_mutex_lock(other);
}

static void *be_right(void *argument)
{
	take_both(&right_lock, &left_lock);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t right;

	end_in_time(argc, argv);
	if (pthread_barrier_init(&both_hold, NULL, 2) != 0 ||
	    pthread_create(&right, NULL, be_right, NULL) != 0 ||
	    pthread_setname_np(right, "right") != 0)
		die("pthread_create");
	tell_ready(getpid());
	take_both(&left_lock, &right_lock);
	return 1;
}
