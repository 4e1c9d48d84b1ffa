/* Are waits that the keys do not tell apart one row, and bounded in number? */
#include <string.h>

#include "analyse/waiter_state.h"
#include "harness/test.h"
#include "waited.h"

#define READ  0
#define FUTEX 202

static const struct waiter_options ALL = {};

static void a_row_tells_its_times(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wait_row *row;

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t i = 1; i <= 100; i++) {
		stream_task(&stream, i, "pool-worker", 0);
		stream_wait(&stream, i, 0, i,
			    (struct event_wait){ .syscall = READ, .waker_tid = 1000 });
	}
	stream_end(&stream, 100);
	report = stream_waits(&stream, "comm", ALL);
	assert_int_equal(report->rows.count, 1);
	row = &report->rows.items[0];
	assert_int_equal(row->count, 100);
	assert_int_equal(row->total_ns, MS(5050));
	assert_int_equal(row->avg_ns, MS(5050) / 100);
	assert_int_equal(row->max_ns, MS(100));
	assert_in_range(row->p50_ns, MS(48), MS(55));
	assert_in_range(row->p99_ns, MS(95), MS(100));
	assert_near(row->share, 1.0);
	assert_true(!row->has_waker && !row->tid && !row->state && !row->syscall[0]);
}

static void the_cause_with_the_most_time_stands_beside_a_row(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	owns(wait_report_free) struct wait_report *parted = NULL;
	uint64_t journal, pipe;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	journal = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	pipe = stream_stack(&stream, "pipe_read", NULL);
	stream_wait(&stream, 10, 0, 75, (struct event_wait){ .stack = journal, .syscall = 74 });
	stream_wait(&stream, 10, 75, 100, (struct event_wait){ .stack = pipe, .syscall = READ });
	stream_end(&stream, 100);
	report = stream_waits(&stream, "comm", ALL);
	assert_int_equal(report->rows.items[0].cause, CAUSE_FS_JOURNAL);
	assert_near(report->rows.items[0].cause_share, 0.75);
	assert_string_equal(report->rows.items[0].what, cause_title(CAUSE_FS_JOURNAL));
	parted = stream_waits(&stream, "cause", ALL);
	assert_int_equal(parted->rows.count, 2);
	assert_string_equal(parted->rows.items[0].name, "");
	assert_near(parted->rows.items[0].cause_share, 1.0);
}

static void waits_of_no_time_count_as_well(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	stream_wait(&stream, 10, 5, 5, (struct event_wait){ .syscall = FUTEX, .state = 1 });
	stream_end(&stream, 100);
	report = stream_waits(&stream, "comm,cause", ALL);
	assert_int_equal(report->rows.items[0].count, 1);
	assert_int_equal(report->rows.items[0].cause, CAUSE_LOCK_USER);
	assert_int_equal(report->tree->samples, 1);
}

static void more_rows_than_there_is_room_for_are_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	uint64_t rest = 0;

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t i = 1; i <= WAIT_ROWS_MAX + 100; i++)
		stream_wait(&stream, i, 0, 1, (struct event_wait){ .syscall = READ });
	stream_end(&stream, 100);
	report = stream_waits(&stream, "thread", ALL);
	assert_int_equal(report->rows.count, WAIT_ROWS_MAX + 1);
	for (size_t i = 0; i < report->rows.count; i++) {
		if (report->rows.items[i].is_rest)
			rest += report->rows.items[i].count;
	}
	assert_int_equal(rest, 100);
	assert_true(report_tells(report, "more rows than there is room for"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_tells_its_times),
		cmocka_unit_test(the_cause_with_the_most_time_stands_beside_a_row),
		cmocka_unit_test(waits_of_no_time_count_as_well),
		cmocka_unit_test(more_rows_than_there_is_room_for_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
