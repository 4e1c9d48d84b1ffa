/* Is the holder of a user lock found, and nobody else taken for it? */
#include "probe/owners.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/test.h"

static bool read_call(long number, unsigned int operation, struct futex_wait *ret, bool *ret_is_pi)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "%ld 0x7f00aa10 0x%x 0x2 0x0 0x0 0x0 0x7ffd0000 0x7f001000\n", number,
		       operation);
	return futex_call_read(text, ret, ret_is_pi);
}

static void a_wait_for_a_mutex_has_an_address(void **state)
{
	struct futex_wait wait;
	bool is_pi;

	assert_true(read_call(SYS_futex, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, &wait, &is_pi));
	assert_int_equal(wait.address, 0x7f00aa10);
	assert_false(wait.is_condition);
	assert_false(is_pi);
	assert_true(read_call(SYS_futex, FUTEX_LOCK_PI, &wait, &is_pi));
	assert_true(is_pi);
}

static void a_wait_for_a_condition_is_none_for_a_mutex(void **state)
{
	struct futex_wait wait;
	bool is_pi;

	assert_true(read_call(SYS_futex,
			      FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, &wait,
			      &is_pi));
	assert_true(wait.is_condition);
}

static void other_calls_are_no_waits(void **state)
{
	struct futex_wait wait;
	bool is_pi;

	assert_false(read_call(SYS_read, 0, &wait, &is_pi));
	assert_false(read_call(SYS_futex, FUTEX_WAKE, &wait, &is_pi));
	assert_false(futex_call_read("running\n", &wait, &is_pi));
	assert_false(futex_call_read("-1 0x7ffd0000 0x7f001000\n", &wait, &is_pi));
	assert_false(futex_call_read("", &wait, &is_pi));
}

static void only_a_contended_mutex_tells_its_owner(void **state)
{
	const uint32_t contended[] = { 2, 0, 4711 }, held[] = { 1, 0, 4711 }, other[] = { 7, 8, 9 };
	const uint32_t pi[] = { FUTEX_WAITERS | 4711, 0, 12 };
	const uint32_t robust[] = { FUTEX_WAITERS | 4711, 0, 4711 };

	assert_int_equal(futex_owner_read(contended, false), 4711);
	assert_int_equal(futex_owner_read(held, false), 0);
	assert_int_equal(futex_owner_read(other, false), 0);
	assert_int_equal(futex_owner_read(pi, true), 4711);
	assert_int_equal(futex_owner_read(pi, false), 0);
	assert_int_equal(futex_owner_read(robust, false), 4711);
}

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
static bool ask_in_the_end(struct owners *owners, const uint32_t *tid, struct futex_wait *ret)
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
	struct owners owners = OWNERS_NONE;
	struct waiter waiter = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct futex_wait wait = {};
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
	assert_int_equal(owners.fd, -1);
}

static void nobody_is_asked_of_a_thread_that_is_not_there(void **state)
{
	struct owners owners = OWNERS_NONE;
	struct futex_wait wait;

	assert_false(owners_ask(&owners, 4194305, &wait));
	owners_end(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_for_a_mutex_has_an_address),
		cmocka_unit_test(a_wait_for_a_condition_is_none_for_a_mutex),
		cmocka_unit_test(other_calls_are_no_waits),
		cmocka_unit_test(only_a_contended_mutex_tells_its_owner),
		cmocka_unit_test(the_holder_of_a_mutex_is_found),
		cmocka_unit_test(nobody_is_asked_of_a_thread_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
