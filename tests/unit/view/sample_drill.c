/* What report of slow calls do the views' tests show? Made by hand, so that no analysis changes how
 * it looks. */
#include "unit/view/sample_drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static const char HOSTILE[] = "evil\033[31m;\n";

static void add_node(struct profile *tree, uint32_t frame, uint32_t depth, uint64_t self,
		     uint64_t total)
{
	struct profile_node *node = array_push(&tree->nodes);

	assert_non_null(node);
	node->frame = frame;
	node->depth = depth;
	node->self = self;
	node->total = total;
	node->share = (double)total / (double)MS(400);
}

static struct profile *sample_tree(void)
{
	struct profile *tree = calloc(1, sizeof(*tree));
	uint32_t frames[5];

	assert_non_null(tree);
	tree->target = TARGET_COMMAND;
	(void)snprintf(tree->name, sizeof(tree->name), "%s", HOSTILE);
	tree->pid = 4711;
	tree->cpus = 2;
	tree->window_ns = MS(2000);
	tree->is_wall = true;
	tree->unit = PROFILE_NS;
	tree->amount = MS(400);
	tree->min_share = 0.005;
	tree->hidden_rows = 3;
	frames[0] = profile_add_frame(tree, FRAME_KERNEL, "fsync", "");
	frames[1] = profile_add_frame(tree, FRAME_KERNEL, "zil_commit", "zfs");
	frames[2] = profile_add_frame(tree, FRAME_BLOCKED, "a commit of the log", "fs.journal");
	frames[3] = profile_add_frame(tree, FRAME_WAKER, HOSTILE, "vda");
	frames[4] = profile_add_frame(tree, FRAME_RUNNABLE, "", "");
	add_node(tree, 0, 0, 0, MS(400));
	add_node(tree, frames[0], 1, MS(50), MS(400));
	add_node(tree, frames[1], 2, 0, MS(350));
	add_node(tree, frames[2], 3, 0, MS(300));
	add_node(tree, frames[3], 4, MS(300), MS(300));
	add_node(tree, frames[4], 3, MS(50), MS(50));
	tree->nodes.items[3].next = 5;
	return tree;
}

static void add_cause(struct drill_report *report, struct drill_cause cause)
{
	struct drill_cause *place = array_push(&report->causes);

	assert_non_null(place);
	*place = cause;
	place->share = (double)cause.ns / (double)MS(400);
	if (!place->what)
		place->what = "";
	if (!place->waker)
		place->waker = "";
	if (!place->device)
		place->device = "";
}

static void add_step(struct drill_report *report, struct drill_step step)
{
	struct drill_step *place = array_push(&report->path);

	assert_non_null(place);
	*place = step;
	place->share = (double)step.ns / (double)MS(400);
	place->calls = 20;
	place->avg_ns = step.ns / 20;
	place->p99_ns = step.ns / 10;
	place->max_ns = step.ns / 8;
}

static struct drill_call sample_call(void)
{
	return (struct drill_call){
		.function = "fsync",
		.tid = 4712,
		.comm = HOSTILE,
		.start_ns = MS(17),
		.ns = MS(50),
		.time = { .on_cpu_ns = MS(6),
			  .blocked_ns = MS(38),
			  .runnable_ns = MS(5),
			  .unknown_ns = MS(1) },
		.part_count = 2,
		.parts = { { .what = "a commit of the log",
			     .cause = CAUSE_FS_JOURNAL,
			     .ns = MS(38) },
			   { .what = "", .is_runnable = true, .ns = MS(5) } },
	};
}

static void add_calls(struct drill_report *report)
{
	struct drill_call *slow = array_push(&report->slowest);
	struct drill_call *first = array_push(&report->each), *last = array_push(&report->each);

	assert_true(slow && first);
	last = array_push(&report->each);
	assert_non_null(last);
	*slow = sample_call();
	for (size_t i = 0; i < report->each.count; i++)
		report->each.items[i] = sample_call();
	report->each.items[1].has_begun_before = true;
	report->each.items[1].function = HOSTILE;
	report->each.items[2].is_open = true;
	report->each.items[2].parts[0] =
		(struct drill_part){ .what = "", .cause = CAUSE_UNKNOWN, .ns = MS(1) };
	report->untold = 7;
}

struct drill_report *sample_drill(void)
{
	struct drill_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->tree = sample_tree();
	(void)snprintf(report->function, sizeof(report->function), "fsync");
	report->by = DRILL_BY_SYSCALL;
	report->over_ns = MS(1);
	report->is_each = true;
	report->calls = 20;
	report->short_calls = 1234;
	report->nested_calls = 2;
	report->standing = 1;
	report->left_over = 3;
	report->ns = MS(400);
	report->time = (struct drill_time){ MS(30), MS(300), MS(50), MS(20) };
	report->samples = 3;
	report->waits = 213;
	report->waits_without_stack = 12;
	report->latency = (struct latency){ .count = 20,
					    .total_ns = MS(400),
					    .min_ns = US(1500),
					    .p50_ns = MS(18),
					    .p90_ns = MS(30),
					    .p99_ns = MS(49),
					    .p999_ns = MS(50),
					    .max_ns = MS(50) };
	report->latency.doubling[20] = 4;
	report->latency.doubling[24] = 16;
	add_cause(report, (struct drill_cause){ .cause = CAUSE_FS_JOURNAL,
						.what = "a commit of the log",
						.waker = HOSTILE,
						.count = 200,
						.ns = MS(250) });
	add_cause(report, (struct drill_cause){ .cause = CAUSE_DISK_DEVICE,
						.waker_kind = WAKER_INTERRUPT,
						.device = "vda",
						.count = 1,
						.ns = MS(40) });
	add_cause(report,
		  (struct drill_cause){
			  .waker_kind = WAKER_REST, .is_rest = true, .count = 12, .ns = MS(10) });
	add_step(report,
		 (struct drill_step){
			 .kind = FRAME_KERNEL, .name = "fsync", .module = "", .ns = MS(400) });
	add_step(report, (struct drill_step){ .kind = FRAME_KERNEL,
					      .name = "zil_commit",
					      .module = "zfs",
					      .ns = MS(350),
					      .is_estimate = true,
					      .timed_calls = 12,
					      .timed_count = 24,
					      .timed_ns = MS(211),
					      .timed_max_ns = MS(21),
					      .timed_unsure = 1,
					      .timed_share = 0.88 });
	add_step(report, (struct drill_step){ .kind = FRAME_BLOCKED,
					      .name = "a commit of the log",
					      .module = "fs.journal",
					      .ns = MS(300) });
	add_step(report,
		 (struct drill_step){
			 .kind = FRAME_WAKER, .name = HOSTILE, .module = "", .ns = MS(300) });
	add_calls(report);
	assert_int_equal(text_add(&report->how, "tp_btf"), 0);
	assert_int_equal(text_add(&report->how, "cpu-clock at 99 Hz"), 0);
	assert_int_equal(text_add(&report->notes, "Lost: %s.", HOSTILE), 0);
	return report;
}
