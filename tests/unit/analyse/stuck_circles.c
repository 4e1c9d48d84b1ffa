/* Are the members of a deadlock told in the order in which they wait, with what they hold? */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static void add_ring(struct stream *stream, uint32_t first, uint32_t count)
{
	uint64_t stack = stream_stack(stream, "futex_do_wait", "do_futex", NULL);

	for (uint32_t i = 0; i < count; i++) {
		looked_task(stream, first + i, 0, "ring", 0);
		looked_asleep(stream, first + i, 5000, looked_futex(stack, 0x1000, 0));
		/* Each waits for the one before it: 3 for 2 for 1 for 3. */
		looked_relation(stream, first + i, RELATION_FUTEX, first + (i + count - 1) % count,
				0, "");
	}
}

static void members_stand_in_the_order_of_their_waits(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_deadlock *deadlock;

	looked_begin(&stream, 0);
	add_ring(&stream, 1, 3);
	report = looked_report(&stream);
	assert_int_equal(report->deadlocks.count, 1);
	deadlock = &report->deadlocks.items[0];
	assert_int_equal(deadlock->members.count, 3);
	assert_int_equal(deadlock->members.items[0].tid, 1);
	assert_int_equal(deadlock->members.items[1].tid, 3);
	assert_int_equal(deadlock->members.items[2].tid, 2);
	assert_string_equal(deadlock->members.items[0].holds,
			    "the lock at 0x7f0000001000 (a futex)");
	assert_string_equal(deadlock->members.items[0].waits_for,
			    "the lock at 0x7f0000001000 (a futex)");
	assert_int_equal(deadlock->members.items[0].stack.count, 2);
}

static void each_circle_is_told_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	add_ring(&stream, 1, 2);
	add_ring(&stream, 10, 4);
	report = looked_report(&stream);
	assert_int_equal(report->deadlocks.count, 2);
	assert_int_equal(report->deadlocks.items[0].members.count +
				 report->deadlocks.items[1].members.count,
			 6);
}

static void members_that_are_too_many_are_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	add_ring(&stream, 1, 100);
	report = looked_report(&stream);
	assert_int_equal(report->deadlocks.count, 1);
	assert_int_equal(report->deadlocks.items[0].members.count, 64);
	assert_int_equal(report->deadlocks.items[0].hidden, 36);
}

static void of_a_named_process_only_its_circles_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 99);
	looked_task(&stream, 99, 0, "named", TASK_TARGET);
	looked_asleep(&stream, 99, 5000, (struct event_thread){});
	add_ring(&stream, 1, 3);
	report = looked_report(&stream);
	assert_int_equal(report->deadlocks.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_in_the_order_of_their_waits),
		cmocka_unit_test(each_circle_is_told_once),
		cmocka_unit_test(members_that_are_too_many_are_counted),
		cmocka_unit_test(of_a_named_process_only_its_circles_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
