/* What report of waits do the views' tests show? Made by hand, so that no analysis changes how it
 * looks. */
#include "unit/view/sample_wait.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static const struct wait_waker NOBODY = {
	.kind = WAKER_NONE, .name = "", .role = "", .device = ""
};
static const struct wait_waker JOURNAL = { .name = "jbd2/vda-8",
					   .role = "ext4 journal of vda",
					   .device = "" };
static const struct wait_waker DISK = {
	.kind = WAKER_INTERRUPT, .name = "", .role = "", .device = "vda"
};
static const struct wait_waker BACKEND = {
	.name = "postgres", .role = "PostgreSQL backend", .device = "", .tid = 4711
};
static const struct wait_waker HOSTILE = { .name = "x\033[2J\"];\n", .role = "", .device = "" };

static void add_row(struct wait_report *report, struct wait_row row, uint64_t total_ms)
{
	struct wait_row *place = array_push(&report->rows);

	assert_non_null(place);
	row.role = row.role ?: "";
	row.function = row.function ?: "";
	row.syscall = row.syscall ?: "";
	row.total_ns = MS(total_ms);
	row.avg_ns = row.total_ns / row.count;
	row.p50_ns = row.avg_ns * 9 / 10;
	row.p99_ns = row.avg_ns * 3;
	row.max_ns = row.avg_ns * 4;
	row.share = (double)row.total_ns / (double)report->total_ns;
	if (!row.has_waker)
		row.waker = NOBODY;
	*place = row;
}

static void add_rows(struct wait_report *report)
{
	add_row(report,
		(struct wait_row){ .name = "postgres",
				   .role = "PostgreSQL backend",
				   .cause = CAUSE_FS_JOURNAL,
				   .what = "a commit of the ext4 journal",
				   .cause_share = 1,
				   .function = "jbd2_log_wait_commit",
				   .has_waker = true,
				   .waker = JOURNAL,
				   .count = 210 },
		6000);
	add_row(report,
		(struct wait_row){ .name = "postgres",
				   .role = "PostgreSQL backend",
				   .cause = CAUSE_DISK_DEVICE,
				   .what = "page I/O",
				   .cause_share = 0.75,
				   .function = "folio_wait_bit_common",
				   .has_waker = true,
				   .waker = DISK,
				   .count = 1500 },
		3000);
	add_row(report,
		(struct wait_row){ .name = "x\033[2J",
				   .what = "",
				   .is_untaken = true,
				   .syscall = "futex",
				   .state = 'S',
				   .has_waker = true,
				   .waker = HOSTILE,
				   .count = 12345 },
		900);
	add_row(report, (struct wait_row){ .name = "", .what = "", .is_rest = true, .count = 7 },
		100);
}

static void add_node(struct wait_report *report, const struct wait_waker *who, uint64_t woken,
		     uint64_t wakes, uint64_t waited_ms)
{
	struct wake_node *node = array_push(&report->nodes);

	assert_non_null(node);
	*node = (struct wake_node){ .who = *who,
				    .is_target = who->tid,
				    .is_kernel = who == &JOURNAL,
				    .woken = woken,
				    .wakes = wakes,
				    .waited_ns = MS(waited_ms) };
}

static void add_edge(struct wait_report *report, uint32_t waker, uint32_t sleeper, uint64_t count,
		     uint64_t waited_ms)
{
	struct wake_edge *edge = array_push(&report->edges);
	uint32_t *place = array_push(&report->by_waker);

	assert_true(edge && place);
	*place = (uint32_t)report->edges.count - 1;
	*edge = (struct wake_edge){
		.waker = waker,
		.sleeper = sleeper,
		.count = count,
		.waited_ns = MS(waited_ms),
		.avg_ns = MS(waited_ms) / count,
		.share = (double)count / (double)report->nodes.items[sleeper].woken,
		.waker_share = (double)count / (double)report->nodes.items[waker].wakes,
	};
}

static void add_graph(struct wait_report *report)
{
	add_node(report, &BACKEND, 1710, 210, 9000);
	add_node(report, &JOURNAL, 420, 210, 5900);
	add_node(report, &HOSTILE, 5, 5, 20);
	add_node(report, &DISK, 0, 1710, 0);
	add_edge(report, 3, 0, 1500, 3000);
	add_edge(report, 1, 0, 210, 6000);
	add_edge(report, 0, 1, 210, 100);
	add_edge(report, 3, 1, 210, 5800);
	add_edge(report, 2, 2, 5, 20);
	report->hidden_edges = 3;
}

static void add_tree_node(struct profile *tree, uint32_t depth, enum profile_frame_kind kind,
			  const char *name, const char *module, uint64_t self_ms, uint64_t total_ms)
{
	uint32_t frame = profile_add_frame(tree, kind, name, module);
	struct profile_node *node = array_push(&tree->nodes);

	assert_true(node && frame != UINT32_MAX);
	*node = (struct profile_node){
		.frame = frame,
		.depth = depth,
		.self = MS(self_ms),
		.total = MS(total_ms),
		.samples = total_ms,
		.self_samples = self_ms,
		.share = (double)MS(total_ms) / (double)tree->amount,
	};
}

static void add_tree(struct profile *tree)
{
	add_tree_node(tree, 0, FRAME_THREADS, "", "", 100, 10000);
	add_tree_node(tree, 1, FRAME_THREADS, "postgres", "", 0, 9000);
	add_tree_node(tree, 2, FRAME_USER, "XLogFlush", "/usr/bin/postgres", 0, 6000);
	add_tree_node(tree, 3, FRAME_KERNEL, "jbd2_log_wait_commit", "jbd2", 0, 6000);
	add_tree_node(tree, 4, FRAME_BLOCKED, "a commit of the ext4 journal", "fs.journal", 0,
		      6000);
	add_tree_node(tree, 5, FRAME_WAKER, "jbd2/vda-8", "", 0, 6000);
	add_tree_node(tree, 6, FRAME_KERNEL, "kjournald2", "jbd2", 6000, 6000);
	add_tree_node(tree, 2, FRAME_KERNEL, "folio_wait_bit_common", "", 0, 3000);
	add_tree_node(tree, 3, FRAME_BLOCKED, "page I/O", "disk.device", 0, 3000);
	add_tree_node(tree, 4, FRAME_WAKER, "an interrupt", "vda", 3000, 3000);
	add_tree_node(tree, 1, FRAME_THREADS, "x\033[2J", "", 0, 900);
	add_tree_node(tree, 2, FRAME_BLOCKED, "stack not taken: futex, S", "", 0, 900);
	add_tree_node(tree, 3, FRAME_WAKER, "x\033[2J\"];\n", "", 900, 900);
	tree->nodes.items[1].next = 10;
	tree->nodes.items[2].next = 7;
}

struct wait_report *sample_wait(void)
{
	struct wait_report *report = calloc(1, sizeof(*report));
	struct profile *tree = calloc(1, sizeof(*tree));

	assert_true(report && tree);
	report->tree = tree;
	tree->target = TARGET_PROCESS;
	strcpy(tree->name, "postgres");
	tree->pid = 4711;
	tree->window_ns = MS(10000);
	tree->cpus = 2;
	tree->is_wall = tree->is_waits = true;
	tree->amount = MS(10000);
	tree->samples = 14062;
	tree->min_share = 0.005;
	assert_int_equal(wait_keys_read("pool,cause,function,waker", &report->keys), 0);
	strcpy(report->by, "pool,cause,function,waker");
	report->over_ns = MS(1) / 1000;
	report->state = WAIT_STATE_D;
	report->total_ns = MS(10000);
	report->total_count = 14162;
	report->outside_ns = MS(3);
	report->outside_count = 4000;
	report->all_ns = report->total_ns + report->outside_ns;
	report->all_count = report->total_count + report->outside_count;
	report->hidden_rows = 4;
	report->hidden_ns = MS(12);
	report->hidden_count = 100;
	report->untaken_ns = MS(900);
	report->untaken_count = 12345;
	report->open_count = 2;
	report->lost_switches = 17;
	add_rows(report);
	add_graph(report);
	add_tree(tree);
	assert_int_equal(text_add(&report->notes, "No stack was taken of 12,345 waits."), 0);
	return report;
}
