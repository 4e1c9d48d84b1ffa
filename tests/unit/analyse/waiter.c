/* Does each wait count once, to the nanosecond, wherever it goes? */
#include "analyse/waiter.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/waiter_state.h"
#include "harness/test.h"
#include "waited.h"

#define READ  0
#define FSYNC 74
#define FUTEX 202

#define STATE_S 1u
#define STATE_D 2u
#define STATE_I 0x402u

static const struct waiter_options ALL = {};

static void states_have_the_letters_of_ps(void **state)
{
	assert_int_equal(wait_state_letter(STATE_S), 'S');
	assert_int_equal(wait_state_letter(STATE_D), 'D');
	assert_int_equal(wait_state_letter(STATE_I), 'I');
	assert_int_equal(wait_state_letter(0x102), 'D');
	assert_int_equal(wait_state_letter(4), 'T');
	assert_int_equal(wait_state_letter(8), 't');
	assert_int_equal(wait_state_letter(0x40), 'P');
	assert_int_equal(wait_state_letter(0), '?');
}

/* One writer that syncs, its journal thread, and an odd span before and after the watch. */
static void tell_sync(struct stream *stream, enum watch_target target)
{
	uint64_t sleep, commit, wake;

	stream_watch(stream, target, 10);
	stream_task(stream, 10, "writer", TASK_TARGET);
	stream_task(stream, 20, "jbd2/vda-8", TASK_KERNEL);
	stream_device(stream, 5, "vda", 0, 0);
	sleep = stream_stack(stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	commit = stream_stack(stream, "bit_wait_io", "jbd2_journal_commit_transaction",
			      "kjournald2", NULL);
	wake = stream_stack(stream, "bpf_prog_1_on_waking", "bpf_trace_run1",
			    "__traceiter_sched_waking", "try_to_wake_up",
			    "jbd2_journal_commit_transaction", "kjournald2", NULL);
	stream_wait(stream, 20, 5, 25,
		    (struct event_wait){ .stack = commit,
					 .syscall = -1,
					 .state = STATE_D,
					 .flags = SPAN_WOKEN_IRQ | SPAN_REQUEST | SPAN_IOWAIT,
					 .request_dev = 5,
					 .request = 1 });
	stream_wait(stream, 10, -5, 30,
		    (struct event_wait){ .stack = sleep,
					 .syscall = FSYNC,
					 .state = STATE_D,
					 .waker_tid = 20,
					 .waker_stack = wake,
					 .flags = SPAN_OPEN_START });
	stream_wait(stream, 10, 40, 60,
		    (struct event_wait){
			    .stack = sleep, .syscall = FSYNC, .state = STATE_D, .waker_tid = 20 });
	stream_wait(stream, 10, 70, 70.0005,
		    (struct event_wait){ .syscall = FUTEX, .state = STATE_S, .waker_tid = 20 });
	stream_wait(stream, 10, 80, 100,
		    (struct event_wait){ .stack = sleep,
					 .syscall = FSYNC,
					 .state = STATE_D,
					 .flags = SPAN_OPEN_END });
	stream_end(stream, 100);
}

static void the_rows_are_all_waits_of_the_target(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wait_row *row;

	tell_sync(&stream, WATCH_PROCESS);
	report = stream_waits(&stream, "comm,cause,function,waker", ALL);
	assert_int_equal(report->all_ns, MS(70) + 500);
	assert_int_equal(report->all_count, 4);
	assert_int_equal(report->open_count, 1);
	assert_int_equal(report->untaken_ns, 500);
	assert_true(report->has_idle);
	row = report_row(report, (struct wait_wanted){ .name = "writer", .waker = "jbd2/vda-8" });
	assert_int_equal(row->total_ns, MS(50));
	assert_int_equal(row->count, 2);
	assert_int_equal(row->avg_ns, MS(25));
	assert_int_equal(row->max_ns, MS(30));
	assert_int_equal(row->cause, CAUSE_FS_JOURNAL);
	assert_true(row->what[0] && row->cause_share > 0.999);
	assert_string_equal(row->waker.role, "ext4 journal of vda");
	assert_int_equal(report_row(report, (struct wait_wanted){ .waker = "none" })->total_ns,
			 MS(20));
	assert_null(report_row(report, (struct wait_wanted){ .name = "jbd2/vda-8" }));
}

static void on_the_machine_kernel_threads_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wait_row *row;

	tell_sync(&stream, WATCH_MACHINE);
	report = stream_waits(&stream, "comm,waker", ALL);
	row = report_row(report, (struct wait_wanted){ .name = "jbd2/vda-8" });
	assert_int_equal(row->total_ns, MS(20));
	assert_int_equal(row->waker.kind, WAKER_INTERRUPT);
	assert_string_equal(row->waker.device, "vda");
}

static void waits_that_were_not_asked_for_are_outside(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *longer = NULL;
	owns(wait_report_free) struct wait_report *asleep = NULL;

	tell_sync(&stream, WATCH_PROCESS);
	longer = stream_waits(&stream, "comm", (struct waiter_options){ .over_ns = MS(25) });
	assert_int_equal(longer->total_ns, MS(30));
	assert_int_equal(longer->outside_count, 3);
	assert_int_equal(report_edge(longer, "jbd2/vda-8", "writer")->count, 1);
	asleep = stream_waits(&stream, "comm", (struct waiter_options){ .state = WAIT_STATE_S });
	assert_int_equal(asleep->total_ns, 500);
}

static void a_state_that_is_not_known_is_told_when_one_is_asked_for(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "sleeper", 0);
	stream_wait(&stream, 10, 0, 10, (struct event_wait){ .syscall = READ });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "state", (struct waiter_options){ .state = WAIT_STATE_D });
	assert_int_equal(report->total_count, 0);
	assert_int_equal(report->outside_ns, MS(10));
	assert_true(report_tells(report, "The state of 1 waits"));
}

static void tell_idle(struct stream *stream, enum watch_target target)
{
	uint64_t idle, busy;

	stream_watch(stream, target, 10);
	stream_task(stream, 10, "loop", TASK_TARGET);
	idle = stream_stack(stream, "ep_poll", "do_epoll_wait", NULL);
	busy = stream_stack(stream, "pipe_read", NULL);
	stream_wait(stream, 10, 0, 90,
		    (struct event_wait){ .stack = idle, .syscall = 232, .state = STATE_S });
	stream_wait(stream, 10, 92, 95,
		    (struct event_wait){ .stack = busy, .syscall = READ, .state = STATE_S });
	stream_end(stream, 100);
}

static void idle_waits_of_the_machine_are_only_summed_unless_asked_for(void **state)
{
	owns(stream_free) struct stream machine = {};
	owns(stream_free) struct stream process = {};
	owns(wait_report_free) struct wait_report *summed = NULL;
	owns(wait_report_free) struct wait_report *asked = NULL;
	owns(wait_report_free) struct wait_report *own = NULL;

	tell_idle(&machine, WATCH_MACHINE);
	summed = stream_waits(&machine, "comm,cause", ALL);
	assert_int_equal(summed->idle_ns, MS(90));
	assert_int_equal(summed->total_ns, MS(3));
	assert_null(report_row(summed, (struct wait_wanted){ .cause = CAUSE_WAIT_IDLE }));
	asked = stream_waits(&machine, "comm,cause", (struct waiter_options){ .has_idle = true });
	assert_int_equal(asked->total_ns, MS(93));
	tell_idle(&process, WATCH_PROCESS);
	own = stream_waits(&process, "comm,cause", ALL);
	assert_int_equal(own->total_ns, MS(93));
	assert_non_null(report_row(own, (struct wait_wanted){ .cause = CAUSE_WAIT_IDLE }));
}

static void small_rows_are_hidden_and_still_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	tell_sync(&stream, WATCH_PROCESS);
	report = stream_waits(&stream, "comm,syscall", (struct waiter_options){ .min_share = 0.1 });
	assert_int_equal(report->rows.count, 1);
	assert_int_equal(report->hidden_rows, 1);
	assert_int_equal(report->hidden_ns, 500);
	assert_int_equal(report->hidden_count, 1);
}

static void a_report_can_be_made_again(void **state)
{
	owns(waiter_free) struct waiter *waiter = NULL;
	owns(stream_free) struct stream stream = {};
	struct waiter_options options = {};
	struct diag why = {};

	assert_int_equal(wait_keys_read("comm", &options.keys), 0);
	tell_sync(&stream, WATCH_MACHINE);
	assert_int_equal(waiter_new(&options, &waiter), 0);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(waiter_take(waiter, stream.items.items[i].event, &why), 0);
	for (int i = 0; i < 2; i++) {
		owns(wait_report_free) struct wait_report *report = NULL;

		assert_int_equal(waiter_report(waiter, &report, &why), 0);
		assert_int_equal(report->rows.count, 2);
		assert_int_equal(report->edges.count, 2);
		waiter_leave_out(waiter, 0.00001);
	}
}

static void lost_switches_are_told_with_the_sums(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_loss(&stream, LOSS_SWITCH, 5);
	stream_loss(&stream, LOSS_SWITCH, 7);
	stream_loss(&stream, 4711, 7);
	stream_end(&stream, 1);
	report = stream_waits(&stream, "comm", ALL);
	assert_int_equal(report->lost_switches, 12);
}

static void nothing_waited_is_a_report_without_rows(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_end(&stream, 1);
	report = stream_waits(&stream, "pool,cause,function,waker", ALL);
	assert_int_equal(report->rows.count, 0);
	assert_int_equal(report->edges.count, 0);
	assert_int_equal(report->tree->nodes.count, 1);
}

/* Any numbers in any field: sums hold, nothing is read past its end. */
static void nonsense_adds_up(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	uint64_t stack, seed = 88172645463325252ULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stack = stream_stack(&stream, "a", "process_one_work", "b", NULL);
	for (int i = 0; i < 3000; i++) {
		struct event_wait wait = {};

		for (size_t word = sizeof(wait.head) / 8; word < sizeof(wait) / 8; word++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			memcpy((char *)&wait + word * 8, &seed, 8);
		}
		wait.head.time_ns = AT(i);
		wait.end_ns = AT(i);
		wait.start_ns = AT(i) - wait.start_ns % MS(10);
		wait.tid %= 50;
		wait.waker_tid %= 50;
		wait.stack %= stack + 2;
		wait.waker_stack %= stack + 2;
		stream_add(&stream, EVENT_WAIT, &wait, sizeof(wait));
	}
	stream_end(&stream, 3000);
	report = stream_waits(&stream, "thread,cause,function,waker,syscall,state", ALL);
	assert_int_equal(report->all_count, 3000);
	assert_true(report->rows.count > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_have_the_letters_of_ps),
		cmocka_unit_test(the_rows_are_all_waits_of_the_target),
		cmocka_unit_test(on_the_machine_kernel_threads_count),
		cmocka_unit_test(waits_that_were_not_asked_for_are_outside),
		cmocka_unit_test(a_state_that_is_not_known_is_told_when_one_is_asked_for),
		cmocka_unit_test(idle_waits_of_the_machine_are_only_summed_unless_asked_for),
		cmocka_unit_test(small_rows_are_hidden_and_still_counted),
		cmocka_unit_test(a_report_can_be_made_again),
		cmocka_unit_test(lost_switches_are_told_with_the_sums),
		cmocka_unit_test(nothing_waited_is_a_report_without_rows),
		cmocka_unit_test(nonsense_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
