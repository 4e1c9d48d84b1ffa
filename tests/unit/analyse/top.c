/* Who loses time just now, by which cause and whose fault? As it is told while the watch goes on.
 */
#include "analyse/top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

enum {
	VDA = 254 << 20,
	OWN_TGID = 4711,
	SECOND_MS = 1000,
	LAG_MS = 40,
};

/* All of the stream's events up to then; returns the place of the first later one. */
static size_t take_until(struct topper *topper, const struct stream *stream, size_t place,
			 uint64_t until_ns)
{
	struct diag why = {};

	for (; place < stream->items.count; place++) {
		const struct event *event = stream->items.items[place].event;

		if (event->time_ns > until_ns)
			break;
		assert_int_equal(topper_take(topper, event, &why), 0);
	}
	return place;
}

static int compare_times(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/* Told as it happens, with a look at each full second, the first one right at the begin. */
static struct topper *play(struct stream *stream, unsigned int seconds)
{
	struct topper *topper = NULL;
	struct diag why = {};
	size_t place = 0;

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_times);
	assert_int_equal(topper_new(OWN_TGID, &topper), 0);
	for (unsigned int i = 0; i <= seconds; i++) {
		place = take_until(topper, stream, place, AT(i * SECOND_MS));
		topper_mark(topper, AT(i * SECOND_MS));
		place = take_until(topper, stream, place, AT(i * SECOND_MS + LAG_MS));
		assert_int_equal(topper_turn(topper, AT(i * SECOND_MS + LAG_MS), &why), 0);
	}
	stream_free(stream);
	return topper;
}

static struct top_report *report_of(struct topper *topper)
{
	struct top_report *report = NULL;
	struct diag why = {};

	assert_int_equal(topper_report(topper, &report, &why), 0);
	return report;
}

static const struct top_thread *find(const struct top_report *report, uint32_t tid)
{
	for (size_t i = 0; i < report->threads.count; i++) {
		if (report->threads.items[i].tid == tid)
			return &report->threads.items[i];
	}
	return NULL;
}

/* It lasts from then on, and is seen to at each full second. */
static void wait_on(struct stream *stream, uint32_t tid, unsigned int from_ms, unsigned int seconds,
		    struct event_wait wait)
{
	wait.flags |= SPAN_OPEN_END;
	for (unsigned int i = 1; i <= seconds; i++) {
		if (i * SECOND_MS <= from_ms)
			continue;
		stream_wait(stream, tid, from_ms, i * SECOND_MS, wait);
		from_ms = i * SECOND_MS;
	}
}

static void nothing_is_told_before_the_first_second_is_over(void **state)
{
	struct topper *topper = NULL;
	struct top_report *report = NULL;
	struct diag why = {};

	assert_int_equal(topper_new(OWN_TGID, &topper), 0);
	assert_int_equal(topper_report(topper, &report, &why), -ENODATA);
	topper_free(&topper);
}

/* Its wait never ends, and yet it loses all of its time. */
static void a_wait_without_an_end_is_told_while_it_lasts(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	const struct top_thread *thread;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_device(&stream, 7 << 20, "loop0", 0, 0);
	stream_file(&stream, 7 << 20, 12, "log");
	stream_task(&stream, 10, "writer", TASK_TARGET);
	wait_on(&stream, 10, 500, 8,
		(struct event_wait){
			.stack = stream_stack(&stream, "percpu_rwsem_wait", "mnt_want_write", NULL),
			.file_dev = 7 << 20,
			.file_inode = 12 });
	topper = play(&stream, 8);
	report = report_of(topper);

	assert_int_equal(report->window_ns, MS(5000));
	assert_int_equal(report->age_ns, MS(8000));
	thread = find(report, 10);
	assert_non_null(thread);
	assert_int_equal(thread->lost_ns, MS(5000));
	assert_int_equal(thread->wait_ns, MS(7500));
	assert_false(thread->wait_is_older || thread->wait_is_idle);
	assert_int_equal(thread->heaviest.cause, CAUSE_FS_FROZEN);
	assert_string_equal(thread->heaviest.culprit.name, "loop0");
	assert_int_equal(report->culprits.count, 1);
	assert_int_equal(report->culprits.items[0].lost_ns, MS(5000));
}

static void a_wait_that_is_over_lasts_no_more(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};
	struct event_wait wait = { .stack = 0 };

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "writer", TASK_TARGET);
	wait.stack = stream_stack(&stream, "percpu_rwsem_wait", "mnt_want_write", NULL);
	wait_on(&stream, 10, 0, 2, wait);
	stream_wait(&stream, 10, 2000, 2500, wait);
	stream_run(&stream, 10, 2500, 3000, 0);
	topper = play(&stream, 3);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->lost_ns, MS(2500));
	assert_int_equal(find(report, 10)->cpu_ns, MS(500));
	assert_int_equal(find(report, 10)->wait_ns, 0);
}

static void the_leaf_of_the_chain_is_to_blame(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	owns(top_detail_free) struct top_detail *detail = NULL;
	struct stream stream = {};
	struct diag why = {};
	uint64_t futex, flush;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_device(&stream, VDA, "vda", 0, 0);
	stream_task(&stream, 10, "client", TASK_TARGET);
	stream_task(&stream, 11, "holder", TASK_TARGET);
	futex = stream_stack(&stream, "futex_wait_queue", "do_futex", NULL);
	flush = stream_stack(&stream, "blkdev_issue_flush", "ext4_sync_file", NULL);
	for (unsigned int ms = 0; ms < 2000; ms += 100) {
		stream_wait(&stream, 11, ms, ms + 90,
			    (struct event_wait){ .stack = flush,
						 .syscall = 74,
						 .flags = SPAN_REQUEST,
						 .request = ms + 1,
						 .request_dev = VDA });
		stream_request(&stream, ms + 1, VDA, REQUEST_FLUSH, 11,
			       (const double[]){ ms + 1, ms + 2, ms + 90 });
		stream_wait(
			&stream, 10, ms, ms + 91,
			(struct event_wait){
				.stack = futex, .syscall = 202, .waker_tid = 11, .lock = 0x7f00 });
		stream_run(&stream, 11, ms + 90, ms + 100, 0);
		stream_run(&stream, 10, ms + 91, ms + 100, 0);
	}
	topper = play(&stream, 2);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->heaviest.cause, CAUSE_FS_SYNC);
	assert_string_equal(find(report, 10)->heaviest.culprit.name, "vda");
	assert_true(find(report, 10)->heaviest.is_lost);
	assert_int_equal(report->disks.count, 1);
	assert_string_equal(report->disks.items[0].name, "vda");
	assert_int_equal(report->disks.items[0].writes, 20);
	assert_int_equal(report->disks.items[0].longest_ns, MS(89));
	assert_int_equal(report->disks.items[0].busy_ns, TOP_UNKNOWN);
	assert_string_equal(report->culprits.items[0].culprit.name, "vda");
	assert_int_equal(report->culprits.items[0].threads, 2);

	assert_int_equal(topper_detail(topper, 10, &detail, &why), 0);
	assert_string_equal(detail->thread.name, "client");
	assert_int_equal(detail->causes.items[0].cause, CAUSE_FS_SYNC);
	assert_true(detail->causes.items[0].chain.count >= 3);
	assert_string_equal(detail->causes.items[0].chain.items[0].who, "client");
	assert_string_equal(detail->causes.items[0].chain.items[1].who, "holder");
	assert_int_equal(detail->stacks.count, 1);
	assert_string_equal(detail->stacks.items[0].frames.items[0].words, "futex_wait_queue");
	assert_string_equal(detail->stacks.items[0].frames.items[1].words, "do_futex");
	assert_int_equal(detail->disks.count, 0);
	top_detail_free(&detail);
	assert_int_equal(topper_detail(topper, 11, &detail, &why), 0);
	assert_int_equal(detail->disks.count, 1);
	assert_int_equal(detail->disks.items[0].writes, 20);
}

static void files_are_by_what_was_lost_in_operations_on_them(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	owns(top_detail_free) struct top_detail *detail = NULL;
	struct stream stream = {};
	struct diag why = {};
	uint64_t stack;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_device(&stream, VDA, "vda", 0, 0);
	stream_file(&stream, VDA, 1, "small");
	stream_file(&stream, VDA, 2, "large");
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stack = stream_stack(&stream, "folio_wait_bit_common", NULL);
	stream_wait(&stream, 10, 0, 100,
		    (struct event_wait){ .stack = stack, .file_dev = VDA, .file_inode = 1 });
	stream_run(&stream, 10, 100, 110, 0);
	stream_wait(&stream, 10, 110, 900,
		    (struct event_wait){ .stack = stack, .file_dev = VDA, .file_inode = 2 });
	stream_run(&stream, 10, 900, 1000, 0);
	topper = play(&stream, 1);
	report = report_of(topper);

	assert_int_equal(topper_detail(topper, 10, &detail, &why), 0);
	assert_int_equal(detail->files.count, 2);
	assert_string_equal(detail->files.items[0].name, "large");
	assert_string_equal(detail->files.items[0].fs_type, "ext4");
	assert_int_equal(detail->files.items[0].lost_ns, MS(790));
	assert_string_equal(detail->files.items[1].name, "small");
}

static void who_burns_is_told_by_the_function_that_does(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "burner", TASK_TARGET);
	stream_run(&stream, 10, 0, 1000, 0);
	stream_run(&stream, 10, 1000, 2000, 0);
	for (unsigned int i = 0; i < 50; i++) {
		struct event_sample sample = {
			.head.time_ns = AT(1001 + i),
			.tid = 10,
			.user_stack =
				stream_user_stack(&stream, i < 40 ? "spin" : "rest", "main", NULL),
			.weight_ns = MS(10),
		};

		stream_add(&stream, EVENT_SAMPLE, &sample, sizeof(sample));
	}
	topper = play(&stream, 2);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->lost_ns, 0);
	assert_int_equal(find(report, 10)->cpu_ns, MS(2000));
	assert_int_equal(find(report, 10)->heaviest.cause, CAUSE_CPU_USER);
	assert_string_equal(find(report, 10)->heaviest.culprit.name, "spin");
	assert_int_equal(report->culprits.count, 0);
}

static void who_waits_for_a_cpu_loses_time_to_whom_has_it(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "victim", TASK_TARGET);
	stream_task(&stream, 12, "hog", TASK_TARGET);
	stream_run_on(&stream, 12, 0, 0, 900);
	stream_queue(&stream, 10, 0, 0, 900);
	stream_run_on(&stream, 10, 0, 900, 1000);
	topper = play(&stream, 1);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->lost_ns, MS(900));
	assert_int_equal(find(report, 10)->heaviest.cause, CAUSE_CPU_RUNQUEUE);
	assert_string_equal(find(report, 10)->heaviest.culprit.name, "hog (12)");
}

static void who_sleeps_by_its_own_wish_loses_nothing(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "sleeper", TASK_TARGET);
	wait_on(&stream, 10, 0, 3,
		(struct event_wait){ .stack = stream_stack(&stream, "do_nanosleep", NULL),
				     .syscall = 230,
				     .flags = SPAN_OPEN_START });
	topper = play(&stream, 3);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->lost_ns, 0);
	assert_int_equal(find(report, 10)->idle_ns, MS(3000));
	assert_true(find(report, 10)->wait_is_idle);
	assert_true(find(report, 10)->wait_is_older);
	assert_int_equal(report->lost_ns, 0);
}

static void what_no_rule_knows_is_lost_for_a_reason_not_known(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "odd", TASK_TARGET);
	wait_on(&stream, 10, 0, 2,
		(struct event_wait){ .stack = stream_stack(&stream, "no_rule_knows_this", NULL) });
	topper = play(&stream, 2);
	report = report_of(topper);

	assert_int_equal(find(report, 10)->lost_ns, MS(2000));
	assert_int_equal(find(report, 10)->unknown_ns, MS(2000));
	assert_int_equal(find(report, 10)->heaviest.cause, CAUSE_UNKNOWN);
	assert_string_equal(find(report, 10)->heaviest.culprit.name, "no_rule_knows_this");
}

static void our_own_helpers_are_no_threads_of_the_machine(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_child(&stream, 20, "slowpath", OWN_TGID, 0);
	stream_child(&stream, 21, "other", OWN_TGID + 1, 0);
	stream_run(&stream, 20, 0, 500, 0);
	stream_run(&stream, 21, 500, 1000, 0);
	topper = play(&stream, 1);
	report = report_of(topper);

	assert_null(find(report, 20));
	assert_non_null(find(report, 21));
}

static void losses_and_what_cannot_be_seen_are_told(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "missing.iter_task", "threads that did not run");
	stream_fact(&stream, "facility.scheduler", "tp_btf");
	stream_loss(&stream, LOSS_SWITCH, 40);
	stream_loss(&stream, LOSS_STACK, 2);
	stream_loss(&stream, LOSS_HIDDEN, 3);
	topper = play(&stream, 1);
	report = report_of(topper);

	assert_int_equal(report->lost_events, 42);
	assert_int_equal(report->hidden_threads, 3);
	assert_int_equal(report->not_seen.count, 1);
	assert_string_equal(report->not_seen.items[0].words, "threads that did not run");
}

static void count_at(struct stream *stream, unsigned int ms, enum counter_key key, uint32_t dev,
		     uint64_t value)
{
	struct event_counter counter = {
		.head.time_ns = AT(ms), .key = key, .dev = dev, .value = value
	};

	stream_add(stream, EVENT_COUNTER, &counter, sizeof(counter));
}

static void the_machine_s_meters_are_of_the_window(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_device(&stream, VDA, "vda", 0, 0);
	for (unsigned int i = 0; i <= 8; i++) {
		count_at(&stream, i * SECOND_MS, COUNTER_USER_NS, 0, MS(1000000 + i * i * 10));
		count_at(&stream, i * SECOND_MS, COUNTER_DISK_BUSY_NS, VDA, MS(i * 300));
		/* This one goes backwards, as the kernel's do at times. */
		count_at(&stream, i * SECOND_MS, COUNTER_IDLE_NS, 0, MS(1000 - i));
		/* Of this one nothing is told any more. */
		if (i < 8)
			count_at(&stream, i * SECOND_MS, COUNTER_STEAL_NS, 0, MS(i));
	}
	topper = play(&stream, 8);
	report = report_of(topper);

	assert_int_equal(report->machine.cpus, 2);
	assert_int_equal(report->machine.user_ns, MS((64 - 9) * 10));
	assert_int_equal(report->machine.idle_ns, TOP_UNKNOWN);
	assert_int_equal(report->machine.steal_ns, TOP_UNKNOWN);
	assert_int_equal(report->machine.io_some_ns, TOP_UNKNOWN);
	/* It completed no request, and is busy all the same. */
	assert_int_equal(report->disks.count, 1);
	assert_int_equal(report->disks.items[0].busy_ns, MS(1500));
	assert_int_equal(report->disks.items[0].writes, 0);
}

static void a_thread_that_is_not_there_has_no_detail(void **state)
{
	owns(topper_free) struct topper *topper = NULL;
	owns(top_report_free) struct top_report *report = NULL;
	struct top_detail *detail = NULL;
	struct stream stream = {};
	struct diag why = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	topper = play(&stream, 1);
	report = report_of(topper);
	assert_int_equal(report->threads.count, 0);
	assert_int_equal(topper_detail(topper, 77, &detail, &why), -ESRCH);
	assert_null(detail);
	assert_false(topper_is_full(topper));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_before_the_first_second_is_over),
		cmocka_unit_test(a_wait_without_an_end_is_told_while_it_lasts),
		cmocka_unit_test(a_wait_that_is_over_lasts_no_more),
		cmocka_unit_test(the_leaf_of_the_chain_is_to_blame),
		cmocka_unit_test(files_are_by_what_was_lost_in_operations_on_them),
		cmocka_unit_test(who_burns_is_told_by_the_function_that_does),
		cmocka_unit_test(who_waits_for_a_cpu_loses_time_to_whom_has_it),
		cmocka_unit_test(who_sleeps_by_its_own_wish_loses_nothing),
		cmocka_unit_test(what_no_rule_knows_is_lost_for_a_reason_not_known),
		cmocka_unit_test(our_own_helpers_are_no_threads_of_the_machine),
		cmocka_unit_test(losses_and_what_cannot_be_seen_are_told),
		cmocka_unit_test(the_machine_s_meters_are_of_the_window),
		cmocka_unit_test(a_thread_that_is_not_there_has_no_detail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
