/* Is the holder of a user lock found, and nobody else taken for it? */
#include "probe/owners.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/test.h"

struct waiter {
	pthread_mutex_t lock;
	uint32_t tid;
};

static void *wait_for_lock(void *argument)
{
	struct waiter *waiter = argument;

	__atomic_store_n(&waiter->tid, (uint32_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	pthread_mutex_lock(&waiter->lock);
	pthread_mutex_unlock(&waiter->lock);
	return NULL;
}

/* When it sleeps, which may take it a while. */
static bool ask_in_the_end(struct owners *owners, const uint32_t *tid, struct owned_futex *ret)
{
	const struct timespec tick = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000; i++) {
		uint32_t whom = __atomic_load_n(tid, __ATOMIC_ACQUIRE);

		if (whom && owners_ask(owners, whom, ret) && ret->owner)
			return true;
		(void)nanosleep(&tick, NULL);
	}
	return false;
}

static void the_holder_of_a_mutex_is_found(void **state)
{
	struct owners owners = {};
	struct waiter waiter = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct owned_futex wait = {};
	pthread_t thread;

	/* Nobody else may look into a process. */
	if (geteuid() != 0)
		skip();
	pthread_mutex_lock(&waiter.lock);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_lock, &waiter), 0);
	assert_true(ask_in_the_end(&owners, &waiter.tid, &wait));
	assert_int_equal(wait.owner, syscall(SYS_gettid));
	assert_int_equal(wait.address, (uintptr_t)&waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	pthread_join(thread, NULL);
	owners_end(&owners);
	assert_null(owners.guard);
}

static void nobody_is_asked_of_a_thread_that_is_not_there(void **state)
{
	struct owners owners = {};
	struct owned_futex wait;

	assert_false(owners_ask(&owners, 4194305, &wait));
	owners_end(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_holder_of_a_mutex_is_found),
		cmocka_unit_test(nobody_is_asked_of_a_thread_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
