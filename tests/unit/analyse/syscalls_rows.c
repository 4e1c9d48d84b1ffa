/* Are calls that the keys do not tell apart one row, with all that is known of them and no more? */
#include <errno.h>
#include <linux/types.h>
#include <string.h>

#include "analyse/syscalls_state.h"
#include "called.h"
#include "harness/test.h"
#include "probe/programs.h"
#include "probe/watch.wire.h"

static const struct syscalls_options PLAIN = {};

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "job", TASK_TARGET);
	stream_child(stream, 11, "worker_1", 10, 0);
	stream_child(stream, 12, "worker_2", 10, 0);
}

/* Those who count in the kernel have the same list. */
static void calls_move_bytes_for_the_programs_as_well(void **state)
{
	uint8_t kinds[WIRE_SYSCALLS] = {};

	syscall_kinds_fill(kinds);
	for (int32_t number = 0; number < WIRE_SYSCALLS; number++)
		assert_int_equal(!!(kinds[number] & WIRE_RETURNS_BYTES),
				 syscall_moves_bytes(number));
}

static void errors_have_their_names(void **state)
{
	assert_string_equal(error_name(ENOENT), "ENOENT");
	assert_string_equal(error_name(512), "ERESTARTSYS");
	assert_string_equal(error_name(4000), "");
	assert_string_equal(error_name(0), "");
}

static void keys_tell_rows_apart(void **state)
{
	static const struct {
		const char *by;
		size_t rows;
	} cases[] = { { "thread", 3 },  { "comm", 3 },           { "pool", 2 },
		      { "syscall", 2 }, { "thread,syscall", 4 }, { "process", 3 } };
	owns(stream_free) struct stream stream = {};

	begin(&stream);
	stream_tally(&stream, 10, CALL_READ, 3, 100, 0);
	stream_tally(&stream, 11, CALL_READ, 2, 100, 0);
	stream_tally(&stream, 12, CALL_READ, 2, 100, 0);
	stream_tally(&stream, 12, CALL_GETPPID, 2, 100, 0);
	for (size_t i = 0; i < array_count(cases); i++) {
		owns(syscall_report_free) struct syscall_report *report =
			stream_calls(&stream, cases[i].by, PLAIN);

		assert_int_equal(report->rows.count, cases[i].rows);
		assert_string_equal(report->by, cases[i].by);
	}
}

static void a_pool_is_its_threads_together(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_tally(&stream, 11, CALL_READ, 2, 100, 0);
	stream_tally(&stream, 12, CALL_READ, 2, 100, 0);
	report = stream_calls(&stream, "pool,syscall", PLAIN);
	assert_int_equal(syscall_row_of(report, "read", "worker_*")->times.count, 4);
}

/* Its calls are told after its death. */
static void a_dead_thread_keeps_its_name_and_calls(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_death(&stream, 11, 5);
	stream_tally(&stream, 11, CALL_READ, 7, 100, 0);
	report = stream_calls(&stream, "thread", PLAIN);
	row = syscall_row_of(report, NULL, "worker_1");
	assert_int_equal(row->tid, 11);
	assert_int_equal(row->times.count, 7);
}

static void errors_are_told_by_number_the_most_frequent_first(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_tally(&stream, 10, CALL_READ, 10, 100, 0);
	stream_failed(&stream, 10, CALL_READ, EINTR, 2);
	stream_failed(&stream, 10, CALL_READ, EAGAIN, 3);
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_int_equal(row->times.errors, 5);
	assert_near(row->error_share, 0.5);
	assert_int_equal(row->errors.count, 2);
	assert_string_equal(row->errors.items[0].name, "EAGAIN");
	assert_int_equal(row->errors.items[1].count, 2);
}

static void errors_that_found_no_room_are_of_an_unknown_number(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_failing(&stream, 10, CALL_READ, 10, 5);
	stream_failed(&stream, 10, CALL_READ, EINTR, 2);
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_int_equal(row->times.errors, 5);
	assert_int_equal(row->errors.items[0].error, 0);
	assert_int_equal(row->errors.items[0].count, 3);
	assert_string_equal(row->errors.items[1].name, "EINTR");
}

static void single_calls_are_counted_with_their_results(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_syscall(&stream, 10, 1, 2,
		       (struct event_syscall){ .number = CALL_READ, .result = 9 });
	stream_syscall(&stream, 10, 3, 5,
		       (struct event_syscall){ .number = CALL_READ, .result = -EIO });
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_int_equal(row->times.count, 2);
	assert_int_equal(row->times.bytes, 9);
	assert_int_equal(row->times.max_ns, MS(2));
	assert_string_equal(row->errors.items[0].name, "EIO");
}

/* 90 short ones, and 10 that are known. */
static void quantiles_among_sums_are_unknown_and_others_are_not(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_sum(&stream, 10, CALL_READ, 90, 4, 90000);
	for (int i = 1; i <= 10; i++)
		stream_syscall(&stream, 10, i, i + 0.1 * i,
			       (struct event_syscall){ .number = CALL_READ, .result = 1 });
	stream_sum(&stream, 10, CALL_GETPPID, 5, 0, 500);
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_int_equal(row->times.count, 100);
	assert_int_equal(row->times.total_ns, 90000 + MS(55) / 10);
	assert_true(row->times.p50_ns == SYSCALL_UNKNOWN);
	assert_true(row->times.min_ns == SYSCALL_UNKNOWN);
	assert_true(row->times.bytes == SYSCALL_UNKNOWN);
	assert_int_equal(row->times.max_ns, MS(1));
	assert_true(row->times.p99_ns > MS(9) / 10 && row->times.p99_ns <= MS(1));
	assert_int_equal(row->errors.items[0].error, 0);
	assert_int_equal(row->times.errors, 4);
	row = syscall_row_of(report, "getppid", NULL);
	assert_true(row->times.max_ns == SYSCALL_UNKNOWN);
	assert_int_equal(row->times.bytes, 0); /* it moves none */
}

static void calls_that_are_not_whole_are_in_no_sum(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream);
	stream_syscall(&stream, 10, 0, 5,
		       (struct event_syscall){ .number = CALL_READ, .flags = SPAN_OPEN_START });
	stream_syscall(&stream, 11, 1, 9,
		       (struct event_syscall){ .number = CALL_READ, .flags = SPAN_OPEN_END });
	stream_syscall(&stream, 12, 0, 9,
		       (struct event_syscall){ .number = CALL_READ,
					       .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_int_equal(row->times.count, 0);
	assert_true(row->times.p50_ns == SYSCALL_UNKNOWN && row->times.max_ns == SYSCALL_UNKNOWN);
	assert_int_equal(row->begun_before, 1);
	assert_int_equal(row->unreturned, 2);
	assert_int_equal(report->unreturned, 2);
}

static void rows_are_in_the_order_asked_for(void **state)
{
	static const struct {
		enum syscall_order order;
		const char *first;
	} cases[] = {
		{ SYSCALL_ORDER_TOTAL, "write" }, { SYSCALL_ORDER_COUNT, "getppid" },
		{ SYSCALL_ORDER_ERRORS, "read" }, { SYSCALL_ORDER_AVG, "write" },
		{ SYSCALL_ORDER_MAX, "write" },   { SYSCALL_ORDER_NAME, "getppid" },
	};
	owns(stream_free) struct stream stream = {};

	begin(&stream);
	stream_tally(&stream, 10, CALL_READ, 10, 100, 0);
	stream_failed(&stream, 10, CALL_READ, EINTR, 2);
	stream_tally(&stream, 10, CALL_WRITE, 2, 100000, 0);
	stream_tally(&stream, 10, CALL_GETPPID, 20, 90, 0);
	for (size_t i = 0; i < array_count(cases); i++) {
		owns(syscall_report_free) struct syscall_report *report = stream_calls(
			&stream, "syscall", (struct syscalls_options){ .order = cases[i].order });

		assert_string_equal(report->rows.items[0].syscall, cases[i].first);
	}
}

static void more_rows_than_there_is_room_for_are_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *last;

	begin(&stream);
	for (uint32_t i = 0; i < CALL_ROWS_MAX + 10; i++)
		stream_tally(&stream, 10, (int32_t)i, 1, 100, 0);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->rows.count, CALL_ROWS_MAX + 1);
	assert_int_equal(report->count, CALL_ROWS_MAX + 10);
	last = &report->rows.items[report->rows.count - 1];
	assert_true(last->is_rest);
	assert_int_equal(last->times.count, 10);
	assert_true(syscalls_tell(report, "more rows than there is room for"));
}

static void a_call_without_a_name_has_its_number(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_tally(&stream, 10, 5000, 1, 100, 0);
	stream_tally(&stream, 10, -1, 1, 100, 0);
	stream_tally(&stream, 10, 20 | CALL_COMPAT, 3, 100, 0);
	stream_failed(&stream, 10, 20 | CALL_COMPAT, EIO, 2);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(syscall_row_of(report, "5000", NULL)->times.count, 1);
	assert_int_equal(syscall_row_of(report, "-1", NULL)->times.count, 1);
	assert_int_equal(syscall_row_of(report, "i386:20", NULL)->times.count, 3);
	assert_int_equal(syscall_row_of(report, "i386:20", NULL)->times.errors, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_move_bytes_for_the_programs_as_well),
		cmocka_unit_test(errors_have_their_names),
		cmocka_unit_test(keys_tell_rows_apart),
		cmocka_unit_test(a_pool_is_its_threads_together),
		cmocka_unit_test(a_dead_thread_keeps_its_name_and_calls),
		cmocka_unit_test(errors_are_told_by_number_the_most_frequent_first),
		cmocka_unit_test(errors_that_found_no_room_are_of_an_unknown_number),
		cmocka_unit_test(single_calls_are_counted_with_their_results),
		cmocka_unit_test(quantiles_among_sums_are_unknown_and_others_are_not),
		cmocka_unit_test(calls_that_are_not_whole_are_in_no_sum),
		cmocka_unit_test(rows_are_in_the_order_asked_for),
		cmocka_unit_test(more_rows_than_there_is_room_for_are_one),
		cmocka_unit_test(a_call_without_a_name_has_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
