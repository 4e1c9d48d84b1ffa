/* Does a wait stand below the code that waited, with who ended it below that? */
#include <stdio.h>
#include <string.h>

#include "analyse/waiter_state.h"
#include "harness/test.h"
#include "waited.h"

#define FSYNC 74
#define FUTEX 202

static const struct waiter_options ALL = {};

static const struct profile_frame *frame_of(const struct wait_report *report,
					    const struct profile_node *node)
{
	return &report->tree->frames.items[node->frame];
}

static void the_wakers_stack_is_turned_and_without_the_watching(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct profile_node *node;
	uint64_t sleep, wake, caller;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "writer", TASK_TARGET);
	stream_task(&stream, 20, "jbd2/vda-8", TASK_KERNEL);
	sleep = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	wake = stream_stack(&stream, "bpf_prog_1_on_waking", "bpf_trace_run1",
			    "__traceiter_sched_waking", "try_to_wake_up", "kjournald2", "kthread",
			    NULL);
	caller = stream_user_stack(&stream, "fsync", "main", NULL);
	stream_wait(&stream, 10, 0, 60,
		    (struct event_wait){ .stack = sleep,
					 .syscall = FSYNC,
					 .state = 2,
					 .waker_tid = 20,
					 .waker_stack = wake });
	stream_call(&stream, 10, FSYNC, (const double[]){ 0, 61 }, caller);
	stream_end(&stream, 100);
	report = stream_waits(&stream, "comm", ALL);
	node = profile_path(report->tree, "writer", "main", "fsync", "ext4_sync_file",
			    "jbd2_log_wait_commit", NULL);
	assert_int_equal(node->total, MS(60));
	assert_int_equal(node->samples, 1);
	assert_int_equal(frame_of(report, ++node)->kind, FRAME_BLOCKED);
	assert_string_equal(frame_of(report, node)->module, "fs.journal");
	assert_int_equal(frame_of(report, ++node)->kind, FRAME_WAKER);
	assert_string_equal(frame_of(report, node)->name, "jbd2/vda-8");
	assert_string_equal(frame_of(report, ++node)->name, "try_to_wake_up");
	assert_string_equal(frame_of(report, ++node)->name, "kjournald2");
	assert_string_equal(frame_of(report, ++node)->name, "kthread");
	assert_int_equal(node->self, MS(60));
	assert_ptr_equal(node + 1, report->tree->nodes.items + report->tree->nodes.count);
}

static void a_wait_without_a_stack_is_told_apart_by_call_and_state(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wait_row *row;
	uint64_t sleep;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	sleep = stream_stack(&stream, "futex_wait_queue", "do_futex", NULL);
	stream_wait(&stream, 10, 0, 10,
		    (struct event_wait){ .stack = sleep, .syscall = FUTEX, .state = 1 });
	stream_wait(&stream, 10, 20, 21, (struct event_wait){ .syscall = FUTEX, .state = 1 });
	stream_wait(&stream, 10, 30, 32, (struct event_wait){ .syscall = FSYNC, .state = 2 });
	stream_wait(&stream, 10, 40, 44, (struct event_wait){ .syscall = 100000, .state = 2 });
	stream_end(&stream, 50);
	report = stream_waits(&stream, "comm,function", ALL);
	/* That the thread waited in do_futex before does not count. */
	assert_int_equal(
		profile_path(report->tree, "worker", "stack not taken: futex, S", "", NULL)->total,
		MS(1));
	assert_non_null(profile_path(report->tree, "worker", "stack not taken: fsync, D", NULL));
	assert_non_null(profile_path(report->tree, "worker",
				     "stack not taken: system call 100000, D", NULL));
	row = report_row(report, (struct wait_wanted){ .syscall = "futex" });
	assert_true(row->is_untaken && row->state == 'S' && row->total_ns == MS(1));
	assert_int_equal(report->untaken_count, 3);
	assert_true(report_tells(report, "No stack was taken of 3 waits"));
}

static void interrupts_are_told_with_the_device(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct profile_node *node;
	uint64_t sleep;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stream_device(&stream, 7, "nvme0n1", 0, 0);
	sleep = stream_stack(&stream, "io_schedule", NULL);
	stream_wait(&stream, 10, 0, 10,
		    (struct event_wait){ .stack = sleep,
					 .syscall = 0,
					 .flags = SPAN_WOKEN_IRQ | SPAN_REQUEST,
					 .request_dev = 7 });
	stream_wait(
		&stream, 10, 20, 21,
		(struct event_wait){ .stack = sleep, .syscall = 0, .flags = SPAN_WOKEN_SOFTIRQ });
	stream_end(&stream, 50);
	report = stream_waits(&stream, "comm", ALL);
	node = profile_path(report->tree, "reader", "io_schedule", NULL) + 2;
	assert_string_equal(frame_of(report, node)->name, "an interrupt");
	assert_string_equal(frame_of(report, node)->module, "nvme0n1");
	assert_string_equal(frame_of(report, node + 1)->name, "a soft interrupt");
	assert_string_equal(frame_of(report, node + 1)->module, "");
}

static void a_stack_that_was_lost_is_said_to_be(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "reader", 0);
	stream_wait(&stream, 10, 0, 10, (struct event_wait){ .stack = 4711, .syscall = 0 });
	stream_loss(&stream, LOSS_STACK, 1);
	stream_end(&stream, 50);
	report = stream_waits(&stream, "comm,function", ALL);
	assert_false(report->rows.items[0].is_untaken);
	assert_true(report_tells(report, "1 stacks of waits were taken, but lost"));
	assert_true(report_tells(report, "Lost: 1 stacks"));
}

/* Each wait with a call and a stack of its own; most find no room. */
static void waits_without_room_stand_without_stacks(void **state)
{
	owns(waiter_free) struct waiter *waiter = NULL;
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	static char names[30][16];
	const struct profile_node *node;
	struct waiter_options options = {};
	struct diag why = {};

	assert_int_equal(wait_keys_read("comm", &options.keys), 0);
	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "reader", 0);
	for (int i = 0; i < 30; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "function_%d", i);
		stream_wait(&stream, 10, i, i + 1,
			    (struct event_wait){ .stack = stream_stack(&stream, names[i], NULL),
						 .syscall = 0 });
	}
	stream_end(&stream, 30);
	assert_int_equal(waiter_new(&options, &waiter), 0);
	waiter->paths_limit = 10;
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(waiter_take(waiter, stream.items.items[i].event, &why), 0);
	assert_int_equal(waiter_report(waiter, &report, &why), 0);
	assert_int_equal(report->tree->amount, MS(30));
	assert_int_equal(report->tree->samples, 30);
	assert_true(report_tells(report, "The stacks of 20 waits found no room"));
	/* Of the latter only what they were for is left. */
	node = profile_path(report->tree, "reader", "function_9", NULL);
	assert_int_equal(frame_of(report, node)->kind, FRAME_KERNEL);
	node = profile_path(report->tree, "reader", "function_10", NULL);
	assert_int_equal(frame_of(report, node)->kind, FRAME_BLOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wakers_stack_is_turned_and_without_the_watching),
		cmocka_unit_test(a_wait_without_a_stack_is_told_apart_by_call_and_state),
		cmocka_unit_test(interrupts_are_told_with_the_device),
		cmocka_unit_test(a_stack_that_was_lost_is_said_to_be),
		cmocka_unit_test(waits_without_room_stand_without_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
