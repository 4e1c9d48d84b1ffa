/* Does each event go where it belongs, and is what cannot be known said to be unknown? */
#include "analyse/syscalls.h"

#include "called.h"
#include "harness/test.h"

static const struct syscalls_options PLAIN = {};

static void begin(struct stream *stream, enum watch_target target)
{
	stream_watch(stream, target, 10);
	stream_task(stream, 10, "job", TASK_TARGET);
	stream_task(stream, 20, "other", 0);
}

static void counted_calls_are_told_as_they_were_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_row *row;

	begin(&stream, WATCH_PROCESS);
	stream_fact(&stream, "facility.calls", "tp_btf");
	stream_tally(&stream, 10, CALL_READ, 100, 200, 5000);
	stream_tally(&stream, 10, CALL_READ, 1, 50000, 0);
	stream_end(&stream, 1000);
	report = stream_calls(&stream, "syscall", PLAIN);
	row = syscall_row_of(report, "read", NULL);
	assert_true(report->is_counted);
	assert_int_equal(row->times.count, 101);
	assert_int_equal(row->times.bytes, 5000);
	assert_int_equal(row->times.total_ns, 70000);
	assert_int_equal(row->times.max_ns, 50000);
	assert_int_equal(row->times.min_ns, 200);
	assert_true(row->times.p50_ns >= 200 && row->times.p50_ns < 213);
	assert_int_equal(row->avg_ns, 70000 / 101);
	assert_near(report->per_second, 101.0);
}

/* Before its first second is over a watch of calls has told long calls alone. */
static void long_calls_are_counted_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stream_free) struct stream cut = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	owns(syscall_report_free) struct syscall_report *early = NULL;

	begin(&stream, WATCH_PROCESS);
	stream_syscall(&stream, 10, 1, 9, (struct event_syscall){ .number = CALL_READ });
	stream_tally(&stream, 10, CALL_READ, 1, MS(8), 0);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->count, 1);
	assert_int_equal(report->slow.count, 1);
	begin(&cut, WATCH_PROCESS);
	stream_fact(&cut, "facility.calls", "tp_btf");
	stream_syscall(&cut, 10, 1, 9, (struct event_syscall){ .number = CALL_READ });
	early = stream_calls(&cut, "syscall", PLAIN);
	assert_int_equal(early->count, 0);
}

static void calls_of_others_are_not_the_targets(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stream_free) struct stream machine = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	owns(syscall_report_free) struct syscall_report *all = NULL;

	begin(&stream, WATCH_PROCESS);
	stream_syscall(&stream, 20, 1, 9, (struct event_syscall){ .number = CALL_READ });
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->count + report->slow.count, 0);
	begin(&machine, WATCH_MACHINE);
	stream_syscall(&machine, 20, 1, 9, (struct event_syscall){ .number = CALL_READ });
	all = stream_calls(&machine, "syscall", PLAIN);
	assert_int_equal(all->count, 1);
	assert_int_equal(all->slow.count, 1);
}

static void what_was_lost_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream, WATCH_PROCESS);
	stream_loss(&stream, LOSS_TALLY, 5);
	stream_loss(&stream, LOSS_SYSCALL, 2);
	stream_loss(&stream, LOSS_STACK, 9);
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->lost, 7);
	assert_true(syscalls_tell(report, "Lost: 9 stacks."));
}

static void the_report_can_be_made_again(void **state)
{
	owns(syscalls_free) struct syscalls *syscalls = NULL;
	owns(syscall_report_free) struct syscall_report *one = NULL;
	owns(syscall_report_free) struct syscall_report *other = NULL;
	owns(stream_free) struct stream stream = {};
	struct syscalls_options options = { .keys = { { SYSCALL_BY_SYSCALL }, 1 } };
	struct diag why = {};

	begin(&stream, WATCH_PROCESS);
	stream_syscall(&stream, 10, 1, 9, (struct event_syscall){ .number = CALL_READ });
	assert_int_equal(syscalls_new(&options, &syscalls), 0);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(syscalls_take(syscalls, stream.items.items[i].event, &why), 0);
	assert_int_equal(syscalls_report(syscalls, &one, &why), 0);
	assert_int_equal(syscalls_report(syscalls, &other, &why), 0);
	assert_int_equal(one->count, other->count);
	assert_int_equal(one->slow.count, other->slow.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted_calls_are_told_as_they_were_counted),
		cmocka_unit_test(long_calls_are_counted_once),
		cmocka_unit_test(calls_of_others_are_not_the_targets),
		cmocka_unit_test(what_was_lost_is_told),
		cmocka_unit_test(the_report_can_be_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
