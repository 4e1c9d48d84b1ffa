/* Does every nanosecond of a thread's time land in exactly one place? */
#include "analyse/account.h"

#include "harness/test.h"
#include "stream.h"

static void a_busy_thread_is_all_user_and_kernel_time(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "burn", TASK_TARGET);
	stream_run(&stream, 10, 0, 1000, 250);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->user_ns, MS(750));
	assert_int_equal(verdict_thread(verdict, 10)->kernel_ns, MS(250));
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "burn"), 0.75);
	assert_near(verdict_share(verdict, CAUSE_CPU_KERNEL, "burn"), 0.25);
	assert_int_equal(verdict->unknown_ns, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void interrupts_are_counted_once_and_first(void **state)
{
	struct stream stream = {};
	struct event_run run = {
		.head.time_ns = AT(100),
		.tid = 10,
		.start_ns = AT(0),
		.kernel_ns = MS(90),
		.irq_ns = MS(30),
	};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "burn", TASK_TARGET);
	stream_add(&stream, EVENT_RUN, &run, sizeof(run));
	stream_end(&stream, 100);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->irq_ns, MS(30));
	assert_int_equal(verdict_thread(verdict, 10)->kernel_ns, MS(70));
	assert_int_equal(verdict_thread(verdict, 10)->user_ns, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_the_kernel_does_not_charge_is_no_running_even_outside_of_system_calls(void **state)
{
	struct stream stream = {};
	struct event_run run = {
		.head.time_ns = AT(100),
		.tid = 10,
		.start_ns = AT(0),
		.kernel_ns = MS(1),
		.charged_ns = MS(90),
	};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "fault", TASK_TARGET);
	stream_add(&stream, EVENT_RUN, &run, sizeof(run));
	stream_end(&stream, 100);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->kernel_ns, 0);
	assert_int_equal(verdict_thread(verdict, 10)->user_ns, MS(90));
	assert_int_equal(verdict_thread(verdict, 10)->queue_ns, MS(10));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_gap_is_unknown_and_never_spread(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "gappy", TASK_TARGET);
	stream_run(&stream, 10, 0, 100, 0);
	stream_run(&stream, 10, 300, 400, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->user_ns, MS(200));
	assert_int_equal(verdict_thread(verdict, 10)->unknown_ns, MS(800));
	assert_int_equal(verdict->unknown_ns, MS(800));
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "gappy"), 0.2);
	assert_int_equal(verdict->findings.items[0].confidence, CONFIDENCE_LOW);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_sleeper_sleeps_by_its_own_wish(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack =
		stream_stack(&stream, "schedule", "do_nanosleep", "hrtimer_nanosleep", NULL);

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "sleep", TASK_TARGET);
	stream_run(&stream, 10, 0, 1, 1);
	stream_wait(&stream, 10, 1, 999,
		    (struct event_wait){ .stack = stack, .flags = SPAN_WOKEN_IRQ, .syscall = 35 });
	stream_run(&stream, 10, 999, 1000, 0);
	stream_death(&stream, 10, 1000);
	stream_end(&stream, 1200);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->base_ns, MS(1000));
	assert_string_equal(verdict->base_words, "the command's wall time");
	assert_near(verdict_share(verdict, CAUSE_WAIT_SLEEP, "sleep"), 0.998);
	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_WAIT_SLEEP], MS(998));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_thread_whose_last_wait_ended_runs_to_the_end(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack = stream_stack(&stream, "do_nanosleep", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "late", TASK_TARGET);
	stream_run(&stream, 10, 0, 100, 25);
	stream_wait(&stream, 10, 100, 200, (struct event_wait){ .stack = stack });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	/* 800 ms of a run never told are split as the 100 ms that were. */
	assert_int_equal(verdict_thread(verdict, 10)->kernel_ns, MS(225));
	assert_int_equal(verdict_thread(verdict, 10)->user_ns, MS(675));
	assert_near(verdict_share(verdict, CAUSE_CPU_KERNEL, "late"), 0.225);
	assert_int_equal(verdict->unknown_ns, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void an_open_wait_lasts_to_the_end(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "stuck", TASK_TARGET);
	stream_wait(
		&stream, 10, 0, 1000,
		(struct event_wait){ .stack = stack, .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_WAIT_PROCESS, "pipe"), 1);
	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_WAIT_PROCESS], MS(1000));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void throttled_time_is_not_the_queue_s(void **state)
{
	struct stream stream = {};
	struct event_queue queue = {
		.head.time_ns = AT(500),
		.tid = 10,
		.start_ns = AT(100),
		.throttled_ns = MS(300),
		.flags = SPAN_THROTTLED,
	};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "quota", TASK_TARGET);
	stream_run_on(&stream, 10, 0, 0, 100);
	stream_add(&stream, EVENT_QUEUE, &queue, sizeof(queue));
	stream_run_on(&stream, 10, 0, 500, 1000);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->queue_ns, MS(100));
	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_CPU_THROTTLED], MS(300));
	assert_near(verdict_share(verdict, CAUSE_CPU_THROTTLED, "quota"), 0.3);
	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, "nobody"), 0.1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void short_waits_are_what_the_thread_waited_for_before(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stream_wait(&stream, 10, 0, 100, (struct event_wait){ .stack = stack, .syscall = 0 });
	for (int ms = 100; ms < 200; ms += 2) {
		stream_run(&stream, 10, ms, ms + 1, 0);
		stream_wait(&stream, 10, ms + 1, ms + 2, (struct event_wait){ .syscall = 0 });
	}
	/* The same thread, but in another system call: that tells nothing. */
	stream_run(&stream, 10, 200, 201, 0);
	stream_wait(&stream, 10, 201, 202, (struct event_wait){ .syscall = 7 });
	stream_run(&stream, 10, 202, 203, 0);
	stream_end(&stream, 203);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_WAIT_PROCESS], MS(150));
	assert_int_equal(verdict_thread(verdict, 10)->unknown_ns, MS(1));
	assert_int_equal(verdict->not_seen.count, 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void events_of_one_moment_may_come_in_either_order(void **state)
{
	struct stream stream = {};
	struct event_wait wait = {
		.head.time_ns = AT(300),
		.start_ns = AT(100),
		.end_ns = AT(200),
		.tid = 10,
		.syscall = 35,
	};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "swap", TASK_TARGET);
	stream_run(&stream, 10, 0, 100, 0);
	/* Woken at 200, running at 300: the queue is told first. */
	stream_queue(&stream, 10, 0, 200, 300);
	stream_add(&stream, EVENT_WAIT, &wait, sizeof(wait));
	stream_run(&stream, 10, 300, 400, 0);
	stream_end(&stream, 400);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_WAIT_SLEEP], MS(100));
	assert_int_equal(verdict_thread(verdict, 10)->queue_ns, MS(100));
	assert_int_equal(verdict->unknown_ns, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_reused_thread_number_is_another_thread(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t wall_ns = 0;

	stream_watch(&stream, WATCH_PROCESS, 9);
	stream_child(&stream, 10, "first", 9, 100);
	stream_run(&stream, 10, 100, 200, 0);
	stream_death(&stream, 10, 200);
	stream_child(&stream, 10, "second", 9, 600);
	stream_run(&stream, 10, 600, 900, 0);
	stream_death(&stream, 10, 900);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->threads.count, 2);
	for (size_t i = 0; i < 2; i++)
		wall_ns += verdict->threads.items[i].wall_ns;
	assert_int_equal(wall_ns, MS(400));
	assert_int_equal(verdict->unknown_ns, 0);
	assert_string_equal(verdict->threads.items[0].comm, "second");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void the_machine_leaves_idle_time_out(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t idle = stream_stack(&stream, "ep_poll", NULL);

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "daemon", TASK_TARGET);
	stream_task(&stream, 11, "burn", TASK_TARGET);
	stream_wait(&stream, 10, 0, 1000,
		    (struct event_wait){ .stack = idle, .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	stream_run(&stream, 11, 0, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->wall_ns, MS(2000));
	assert_int_equal(verdict->idle_ns, MS(1000));
	assert_int_equal(verdict->base_ns, MS(1000));
	assert_string_equal(verdict->base_words, "the target's non-idle thread time");
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "burn"), 1);
	assert_null(verdict_find(verdict, CAUSE_WAIT_IDLE, ""));
	/* The busy one is listed first. */
	assert_int_equal(verdict->threads.items[0].tid, 11);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void of_an_idle_target_idleness_is_the_verdict(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t idle = stream_stack(&stream, "ep_poll", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "daemon", TASK_TARGET);
	stream_wait(&stream, 10, 0, 1000,
		    (struct event_wait){ .stack = idle, .flags = SPAN_OPEN_START | SPAN_OPEN_END });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->base_ns, MS(1000));
	assert_int_equal(verdict->idle_ns, 0);
	assert_string_equal(verdict->base_words, "the target's thread time");
	assert_near(verdict_share(verdict, CAUSE_WAIT_IDLE, "daemon"), 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_thread_is_all_user_and_kernel_time),
		cmocka_unit_test(interrupts_are_counted_once_and_first),
		cmocka_unit_test(
			what_the_kernel_does_not_charge_is_no_running_even_outside_of_system_calls),
		cmocka_unit_test(a_gap_is_unknown_and_never_spread),
		cmocka_unit_test(a_sleeper_sleeps_by_its_own_wish),
		cmocka_unit_test(a_thread_whose_last_wait_ended_runs_to_the_end),
		cmocka_unit_test(an_open_wait_lasts_to_the_end),
		cmocka_unit_test(throttled_time_is_not_the_queue_s),
		cmocka_unit_test(short_waits_are_what_the_thread_waited_for_before),
		cmocka_unit_test(events_of_one_moment_may_come_in_either_order),
		cmocka_unit_test(a_reused_thread_number_is_another_thread),
		cmocka_unit_test(the_machine_leaves_idle_time_out),
		cmocka_unit_test(of_an_idle_target_idleness_is_the_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
