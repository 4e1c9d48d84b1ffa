/* Does each long call have the waits that lie in it, and no others? */
#include <errno.h>
#include <string.h>

#include "analyse/syscalls_state.h"
#include "called.h"
#include "harness/test.h"

static const struct syscalls_options PLAIN = {};

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "job", TASK_TARGET);
	stream_task(stream, 20, "jbd2/vda-8", TASK_KERNEL);
}

static const struct syscall_slow *only(const struct syscall_report *report)
{
	assert_int_equal(report->slow.count, 1);
	return &report->slow.items[0];
}

/* 10 ms: a commit, a wait for a CPU, and running. */
static void a_call_is_its_waits_and_the_rest(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_slow *slow;
	uint64_t commit, user;

	begin(&stream);
	stream_file(&stream, 5, 77, "wal");
	commit = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	user = stream_user_stack(&stream, "fsync", "commit", "main", NULL);
	stream_wait(&stream, 10, 11, 17,
		    (struct event_wait){ .stack = commit, .syscall = CALL_FSYNC, .waker_tid = 20 });
	stream_queue(&stream, 10, 0, 17, 19);
	stream_syscall(&stream, 10, 10, 20,
		       (struct event_syscall){ .number = CALL_FSYNC,
					       .result = -EIO,
					       .user_stack = user,
					       .file_inode = 77,
					       .file_dev = 5,
					       .fd = 4 });
	report = stream_calls(&stream, "syscall", PLAIN);
	slow = only(report);
	assert_string_equal(slow->syscall, "fsync");
	assert_string_equal(slow->name, "job");
	assert_string_equal(slow->file, "wal");
	assert_string_equal(slow->error, "EIO");
	assert_int_equal(slow->fd, 4);
	assert_int_equal(slow->start_ns, MS(10));
	assert_int_equal(slow->rest_ns, MS(2));
	assert_int_equal(slow->waits.count, 2);
	assert_int_equal(slow->waits.items[0].cause, CAUSE_FS_JOURNAL);
	assert_string_equal(slow->waits.items[0].waker.name, "jbd2/vda-8");
	assert_string_equal(slow->waits.items[0].function, "jbd2_log_wait_commit");
	assert_true(slow->waits.items[1].is_queue);
	assert_int_equal(slow->waits.items[1].ns, MS(2));
	assert_int_equal(slow->frames.count, 3);
	assert_string_equal(slow->frames.items[0], "fsync");
	assert_string_equal(slow->frames.items[2], "main");
}

/* A call that was too short to be told leaves its waits behind. */
static void waits_of_earlier_calls_are_not_this_ones(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_slow *slow;

	begin(&stream);
	stream_wait(&stream, 10, 1, 2, (struct event_wait){ .syscall = CALL_FSYNC });
	stream_wait(&stream, 10, 12, 15, (struct event_wait){ .syscall = CALL_FSYNC });
	stream_syscall(&stream, 10, 10, 20, (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", PLAIN);
	slow = only(report);
	assert_int_equal(slow->waits.count, 1);
	assert_int_equal(slow->waits.items[0].ns, MS(3));
}

static void like_waits_are_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_slow *slow;

	begin(&stream);
	for (int i = 0; i < 5; i++)
		stream_wait(&stream, 10, 10 + i, 10.5 + i,
			    (struct event_wait){ .syscall = CALL_FSYNC, .flags = SPAN_WOKEN_IRQ });
	stream_wait(&stream, 10, 16, 17,
		    (struct event_wait){ .syscall = CALL_FSYNC, .waker_tid = 20 });
	stream_syscall(&stream, 10, 10, 20, (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", PLAIN);
	slow = only(report);
	assert_int_equal(slow->waits.count, 2);
	assert_int_equal(slow->waits.items[0].count, 5);
	assert_int_equal(slow->waits.items[0].waker.kind, WAKER_INTERRUPT);
	assert_int_equal(slow->waits.items[1].waker.tid, 20);
}

static void the_longest_are_kept_in_order(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	for (int i = 0; i < 50; i++)
		stream_syscall(&stream, 10, 100 * i, 100 * i + 1 + i * 7 % 50,
			       (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_int_equal(report->slow.count, SLOW_KEPT);
	for (size_t i = 0; i < SLOW_KEPT; i++)
		assert_int_equal(report->slow.items[i].ns, MS(50 - i));
}

static void shorter_ones_are_left_out(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;

	begin(&stream);
	stream_syscall(&stream, 10, 10, 14, (struct event_syscall){ .number = CALL_FSYNC });
	stream_syscall(&stream, 10, 20, 25, (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", (struct syscalls_options){ .over_ns = MS(5) });
	assert_int_equal(only(report)->ns, MS(5));
	assert_int_equal(report->count, 2);
}

static void who_has_nothing_to_do_is_not_slow(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	owns(syscall_report_free) struct syscall_report *all = NULL;
	uint64_t sleep;

	begin(&stream);
	sleep = stream_stack(&stream, "hrtimer_nanosleep", NULL);
	stream_wait(&stream, 10, 10, 20,
		    (struct event_wait){ .stack = sleep, .syscall = CALL_NANOSLEEP });
	stream_syscall(&stream, 10, 10, 20, (struct event_syscall){ .number = CALL_NANOSLEEP });
	/* Nothing is told of what this one waited for. */
	stream_syscall(&stream, 10, 30, 31, (struct event_syscall){ .number = CALL_NANOSLEEP });
	stream_syscall(&stream, 10, 40, 42, (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", PLAIN);
	assert_string_equal(only(report)->syscall, "fsync");
	assert_int_equal(report->idle_count, 2);
	assert_int_equal(report->idle_ns, MS(11));
	all = stream_calls(&stream, "syscall", (struct syscalls_options){ .has_idle = true });
	assert_int_equal(all->slow.count, 3);
	assert_int_equal(all->idle_count, 0);
}

static void a_call_that_goes_on_is_told_as_far_as_it_went(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_slow *slow;

	begin(&stream);
	stream_wait(&stream, 10, 0, 100,
		    (struct event_wait){ .syscall = CALL_READ,
					 .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	stream_syscall(&stream, 10, 0, 100,
		       (struct event_syscall){ .number = CALL_READ,
					       .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	stream_syscall(&stream, 10, 50, 100,
		       (struct event_syscall){ .number = CALL_EXIT_GROUP, .flags = SPAN_OPEN_END });
	report = stream_calls(&stream, "syscall", PLAIN);
	slow = only(report); /* exit() is not one */
	assert_true(slow->is_open && slow->has_begun_before);
	assert_true(slow->waits.items[0].is_open);
	assert_int_equal(slow->waits.items[0].waker.kind, WAKER_NONE);
	assert_int_equal(slow->ns, MS(100));
}

/* On the machine that is how most threads wait for work. */
static void who_waits_for_all_of_the_watch_is_slow_in_a_process_alone(void **state)
{
	static const enum watch_target TARGETS[] = { WATCH_PROCESS, WATCH_MACHINE };

	for (size_t i = 0; i < array_count(TARGETS); i++) {
		owns(stream_free) struct stream stream = {};
		owns(syscall_report_free) struct syscall_report *report = NULL;

		stream_watch(&stream, TARGETS[i], 10);
		stream_task(&stream, 10, "job", TASK_TARGET);
		stream_syscall(&stream, 10, 0, 100,
			       (struct event_syscall){ .number = CALL_READ,
						       .flags = SPAN_OPEN_START | SPAN_OPEN_END });
		report = stream_calls(&stream, "syscall", PLAIN);
		assert_int_equal(report->slow.count, i == 0);
		assert_int_equal(report->idle_count, i == 1);
	}
}

/* Beyond its bound the oldest waits of a call go: they are of the rest then. */
static void many_waits_of_one_call_are_bounded(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(syscall_report_free) struct syscall_report *report = NULL;
	const struct syscall_slow *slow;

	begin(&stream);
	for (uint32_t i = 0; i < CALL_WAITS_MAX + 8; i++)
		stream_wait(&stream, 10, 10 + i, 10.5 + i,
			    (struct event_wait){ .syscall = CALL_FSYNC });
	stream_syscall(&stream, 10, 10, 60, (struct event_syscall){ .number = CALL_FSYNC });
	report = stream_calls(&stream, "syscall", PLAIN);
	slow = only(report);
	assert_int_equal(slow->waits.items[0].count, CALL_WAITS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_its_waits_and_the_rest),
		cmocka_unit_test(waits_of_earlier_calls_are_not_this_ones),
		cmocka_unit_test(like_waits_are_one),
		cmocka_unit_test(the_longest_are_kept_in_order),
		cmocka_unit_test(shorter_ones_are_left_out),
		cmocka_unit_test(who_has_nothing_to_do_is_not_slow),
		cmocka_unit_test(a_call_that_goes_on_is_told_as_far_as_it_went),
		cmocka_unit_test(who_waits_for_all_of_the_watch_is_slow_in_a_process_alone),
		cmocka_unit_test(many_waits_of_one_call_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
