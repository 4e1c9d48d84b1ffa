/* Is it told where a thread slept in an operation that took long, and only then? */
#include <string.h>

#include "filed.h"
#include "harness/test.h"

static void sleep_of(struct stream *stream, uint64_t stack, double from_ms, double to_ms)
{
	stream_wait(stream, 10, from_ms, to_ms,
		    (struct event_wait){ .stack = stack, .syscall = 0 });
}

static void the_longest_sleep_of_an_operation_is_told_with_its_stack(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_slow *slow;
	uint64_t one, other;

	filed_begin(&stream);
	one = stream_stack(&stream, "io_schedule", "folio_wait_bit_common", NULL);
	other = stream_stack(&stream, "schedule", "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	sleep_of(&stream, one, 1, 3);
	sleep_of(&stream, other, 4, 9);
	sleep_of(&stream, one, 10, 12);
	filed_io(&stream, 500, 12000, (struct event_io){ .id = 1, .flags = IO_WAITED });
	report = filed_report(&stream, "file", 1000);
	slow = &report->slow.items[0];
	assert_int_equal(slow->slept_ns, MS(5));
	assert_string_equal(slow->frames[0], "schedule");
	assert_string_equal(slow->frames[2], "ext4_sync_file");
	assert_null(slow->frames[3]);
}

static void a_sleep_belongs_to_one_operation_only(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	sleep_of(&stream, 0, 1, 3);
	filed_io(&stream, 500, 3000, (struct event_io){ .id = 1 });
	filed_io(&stream, 4000, 2000, (struct event_io){ .id = 2 });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->slow.items[0].slept_ns, MS(2));
	assert_null(report->slow.items[0].frames[0]);
	assert_int_equal(report->slow.items[1].slept_ns, 0);
}

static void what_others_carry_out_does_not_sleep_with_its_thread(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	sleep_of(&stream, 0, 1, 3);
	filed_io(&stream, 500, 3000, (struct event_io){ .id = 1, .engine = IO_URING });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->slow.items[0].slept_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_sleep_of_an_operation_is_told_with_its_stack),
		cmocka_unit_test(a_sleep_belongs_to_one_operation_only),
		cmocka_unit_test(what_others_carry_out_does_not_sleep_with_its_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
