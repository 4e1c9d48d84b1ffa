/* Do contentions of kernel locks become the lock waits that a live watch tells? */
#include "import/perf_locks.h"

#include "unit/import/trace.h"

#define LOCK  0xffff888100001000ull
#define OTHER 0xffff888100002000ull

static void a_contention_is_told_when_it_ends(void **state)
{
	struct bytes records = {};
	owns(kept_free) struct kept kept = {};
	const struct event_lock *lock;

	add_contention_at(&records, TRACE_BEGIN, 100, 20, LOCK, 32 | 1);
	add_contention_at(&records, TRACE_BEGIN, 150, 20, LOCK, 32); /* it goes on, asleep */
	add_contention_at(&records, TRACE_BEGIN, 160, 21, LOCK, 1);
	add_contention_at(&records, TRACE_END, 170, 21, LOCK, 0);
	add_contention_at(&records, TRACE_END, 300, 20, LOCK, 0);
	read_trace(&records, &kept);

	assert_int_equal(kept_count(&kept, EVENT_LOCK), 2);
	lock = kept_at(&kept, EVENT_LOCK, 0);
	assert_int_equal(lock->tid, 21);
	assert_int_equal(lock->start_ns, 160);
	lock = kept_at(&kept, EVENT_LOCK, 1);
	assert_int_equal(lock->tid, 20);
	assert_int_equal(lock->start_ns, 100);
	assert_int_equal(lock->head.time_ns, 300);
	assert_true(lock->lock == LOCK);
	assert_int_equal(lock->flags, 33);
	assert_int_equal(lock->owner, 0);
	assert_int_equal(kept_stack(&kept, lock->stack)->frames, 2);
}

static void an_end_without_its_begin_tells_nothing(void **state)
{
	struct bytes records = {};
	owns(kept_free) struct kept kept = {};

	add_contention_at(&records, TRACE_END, 100, 20, LOCK, 0);
	add_contention_at(&records, TRACE_BEGIN, 200, 20, LOCK, 1);
	add_contention_at(&records, TRACE_END, 300, 20, OTHER, 0);
	read_trace(&records, &kept);
	assert_int_equal(kept_count(&kept, EVENT_LOCK), 0);
}

static void a_wait_inside_knows_its_lock(void **state)
{
	struct bytes records = {};
	owns(kept_free) struct kept kept = {};
	const struct event_wait *wait;

	add_switch_at(&records, 50, 0, 0, 20);
	add_contention_at(&records, TRACE_BEGIN, 100, 20, LOCK, 4);
	add_switch_at(&records, 110, 20, 2, 21);
	add_waking_at(&records, 250, 21, 0, 20);
	add_switch_at(&records, 260, 21, 1, 20);
	add_contention_at(&records, TRACE_END, 270, 20, LOCK, 0);
	add_switch_at(&records, 280, 20, 1, 0);
	read_trace(&records, &kept);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->tid, 20);
	assert_true(wait->lock == LOCK);
	assert_int_equal(wait->lock_flags, 4);
	wait = kept_at(&kept, EVENT_WAIT, 1);
	assert_true(wait->lock == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_contention_is_told_when_it_ends),
		cmocka_unit_test(an_end_without_its_begin_tells_nothing),
		cmocka_unit_test(a_wait_inside_knows_its_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
