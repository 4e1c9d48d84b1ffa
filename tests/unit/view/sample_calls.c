/* What report of calls do the views' tests show? Made by hand, so that no analysis changes how it
 * looks. */
#include "unit/view/sample_calls.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)

enum {
	ALL,
	CAT,
	READ,
	XFS,
	SCHEDULE,
	OFF,
	LOST,
	HOSTILE,
	INTERRUPTS,
	HANDLER,
	FRAMES,
};

static void add_frames(struct profile *tree)
{
	static const struct {
		enum profile_frame_kind kind;
		const char *name;
		const char *module;
	} rows[FRAMES] = {
		[ALL] = { FRAME_THREADS, "all", "" },
		[CAT] = { FRAME_THREADS, "cat", "" },
		[READ] = { FRAME_KERNEL, "vfs_read", "" },
		[XFS] = { FRAME_KERNEL, "xfs_file_buffered_read_of_a_long_name", "xfs" },
		[SCHEDULE] = { FRAME_KERNEL, "schedule", "" },
		[OFF] = { FRAME_BLOCKED, "off the CPU", "" },
		[LOST] = { FRAME_KERNEL, "[not recorded]", "" },
		[HOSTILE] = { FRAME_KERNEL, "x\033[2J\"];\n", "m\033" },
		[INTERRUPTS] = { FRAME_THREADS, "hard interrupts", "" },
		[HANDLER] = { FRAME_KERNEL, "__common_interrupt", "" },
	};

	for (size_t i = 0; i < FRAMES; i++)
		assert_int_equal(
			profile_add_frame(tree, rows[i].kind, rows[i].name, rows[i].module), i);
}

struct node {
	uint32_t frame;
	uint32_t depth;
	uint32_t next;
	uint64_t total_us;
	uint64_t self_us;
	uint64_t calls;
	uint64_t max_us;
};

static void add_nodes(struct call_report *report, const struct node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct node *from = &nodes[i];
		struct profile_node *node = array_push(&report->tree->nodes);
		struct call_count *calls = array_push(&report->counts);

		assert_true(node && calls);
		*node = (struct profile_node){
			.frame = from->frame,
			.depth = from->depth,
			.next = from->next,
			.total = US(from->total_us),
			.self = US(from->self_us),
			.samples = from->calls,
			.self_samples = from->calls,
			.share = (double)from->total_us / (double)nodes[0].total_us,
		};
		*calls = (struct call_count){
			.calls = from->calls,
			.timed = from->calls ? from->calls - (from->calls > 100) : 0,
			.timed_ns = US(from->total_us),
			.max_ns = US(from->max_us),
		};
	}
	report->tree->amount = US(nodes[0].total_us);
}

static struct latency latency_of(uint64_t count, uint64_t avg_us)
{
	struct latency latency = {
		.count = count,
		.total_ns = US(count * avg_us),
		.min_ns = US(avg_us) / 10,
		.p50_ns = US(avg_us) / 2,
		.p90_ns = US(avg_us) * 2,
		.p99_ns = US(avg_us) * 8,
		.p999_ns = US(avg_us) * 9,
		.max_ns = US(avg_us) * 10,
	};

	latency.doubling[14] = count / 2;
	latency.doubling[15] = count - count / 2 - count / 8;
	latency.doubling[17] = count / 8;
	return latency;
}

static void add_row(struct call_report *report, uint32_t frame, uint64_t calls, uint64_t total_us,
		    uint64_t self_us)
{
	struct call_row *row = array_push(&report->rows);
	uint64_t amount = report->tree->amount;

	assert_non_null(row);
	*row = (struct call_row){
		.frame = frame,
		.count = { calls, calls, US(total_us), US(total_us) / calls * 10 },
		.total_ns = US(total_us),
		.self_ns = US(self_us),
		.off_ns = US(total_us - self_us) / 2,
		.total_share = (double)US(total_us) / (double)amount,
		.self_share = (double)US(self_us) / (double)amount,
		.has_latency = frame != HOSTILE,
		.latency = latency_of(calls, total_us / calls),
	};
}

static struct call_report *new_report(void)
{
	struct call_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->tree = calloc(1, sizeof(*report->tree));
	assert_non_null(report->tree);
	report->tree->target = TARGET_MACHINE;
	report->tree->window_ns = US(2500000);
	report->tree->cpus = 4;
	report->tree->is_wall = true;
	report->tree->min_share = 0.005;
	report->has_times = report->has_switches = true;
	report->calls = 64777;
	assert_int_equal(text_add(&report->how, "function_graph, as trace-cmd recorded it"), 0);
	add_frames(report->tree);
	return report;
}

struct call_report *sample_calls(void)
{
	static const struct node NODES[] = {
		{ ALL, 0, 0, 10000, 0, 0, 0 },           { CAT, 1, 8, 9000, 0, 0, 0 },
		{ READ, 2, 0, 9000, 500, 120, 2000 },    { XFS, 3, 7, 8000, 1200, 119, 1900 },
		{ SCHEDULE, 4, 6, 5800, 300, 80, 1800 }, { OFF, 5, 0, 5500, 5500, 0, 0 },
		{ LOST, 4, 0, 1000, 1000, 0, 0 },        { HOSTILE, 3, 0, 500, 500, 3, 300 },
		{ INTERRUPTS, 1, 0, 1000, 0, 0, 0 },     { HANDLER, 2, 0, 1000, 1000, 40, 90 },
	};
	struct call_report *report = new_report();

	add_nodes(report, NODES, array_count(NODES));
	add_row(report, XFS, 119, 8000, 1200);
	add_row(report, HANDLER, 40, 1000, 1000);
	add_row(report, READ, 120, 9000, 500);
	add_row(report, HOSTILE, 3, 500, 500);
	add_row(report, SCHEDULE, 80, 5800, 300);
	report->hard_irq_ns = US(1000);
	report->tree->hidden_rows = 567;
	report->losses = (struct call_losses){
		.records = 57178, .lossy = 12, .exit_unseen = 14, .open_end = 3, .entry_unseen = 5
	};
	assert_int_equal(text_add(&report->notes, "Interrupts are put aside."), 0);
	return report;
}

static void add_step(struct call_one *one, struct call_step step)
{
	struct call_step *place = array_push(&one->steps);

	assert_non_null(place);
	*place = step;
	place->repeats = place->repeats ?: 1;
}

struct call_report *sample_calls_of_one(void)
{
	static const struct node NODES[] = {
		{ ALL, 0, 0, 9000, 0, 0, 0 },
		{ READ, 1, 0, 9000, 1000, 120, 2000 },
		{ XFS, 2, 0, 8000, 2500, 119, 1900 },
		{ OFF, 3, 0, 5500, 5500, 0, 0 },
	};
	struct call_report *report = new_report();
	struct call_one *one;

	strcpy(report->function, "vfs_read");
	report->over_ns = US(1000);
	report->left_out_calls = 1234;
	report->is_each = true;
	add_nodes(report, NODES, array_count(NODES));
	add_row(report, READ, 120, 9000, 500);
	one = array_push(&report->slowest);
	assert_non_null(one);
	*one = (struct call_one){ .tid = 4711,
				  .cpu = 3,
				  .comm = "cat\033",
				  .start_ns = US(123456),
				  .duration_ns = US(2000),
				  .irq_ns = US(12),
				  .off_ns = US(1500),
				  .self_ns = US(40),
				  .left_out = 17 };
	add_step(one,
		 (struct call_step){ .frame = READ, .duration_ns = US(2000), .self_ns = US(40) });
	add_step(one, (struct call_step){ .frame = XFS,
					  .depth = 1,
					  .duration_ns = US(1900),
					  .self_ns = US(60),
					  .off_ns = US(1500) });
	add_step(one, (struct call_step){ .frame = SCHEDULE,
					  .depth = 2,
					  .start_ns = US(100),
					  .duration_ns = US(1600),
					  .off_ns = US(1500),
					  .is_at_least = true,
					  .is_lossy = true });
	add_step(one, (struct call_step){ .frame = HOSTILE,
					  .depth = 1,
					  .duration_ns = US(60),
					  .self_ns = US(60),
					  .repeats = 30 });
	one = array_push(&report->each);
	assert_non_null(one);
	*one = (struct call_one){ .tid = 4711,
				  .comm = "cat",
				  .start_ns = US(123456),
				  .duration_ns = US(2000),
				  .self_ns = US(40) };
	add_step(one, (struct call_step){ .frame = READ, .duration_ns = US(2000) });
	add_step(one, (struct call_step){ .frame = XFS, .depth = 1, .duration_ns = US(1900) });
	add_step(one, (struct call_step){ .frame = HOSTILE, .depth = 1, .duration_ns = US(60) });
	return report;
}
