/* Do tracepoints become the spans that a live watch tells? */
#include "import/perf_spans.h"

#include "unit/import/trace.h"

static void a_run_a_wait_and_a_stay_in_the_queue_close_at_switches(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_run *run;
	const struct event_wait *wait;
	const struct event_queue *queue;

	add_switch_at(&records, 100, 20, 0, 21); /* 20 is preempted */
	add_switch_at(&records, 200, 21, 2, 20); /* 21 sleeps */
	add_waking_at(&records, 250, 20, 0, 21);
	add_switch_at(&records, 300, 20, 1, 21);
	add_switch_at(&records, 400, 21, 1, 0);
	read_trace(&records, &kept);

	run = kept_at(&kept, EVENT_RUN, 1);
	assert_int_equal(run->tid, 21);
	assert_int_equal(run->start_ns, 100);
	assert_int_equal(run->head.time_ns, 200);
	assert_int_equal(run->next_tid, 20);
	assert_int_equal(run->flags, 0);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->tid, 21);
	assert_int_equal(wait->start_ns, 200);
	assert_int_equal(wait->end_ns, 250);
	assert_int_equal(wait->head.time_ns, 300);
	assert_int_equal(wait->waker_tid, 20);
	assert_int_equal(wait->state, 2);
	assert_int_equal(kept_stack(&kept, wait->stack)->frames, 2);
	assert_int_equal(wait->syscall, -1);
	queue = kept_at(&kept, EVENT_QUEUE, 0);
	assert_int_equal(queue->tid, 20);
	assert_int_equal(queue->start_ns, 100);
	assert_int_equal(queue->flags, SPAN_PREEMPTED);
	queue = kept_at(&kept, EVENT_QUEUE, 1);
	assert_int_equal(queue->tid, 21);
	assert_int_equal(queue->start_ns, 250);
	assert_int_equal(queue->head.time_ns, 300);
	kept_free(&kept);
}

static void what_is_open_at_the_end_is_told_as_open(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_wait *wait;
	const struct event_run *run;

	add_switch_at(&records, 100, 20, 1, 21);
	add_switch_at(&records, 200, 21, 1, 22);
	add_waking_at(&records, 300, 22, 0, 99);
	read_trace(&records, &kept);
	run = kept_at(&kept, EVENT_RUN, 2);
	assert_int_equal(run->tid, 22);
	assert_int_equal(run->flags, SPAN_OPEN_END);
	assert_int_equal(run->head.time_ns, 300);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->tid, 20);
	assert_int_equal(wait->flags, SPAN_OPEN_END);
	assert_int_equal(wait->end_ns, 300);
	kept_free(&kept);
}

static void who_is_woken_before_it_was_seen_has_waited_since_the_begin(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_wait *wait;

	add_switch_at(&records, 100, 20, 0, 21);
	add_waking_at(&records, 150, 0, 0x08, 30);
	add_switch_at(&records, 200, 21, 0, 30);
	read_trace(&records, &kept);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->tid, 30);
	assert_int_equal(wait->start_ns, 100);
	assert_int_equal(wait->flags, SPAN_OPEN_START | SPAN_WOKEN_IRQ);
	assert_int_equal(wait->waker_tid, 0);
	kept_free(&kept);
}

static void a_wake_up_in_the_interrupt_of_a_completion_names_its_request(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_wait *wait;
	const struct event_request *request;

	add_switch_at(&records, 100, 21, 0, 20);
	add_block_at(&records, TRACE_ISSUE, 150, 4096, "R", 8);
	add_switch_at(&records, 200, 20, 2, 0);
	add_block_at(&records, TRACE_COMPLETE, 300, 4096, "R", 8);
	add_waking_at(&records, 310, 0, 0, 20);
	add_switch_at(&records, 320, 0, 0, 20);
	read_trace(&records, &kept);
	request = kept_at(&kept, EVENT_REQUEST, 0);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_true(wait->flags & SPAN_REQUEST);
	assert_int_equal(wait->request, request->id);
	assert_int_equal(wait->request_dev, request->dev);
	kept_free(&kept);
}

static void a_system_call_is_told_when_it_ends_and_known_to_its_waits(void **state)
{
	struct bytes records = { .swap = true };
	struct kept kept = {};
	const struct event_wait *wait;
	const struct event_syscall *call;
	const struct event_run *run;

	add_switch_at(&records, 100, 21, 0, 20);
	add_call_at(&records, TRACE_ENTER, 150, 20, 17, 0);
	add_switch_at(&records, 200, 20, 1, 21);
	add_waking_at(&records, 300, 21, 0, 20);
	add_switch_at(&records, 310, 21, 0, 20);
	add_call_at(&records, TRACE_LEAVE, 350, 20, 17, 4096);
	read_trace(&records, &kept);
	call = kept_at(&kept, EVENT_SYSCALL, 0);
	assert_int_equal(call->number, 17);
	assert_int_equal(call->start_ns, 150);
	assert_int_equal(call->head.time_ns, 350);
	assert_int_equal(call->result, 4096);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->syscall, 17);
	run = kept_at(&kept, EVENT_RUN, 1);
	assert_int_equal(run->tid, 20);
	assert_int_equal(run->kernel_ns, 50);
	kept_free(&kept);
}

static void after_a_loss_only_what_came_later_is_told(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	struct attr attrs[TRACE_POINTS];
	const struct event_run *run;
	const struct event_wait *wait;
	size_t begin;

	trace_attrs(attrs);
	add_switch_at(&records, 100, 20, 1, 21);
	begin = begin_record(&records, PERF_REC_LOST, 0);
	add_u64(&records, 1);
	add_u64(&records, 5);
	add_trailer(&records, &attrs[0], 0, 160);
	end_record(&records, begin);
	add_waking_at(&records, 180, 23, 0, 20);
	add_switch_at(&records, 200, 23, 1, 20);
	read_trace(&records, &kept);
	/* 21 may have left, and 20 may have run meanwhile. */
	run = kept_at(&kept, EVENT_RUN, 1);
	assert_int_equal(run->tid, 23);
	assert_int_equal(run->start_ns, 160);
	assert_int_equal(run->flags, 0);
	wait = kept_at(&kept, EVENT_WAIT, 0);
	assert_int_equal(wait->tid, 20);
	assert_int_equal(wait->start_ns, 160);
	assert_int_equal(wait->end_ns, 180);
	kept_free(&kept);
}

static void a_tracepoints_hits_are_samples_too(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_sampler *sampler;

	add_switch_at(&records, 100, 20, 1, 21);
	add_waking_at(&records, 150, 21, 0, 20);
	read_trace(&records, &kept);
	assert_int_equal(kept_count(&kept, EVENT_SAMPLE), 2);
	sampler = kept_at(&kept, EVENT_SAMPLER, 1);
	assert_string_equal(sampler->name, "sched:sched_waking");
	assert_int_equal(sampler->unit, SAMPLER_COUNT);
	kept_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_a_wait_and_a_stay_in_the_queue_close_at_switches),
		cmocka_unit_test(what_is_open_at_the_end_is_told_as_open),
		cmocka_unit_test(who_is_woken_before_it_was_seen_has_waited_since_the_begin),
		cmocka_unit_test(a_wake_up_in_the_interrupt_of_a_completion_names_its_request),
		cmocka_unit_test(a_system_call_is_told_when_it_ends_and_known_to_its_waits),
		cmocka_unit_test(after_a_loss_only_what_came_later_is_told),
		cmocka_unit_test(a_tracepoints_hits_are_samples_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
