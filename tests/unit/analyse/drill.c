/* Is the time of slow calls where the made-up story says that it was? */
#include "analyse/drill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/drill_state.h"
#include "harness/test.h"
#include "profiled.h"
#include "stream.h"

#define FSYNC 74
#define READ  0

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/* What holds for all: the four parts sum to the calls' time, the tree's own parts as well, no child
 * has more than its parent, and the path goes down the tree. */
static void check_sums(const struct drill_report *report)
{
	const struct profile *tree = report->tree;
	uint64_t self = 0, causes = 0;

	assert_int_equal(report->time.on_cpu_ns + report->time.blocked_ns +
				 report->time.runnable_ns + report->time.unknown_ns,
			 report->ns);
	assert_int_equal(tree->amount, report->ns);
	for (size_t i = 0; i < tree->nodes.count; i++) {
		const struct profile_node *node = &tree->nodes.items[i];
		uint64_t children = 0;

		self += node->self;
		for (size_t k = i + 1;
		     k < tree->nodes.count && tree->nodes.items[k].depth > node->depth; k++)
			children += tree->nodes.items[k].depth == node->depth + 1
					    ? tree->nodes.items[k].total
					    : 0;
		assert_int_equal(node->self + children, node->total);
	}
	assert_int_equal(self, report->ns);
	for (size_t i = 0; i < report->causes.count; i++)
		causes += report->causes.items[i].ns;
	assert_int_equal(causes, report->time.blocked_ns);
	for (size_t i = 0; i < report->path.count; i++) {
		const struct drill_step *step = &report->path.items[i];

		assert_true(step->max_ns >= step->avg_ns && step->max_ns >= step->p99_ns);
		assert_true(step->calls <= report->calls);
		if (i) {
			assert_true(step->ns <= step[-1].ns && 2 * step->ns >= step[-1].ns);
			assert_true(step->calls <= step[-1].calls);
			assert_true(step->max_ns <= step[-1].max_ns);
		}
	}
	assert_int_equal(report->latency.count, report->calls);
	assert_int_equal(report->latency.total_ns, report->ns);
}

static struct drill_report *look_into(struct stream *stream, struct drill_options options)
{
	struct drill *drill = NULL;
	struct drill_report *report = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(drill_new(&options, &drill), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(drill_take(drill, stream->items.items[i].event, &why), 0);
	assert_int_equal(drill_report(drill, &report, &why), 0);
	drill_free(&drill);
	check_sums(report);
	return report;
}

static void add_sample(struct stream *stream, uint32_t tid, double ms, uint64_t stack,
		       uint64_t user_stack)
{
	const struct event_sample sample = {
		.head.time_ns = BEGIN_NS + (uint64_t)(ms * 1000000),
		.tid = tid,
		.stack = stack,
		.user_stack = user_stack,
		.weight_ns = MS(1),
	};

	stream_add(stream, EVENT_SAMPLE, &sample, sizeof(sample));
}

static void add_call(struct stream *stream, uint32_t tid, const double ms[2], uint32_t depth,
		     uint32_t flags)
{
	const struct event_call call = {
		.head.time_ns = BEGIN_NS + (uint64_t)(ms[1] * 1000000),
		.start_ns = BEGIN_NS + (uint64_t)(ms[0] * 1000000),
		.duration_ns = (uint64_t)((ms[1] - ms[0]) * 1000000),
		.tid = tid,
		.depth = depth,
		.flags = flags,
	};

	stream_add(stream, EVENT_CALL, &call, sizeof(call));
}

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "writer", TASK_TARGET);
	stream_task(stream, 20, "jbd2/vda-8", TASK_KERNEL);
}

/* 60 ms: 40 blocked, 2 ready, 18 on a CPU. */
static void add_fsync(struct stream *stream, double at, uint64_t sleep)
{
	stream_wait(stream, 10, at + 10, at + 50,
		    (struct event_wait){
			    .stack = sleep, .syscall = FSYNC, .state = 2, .waker_tid = 20 });
	stream_queue(stream, 10, 0, at + 50, at + 52);
	stream_call(stream, 10, FSYNC, (const double[]){ at, at + 60 }, 0);
}

static uint64_t journal_stack(struct stream *stream)
{
	return stream_stack(stream, "jbd2_log_wait_commit", "ext4_sync_file", "__x64_sys_fsync",
			    "do_syscall_64", NULL);
}

static void a_system_call_is_the_sum_of_what_its_thread_did_in_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	const struct profile_node *node;
	uint64_t spin;

	begin(&stream);
	add_fsync(&stream, 0, journal_stack(&stream));
	spin = stream_stack(&stream, "ext4_da_writepages", "ext4_sync_file", "__x64_sys_fsync",
			    "do_syscall_64", NULL);
	add_sample(&stream, 10, 5, spin, 0);
	add_sample(&stream, 10, 65, spin, 0);
	stream_end(&stream, 100);
	report = look_into(&stream, (struct drill_options){ .function = "fsync", .slowest = 3 });
	assert_int_equal(report->by, DRILL_BY_SYSCALL);
	assert_int_equal(report->calls, 1);
	assert_int_equal(report->ns, MS(60));
	assert_int_equal(report->time.blocked_ns, MS(40));
	assert_int_equal(report->time.runnable_ns, MS(2));
	assert_int_equal(report->time.on_cpu_ns, MS(18));
	assert_int_equal(report->samples, 1);
	node = profile_path(report->tree, "fsync", "ext4_sync_file", "ext4_da_writepages", NULL);
	assert_int_equal(node->self, MS(18));
	node = profile_path(report->tree, "fsync", "ext4_sync_file", "jbd2_log_wait_commit", NULL);
	assert_int_equal(node->total, MS(42));
	assert_int_equal(report->causes.items[0].cause, CAUSE_FS_JOURNAL);
	assert_string_equal(report->causes.items[0].waker, "jbd2/vda-8");
	assert_int_equal(report->slowest.count, 1);
	assert_int_equal(report->slowest.items[0].part_count, 2);
	assert_string_equal(report->slowest.items[0].comm, "writer");
}

static void the_path_goes_down_to_who_ended_the_wait(void **state)
{
	static const char *const NAMES[] = { "fsync", "ext4_sync_file", "jbd2_log_wait_commit",
					     NULL, "jbd2/vda-8" };
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep;

	begin(&stream);
	sleep = journal_stack(&stream);
	add_fsync(&stream, 0, sleep);
	add_fsync(&stream, 100, sleep);
	stream_end(&stream, 200);
	report = look_into(&stream, (struct drill_options){ .function = "fsync" });
	assert_int_equal(report->path.count, array_count(NAMES));
	for (size_t i = 0; i < array_count(NAMES); i++) {
		if (NAMES[i])
			assert_string_equal(report->path.items[i].name, NAMES[i]);
		assert_int_equal(report->path.items[i].calls, 2);
	}
	assert_int_equal(report->path.items[0].avg_ns, MS(60));
	assert_int_equal(report->path.items[2].avg_ns, MS(42));
	assert_int_equal(report->path.items[3].kind, FRAME_BLOCKED);
	assert_int_equal(report->path.items[4].kind, FRAME_WAKER);
	assert_near(report->path.items[4].share, 40.0 / 60);
}

static void shorter_calls_are_counted_and_left_out(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	const struct event_syscall_sum sum = {
		.head.time_ns = AT(99), .tid = 10, .number = FSYNC, .count = 7, .total_ns = 70000
	};

	begin(&stream);
	add_fsync(&stream, 0, journal_stack(&stream));
	stream_call(&stream, 10, FSYNC, (const double[]){ 70, 71 }, 0);
	stream_call(&stream, 10, READ, (const double[]){ 72, 98 }, 0);
	stream_add(&stream, EVENT_SYSCALL_SUM, &sum, sizeof(sum));
	stream_end(&stream, 100);
	report = look_into(&stream,
			   (struct drill_options){ .function = "fsync", .over_ns = MS(10) });
	assert_int_equal(report->calls, 1);
	assert_int_equal(report->short_calls, 8);
}

static void by_stacks_a_call_lasts_from_the_first_to_the_last(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep, other;

	begin(&stream);
	sleep = journal_stack(&stream);
	other = stream_stack(&stream, "pipe_read", "vfs_read", NULL);
	for (unsigned int i = 0; i < 2; i++) {
		double at = 100 * i;

		stream_wait(&stream, 10, at + 10, at + 20,
			    (struct event_wait){ .stack = sleep, .syscall = FSYNC });
		stream_wait(&stream, 10, at + 30, at + 50,
			    (struct event_wait){ .stack = sleep, .syscall = FSYNC });
		stream_queue(&stream, 10, 0, at + 50, at + 53);
		stream_wait(&stream, 10, at + 60, at + 90,
			    (struct event_wait){ .stack = other, .syscall = READ });
	}
	stream_end(&stream, 200);
	report = look_into(&stream,
			   (struct drill_options){ .function = "ext4_sync_*", .is_each = true });
	assert_int_equal(report->by, DRILL_BY_STACKS);
	assert_int_equal(report->calls, 2);
	assert_int_equal(report->each.count, 2);
	assert_int_equal(report->each.items[0].start_ns, MS(10));
	assert_int_equal(report->each.items[0].ns, MS(43));
	assert_string_equal(report->each.items[0].function, "ext4_sync_file");
	assert_int_equal(report->time.blocked_ns, MS(60));
	assert_int_equal(report->time.runnable_ns, MS(6));
	assert_int_equal(report->time.on_cpu_ns, MS(20));
}

static void by_stacks_the_end_of_a_system_call_ends_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep;

	begin(&stream);
	sleep = journal_stack(&stream);
	add_fsync(&stream, 0, sleep);
	add_fsync(&stream, 60, sleep);
	stream_end(&stream, 200);
	report = look_into(&stream, (struct drill_options){ .function = "ext4_sync_file" });
	assert_int_equal(report->calls, 2);
	assert_int_equal(report->latency.max_ns, MS(42));
}

static void samples_stand_for_time_before_and_behind_them(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t spin, other;

	begin(&stream);
	spin = stream_stack(&stream, "crc32", "ext4_sync_file", NULL);
	other = stream_stack(&stream, "vfs_read", NULL);
	add_sample(&stream, 10, 10, other, 0);
	for (unsigned int i = 0; i < 10; i++)
		add_sample(&stream, 10, 11 + i, spin, 0);
	add_sample(&stream, 10, 21, other, 0);
	stream_end(&stream, 200);
	report = look_into(&stream, (struct drill_options){ .function = "ext4_sync_file" });
	assert_int_equal(report->calls, 1);
	assert_int_equal(report->ns, MS(10));
	assert_int_equal(profile_path(report->tree, "ext4_sync_file", "crc32", NULL)->self, MS(10));
}

static void probes_tell_calls_of_programs(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep, caller, leaf, hidden;

	stream_fact(&stream, "functions.watched", "/bin/x:load");
	stream_fact(&stream, "facility.functions", "uprobe");
	stream_fact(&stream, "functions.short_calls", "12");
	begin(&stream);
	sleep = stream_stack(&stream, "pipe_read", "vfs_read", "do_syscall_64", NULL);
	caller = stream_user_stack(&stream, "read", "fetch", "load", "main", NULL);
	leaf = stream_user_stack(&stream, "parse", "load", "main", NULL);
	hidden = stream_user_stack(&stream, "memcpy", "main", NULL);
	stream_wait(&stream, 10, 10, 40, (struct event_wait){ .stack = sleep, .syscall = READ });
	stream_call(&stream, 10, READ, (const double[]){ 9, 41 }, caller);
	add_sample(&stream, 10, 42, 0, leaf);
	add_sample(&stream, 10, 43, 0, hidden);
	add_call(&stream, 10, (const double[]){ 20, 44 }, 1, 0);
	add_call(&stream, 10, (const double[]){ 5, 50 }, 0, 0);
	add_call(&stream, 10, (const double[]){ 60, 100 }, 0, CALL_OPEN_END);
	stream_end(&stream, 100);
	report = look_into(&stream,
			   (struct drill_options){ .function = "/bin/x:load", .is_each = true });
	assert_int_equal(report->by, DRILL_BY_PROBES);
	assert_int_equal(report->calls, 2);
	assert_int_equal(report->nested_calls, 1);
	assert_int_equal(report->short_calls, 12);
	assert_true(report->each.items[1].is_open && !report->each.items[0].is_open);
	assert_int_equal(report->time.blocked_ns, MS(30));
	assert_int_equal(profile_path(report->tree, "/bin/x:load", "fetch", "read", "vfs_read",
				      "pipe_read", NULL)
				 ->total,
			 MS(30));
	assert_int_equal(profile_path(report->tree, "/bin/x:load", "parse", NULL)->self,
			 profile_path(report->tree, "/bin/x:load", "memcpy", NULL)->self);
}

static void a_function_that_programs_are_at_is_in_the_stack_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep;

	stream_fact(&stream, "functions.watched", "ext4_sync_file");
	stream_fact(&stream, "facility.functions", "fentry");
	begin(&stream);
	sleep = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file",
			     "bpf_trampoline_6442536123", "ext4_sync_file", "__x64_sys_fsync",
			     NULL);
	stream_wait(&stream, 10, 10, 40, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	add_call(&stream, 10, (const double[]){ 10, 40 }, 0, 0);
	stream_end(&stream, 100);
	report = look_into(&stream, (struct drill_options){ .function = "ext4_sync_file" });
	assert_int_equal(
		profile_path(report->tree, "ext4_sync_file", "jbd2_log_wait_commit", NULL)->total,
		MS(30));
}

static void add_callee(struct stream *stream, const double ms[2], uint32_t callee, double in_ms,
		       uint32_t flags)
{
	const struct event_callee event = {
		.head.time_ns = BEGIN_NS + (uint64_t)(ms[1] * 1000000),
		.start_ns = BEGIN_NS + (uint64_t)(ms[0] * 1000000),
		.ns = (uint64_t)(in_ms * 1000000),
		.max_ns = (uint64_t)(in_ms * 1000000) / 2,
		.tid = 10,
		.callee = callee,
		.count = 2,
		.flags = flags,
	};

	stream_add(stream, EVENT_CALLEE, &event, sizeof(event));
}

static const struct drill_step *step_of(const struct drill_report *report, const char *name)
{
	for (size_t i = 0; i < report->path.count; i++) {
		if (strcmp(report->path.items[i].name, name) == 0)
			return &report->path.items[i];
	}
	return NULL;
}

static size_t noted(const struct drill_report *report, const char *words)
{
	size_t count = 0;

	for (size_t i = 0; i < report->notes.count; i++)
		count += strstr(report->notes.items[i].words, words) != NULL;
	return count;
}

static void what_programs_timed_on_the_path_is_told_with_its_calls_alone(void **state)
{
	const double first[2] = { 10, 40 }, second[2] = { 50, 90 };
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	const struct drill_step *step;
	uint64_t sleep;

	stream_fact(&stream, "functions.watched", "ext4_sync_file");
	stream_fact(&stream, "facility.functions", "fentry");
	begin(&stream);
	sleep = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_fsync_journal",
			     "ext4_sync_file", NULL);
	stream_wait(&stream, 10, 10, 40, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	add_call(&stream, 10, first, 0, 0);
	stream_fact(&stream, "functions.callee.0", "jbd2_log_wait_commit");
	stream_fact(&stream, "functions.callee.1", "somewhere_else");
	stream_fact(&stream, "functions.callee.16", "ext4_fsync_journal"); /* there is none */
	stream_wait(&stream, 10, 52, 88, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	add_callee(&stream, second, 0, 36, CALLEE_UNSURE);
	add_callee(&stream, second, 1, 8, 0);
	add_callee(&stream, second, 16, 8, 0);
	add_callee(&stream, second, 0, 41, 0); /* longer than the call */
	add_call(&stream, 10, second, 0, 0);
	stream_end(&stream, 100);
	report = look_into(&stream, (struct drill_options){ .function = "ext4_sync_file" });
	assert_int_equal(report->calls, 2);
	step = step_of(report, "jbd2_log_wait_commit");
	assert_non_null(step);
	assert_int_equal(step->calls, 2);
	assert_int_equal(step->timed_calls, 1);
	assert_int_equal(step->timed_count, 2);
	assert_int_equal(step->timed_ns, MS(36));
	assert_int_equal(step->timed_max_ns, MS(18));
	assert_int_equal(step->timed_unsure, 1);
	assert_true(step->timed_share > 0.899 && step->timed_share < 0.901);
	assert_int_equal(step_of(report, "ext4_fsync_journal")->timed_calls, 0);
	assert_int_equal(noted(report, "somewhere_else was timed as well"), 1);
	assert_int_equal(noted(report, "was timed as well"), 1);
	assert_int_equal(step_of(report, "ext4_sync_file")->timed_calls, 0);
}

static void a_recording_of_another_function_has_no_answer(void **state)
{
	owns(drill_free) struct drill *drill = NULL;
	struct drill_report *report = NULL;
	struct diag why = {};

	assert_int_equal(drill_new(&(struct drill_options){ .function = "/bin/x:load" }, &drill),
			 0);
	assert_int_equal(drill_report(drill, &report, &why), -ENODATA);
	assert_null(report);
}

static void what_could_not_be_kept_is_unknown(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep;
	double at = 0;

	begin(&stream);
	sleep = journal_stack(&stream);
	for (unsigned int i = 0; i < DRILL_PIECES_MAX + 10; i++, at += 1)
		stream_wait(&stream, 10, at, at + 0.5,
			    (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	stream_call(&stream, 10, FSYNC, (const double[]){ 0, at }, 0);
	stream_end(&stream, at + 1);
	report = look_into(&stream, (struct drill_options){ .function = "fsync" });
	assert_int_equal(report->time.unknown_ns, MS(DRILL_PIECES_MAX / 2) - MS(1) / 2);
	assert_int_equal(report->time.blocked_ns, MS(DRILL_PIECES_MAX / 2 + 10) / 2);
}

static void calls_that_last_all_the_time_are_counted_apart_on_the_machine(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	const struct event_syscall call = {
		.head.time_ns = AT(100),
		.start_ns = AT(0),
		.tid = 10,
		.number = READ,
		.flags = SPAN_OPEN_START | SPAN_OPEN_END,
	};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "getty", 0);
	stream_add(&stream, EVENT_SYSCALL, &call, sizeof(call));
	stream_end(&stream, 100);
	report = look_into(&stream, (struct drill_options){ .function = "read" });
	assert_int_equal(report->calls, 0);
	assert_int_equal(report->standing, 1);
	assert_int_equal(report->path.count, 0);
}

static void by_stacks_those_that_stand_all_the_time_are_counted_apart(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	uint64_t sleep;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "kworker", TASK_KERNEL);
	sleep = stream_stack(&stream, "schedule", "worker_thread", NULL);
	stream_wait(&stream, 10, 0, 100,
		    (struct event_wait){ .stack = sleep, .syscall = -1, .flags = SPAN_OPEN_END });
	stream_wait(&stream, 20, 10, 100,
		    (struct event_wait){ .stack = sleep, .syscall = -1, .flags = SPAN_OPEN_END });
	stream_end(&stream, 100);
	report = look_into(&stream,
			   (struct drill_options){ .function = "worker_thread", .slowest = 1 });
	assert_int_equal(report->standing, 1);
	assert_int_equal(report->calls, 1);
	assert_true(report->slowest.items[0].is_open && !report->slowest.items[0].has_begun_before);
}

static void threads_that_are_not_the_targets_do_not_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;

	begin(&stream);
	stream_call(&stream, 20, FSYNC, (const double[]){ 0, 60 }, 0);
	stream_end(&stream, 100);
	report = look_into(&stream, (struct drill_options){ .function = "fsync" });
	assert_int_equal(report->calls + report->short_calls, 0);
}

static void any_story_adds_up(void **state)
{
	static const char *const FUNCTIONS[] = { "fsync", "ext4_sync_file", "jbd2_*", "pipe_read" };
	uint32_t seed = 7;

	for (unsigned int round = 0; round < 40; round++) {
		owns(stream_free) struct stream stream = {};
		owns(drill_report_free) struct drill_report *report = NULL;
		uint64_t stacks[3];
		double at = 0;

		begin(&stream);
		stacks[0] = journal_stack(&stream);
		stacks[1] = stream_stack(&stream, "pipe_read", "vfs_read", NULL);
		stacks[2] = 0;
		for (unsigned int i = 0; i < 200; i++) {
			double from = at;

			seed = seed * 1103515245 + 12345;
			at += 1 + (seed >> 16) % 5;
			switch ((seed >> 20) % 4) {
			case 0:
				stream_wait(&stream, 10, from, at,
					    (struct event_wait){ .stack = stacks[(seed >> 8) % 3],
								 .syscall = FSYNC });
				break;
			case 1:
				stream_queue(&stream, 10, 0, from, at);
				break;
			case 2:
				add_sample(&stream, 10, at, stacks[(seed >> 8) % 3], 0);
				break;
			default:
				stream_call(&stream, 10, (seed >> 9) % 2 ? FSYNC : READ,
					    (const double[]){ at > 9 ? at - 9 : 0, at }, 0);
				break;
			}
		}
		stream_end(&stream, at + 1);
		report =
			look_into(&stream, (struct drill_options){ .function = FUNCTIONS[round % 4],
								   .over_ns = MS(round % 3),
								   .is_each = true });
		assert_int_equal(report->each.count, report->calls);
	}
}

static void absurd_times_overflow_no_sum(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drill_report_free) struct drill_report *report = NULL;
	struct event_syscall call = {
		.head.time_ns = UINT64_MAX, .start_ns = 1, .tid = 10, .number = FSYNC
	};
	struct event_sample sample = {
		.head.time_ns = AT(50), .tid = 10, .stack = 1, .weight_ns = UINT64_MAX
	};

	begin(&stream);
	add_fsync(&stream, 0, journal_stack(&stream));
	for (unsigned int i = 0; i < 3; i++) {
		sample.head.time_ns = AT(5 + i);
		stream_add(&stream, EVENT_SAMPLE, &sample, sizeof(sample));
	}
	stream_add(&stream, EVENT_SYSCALL, &call, sizeof(call));
	report = look_into(&stream, (struct drill_options){ .function = "fsync" });
	assert_int_equal(report->calls, 1);
	assert_int_equal(report->left_over, 1);
	assert_int_equal(report->time.on_cpu_ns, MS(18));
}

static void names_of_system_calls_are_known(void **state)
{
	assert_int_equal(drill_syscall("fsync"), FSYNC);
	assert_int_equal(drill_syscall("read"), READ);
	assert_int_equal(drill_syscall("ext4_sync_file"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_system_call_is_the_sum_of_what_its_thread_did_in_it),
		cmocka_unit_test(the_path_goes_down_to_who_ended_the_wait),
		cmocka_unit_test(shorter_calls_are_counted_and_left_out),
		cmocka_unit_test(by_stacks_a_call_lasts_from_the_first_to_the_last),
		cmocka_unit_test(by_stacks_the_end_of_a_system_call_ends_it),
		cmocka_unit_test(samples_stand_for_time_before_and_behind_them),
		cmocka_unit_test(probes_tell_calls_of_programs),
		cmocka_unit_test(a_function_that_programs_are_at_is_in_the_stack_once),
		cmocka_unit_test(what_programs_timed_on_the_path_is_told_with_its_calls_alone),
		cmocka_unit_test(a_recording_of_another_function_has_no_answer),
		cmocka_unit_test(what_could_not_be_kept_is_unknown),
		cmocka_unit_test(calls_that_last_all_the_time_are_counted_apart_on_the_machine),
		cmocka_unit_test(by_stacks_those_that_stand_all_the_time_are_counted_apart),
		cmocka_unit_test(threads_that_are_not_the_targets_do_not_count),
		cmocka_unit_test(any_story_adds_up),
		cmocka_unit_test(absurd_times_overflow_no_sum),
		cmocka_unit_test(names_of_system_calls_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
