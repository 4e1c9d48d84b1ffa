/* Is one told what to know before believing a report of system calls? */
#include "called.h"
#include "harness/test.h"

static const struct syscalls_options PLAIN = {};

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "job", TASK_TARGET);
}

static void a_whole_report_has_nothing_to_add(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_tally(&stream, 10, CALL_READ, 1, 100, 0);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->notes.count, 0);
}

static void events_of_something_else_are_said_to_be(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stream_free) struct stream quiet = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	owns(syscall_report_free) struct syscall_report *none = NULL;

	begin(&stream);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_true(syscalls_tell(report, "tell nothing of system calls"));
	begin(&quiet);
	stream_fact(&quiet, "facility.syscalls", "tp_btf");
	none = stream_calls(&quiet, "syscall", PLAIN);
	assert_false(syscalls_tell(none, "tell nothing of system calls"));
}

static void sums_are_told_with_what_they_hide(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_fact(&stream, "facility.syscalls", "tp_btf");
	stream_sum(&stream, 10, CALL_READ, 90, 0, 90000);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_true(syscalls_tell(report, "90 short calls"));
}

static void calls_that_are_not_whole_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_syscall(&stream, 10, 0, 5,
		       (struct event_syscall){ .number = CALL_READ, .flags = SPAN_OPEN_START });
	stream_syscall(&stream, 10, 6, 9,
		       (struct event_syscall){ .number = CALL_READ, .flags = SPAN_OPEN_END });
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_true(syscalls_tell(report, "1 call had begun before"));
	assert_true(syscalls_tell(report, "1 call had not returned"));
}

static void calls_without_a_time_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_tally(&stream, 10, CALL_READ, 3, 100, 0);
	stream_tally(&stream, 10, CALL_READ, 2, 0, 0);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_true(syscalls_tell(report, "2 calls were answered by a filter"));
}

static void what_could_not_be_seen_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_fact(&stream, "missing.iter_task", "open calls");
	stream_fact(&stream, "missing.waits", "short waits"); /* nobody asks for those */
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_true(syscalls_tell(report, "Not seen: open calls."));
	assert_false(syscalls_tell(report, "short waits"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_report_has_nothing_to_add),
		cmocka_unit_test(events_of_something_else_are_said_to_be),
		cmocka_unit_test(sums_are_told_with_what_they_hide),
		cmocka_unit_test(calls_that_are_not_whole_are_told),
		cmocka_unit_test(calls_without_a_time_are_told),
		cmocka_unit_test(what_could_not_be_seen_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
