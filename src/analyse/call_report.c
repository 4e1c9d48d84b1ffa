/* How are the calls told? Beside the tree there is a row for each function, and the single calls
 * that were kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/call_graph_state.h"

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* --- rows --- */

static int compare_rows(const void *a, const void *b, void *self)
{
	const struct call_row *one = a, *other = b;
	const struct profile *tree = self;
	const struct profile_frame *frames = tree->frames.items;
	int by_name;

	if (one->self_ns != other->self_ns)
		return one->self_ns > other->self_ns ? -1 : 1;
	if (one->total_ns != other->total_ns)
		return one->total_ns > other->total_ns ? -1 : 1;
	by_name = strcmp(frames[one->frame].name, frames[other->frame].name);
	return by_name ?: strcmp(frames[one->frame].module, frames[other->frame].module);
}

/* Of the function that was asked for the outermost calls count, as they are in the tree. */
static void count_wanted(const struct call_graph *graph, uint32_t function, struct call_row *row)
{
	row->count = (struct call_count){};
	row->self_ns = row->off_ns = row->unknown_ns = 0;
	for (size_t i = 0; i < graph->nodes.items.count; i++) {
		const struct call_node *node = &graph->nodes.items.items[i];

		if (node->parent != CALL_NODE_NONE || node->function != function)
			continue;
		row->count = node->count;
		row->self_ns = node->self_ns;
		row->off_ns = node->off_ns;
		row->unknown_ns = node->unknown_ns;
	}
}

static int add_row(const struct call_graph *graph, struct call_report *report,
		   struct hash_map *frames, uint32_t place, uint64_t total_ns)
{
	const struct call_function *function = &graph->functions.items[place];
	uint64_t amount = report->tree->amount;
	double least = graph->options.min_share * (double)amount;
	struct call_row row = {
		.count = function->count,
		.total_ns = total_ns,
		.self_ns = function->self_ns,
		.off_ns = function->off_ns,
		.unknown_ns = function->unknown_ns,
		.has_latency = function->histogram != NULL,
	};
	struct call_row *kept;

	if (graph->wanted_name)
		count_wanted(graph, place, &row);
	if (!row.count.calls)
		return 0;
	if (!graph->wanted_name && (double)total_ns < least) {
		report->tree->hidden_rows++;
		return 0;
	}
	row.total_share = share_of(total_ns, amount);
	row.self_share = share_of(row.self_ns, amount);
	if (row.has_latency)
		histogram_tell(function->histogram, &row.latency);
	if (call_report_frame(graph, report->tree, frames, place, &row.frame) < 0)
		return -ENOMEM;
	kept = array_push(&report->rows);
	if (!kept)
		return -ENOMEM;
	*kept = row;
	return 0;
}

static int make_rows(const struct call_graph *graph, struct call_report *report,
		     struct hash_map *frames)
{
	size_t count = graph->functions.count;
	owns(own_free) uint64_t *totals = calloc(count ?: 1, sizeof(*totals));
	int r = totals ? call_report_totals(graph, totals) : -ENOMEM;

	for (uint32_t i = 0; i < count && r == 0; i++) {
		if (graph->wanted_name && graph->functions.items[i].name != graph->wanted_name)
			continue;
		r = add_row(graph, report, frames, i, totals[i]);
	}
	if (r == 0 && report->rows.count)
		qsort_r(report->rows.items, report->rows.count, sizeof(*report->rows.items),
			compare_rows, report->tree);
	return r;
}

/* --- single calls --- */

static int tell_one(const struct call_graph *graph, struct call_report *report,
		    struct hash_map *frames, const struct call_one *one, struct call_one *ret)
{
	*ret = *one;
	ret->steps.items = NULL;
	ret->steps.count = ret->steps.capacity = 0;
	for (size_t i = 0; i < one->steps.count; i++) {
		struct call_step *step = array_push(&ret->steps);

		if (!step)
			return -ENOMEM;
		*step = one->steps.items[i];
		if (call_report_frame(graph, report->tree, frames, one->steps.items[i].frame,
				      &step->frame) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int tell_ones(const struct call_graph *graph, struct call_report *report,
		     struct hash_map *frames)
{
	int r = 0;

	for (size_t i = 0; i < graph->slowest.count && r == 0; i++) {
		struct call_one *one = array_push(&report->slowest);

		r = one ? tell_one(graph, report, frames, &graph->slowest.items[i], one) : -ENOMEM;
	}
	for (size_t i = 0; i < graph->each.count && r == 0; i++) {
		struct call_one *one = array_push(&report->each);

		r = one ? tell_one(graph, report, frames, &graph->each.items[i], one) : -ENOMEM;
	}
	return r;
}

/* --- all of it --- */

static void tell_target(const struct call_graph *graph, struct profile *tree)
{
	tree->target = graph->watch.target == WATCH_PROCESS   ? TARGET_PROCESS
		       : graph->watch.target == WATCH_COMMAND ? TARGET_COMMAND
							      : TARGET_MACHINE;
	memcpy(tree->name, graph->watch.name, sizeof(tree->name));
	tree->name[sizeof(tree->name) - 1] = '\0';
	tree->pid = graph->watch.pid;
	tree->cpus = graph->watch.cpus;
	tree->window_ns = graph->now_ns > graph->begin_ns ? graph->now_ns - graph->begin_ns : 0;
	tree->is_wall = true;
	tree->unit = PROFILE_NS;
	tree->min_share = graph->options.min_share;
	(void)snprintf(tree->sampler, sizeof(tree->sampler), "calls");
}

static struct call_report *new_report(const struct call_graph *graph)
{
	struct call_report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->tree = calloc(1, sizeof(*report->tree));
	if (!report->tree) {
		free(report);
		return NULL;
	}
	tell_target(graph, report->tree);
	if (graph->options.function)
		(void)snprintf(report->function, sizeof(report->function), "%s",
			       graph->options.function);
	report->over_ns = graph->options.over_ns;
	report->is_each = graph->options.is_each;
	report->has_times = graph->has_times;
	report->has_switches = graph->has_switches;
	report->calls = graph->calls;
	report->left_out_calls = graph->shorter;
	report->untold = graph->untold;
	report->left_out_steps = graph->forgotten;
	report->hard_irq_ns = graph->group_ns[CALL_GROUP_HARD_IRQ];
	report->soft_irq_ns = graph->group_ns[CALL_GROUP_SOFT_IRQ];
	report->nmi_ns = graph->group_ns[CALL_GROUP_NMI];
	report->losses = graph->losses;
	return report;
}

static int check(const struct call_graph *graph, struct diag *why)
{
	if (!graph->calls)
		return diag_set(why, -ENOENT, "no call of any function was recorded");
	for (size_t i = 0; graph->wanted_name && i < graph->functions.count; i++) {
		if (graph->functions.items[i].name == graph->wanted_name &&
		    graph->functions.items[i].count.calls)
			return 0;
	}
	return graph->wanted_name
		       ? diag_set(why, -ENOENT,
				  "no call of %s was recorded: 'slowpath calls -i FILE' names "
				  "those that were",
				  graph->options.function)
		       : 0;
}

int call_graph_report(struct call_graph *graph, struct call_report **ret, struct diag *why)
{
	owns(call_report_free) struct call_report *report = NULL;
	struct hash_map frames = {};
	int r = check(graph, why);

	if (r < 0)
		return r;
	report = new_report(graph);
	r = report ? call_report_make_tree(graph, report, &frames) : -ENOMEM;
	if (r == 0)
		r = make_rows(graph, report, &frames);
	if (r == 0)
		r = tell_ones(graph, report, &frames);
	hash_free(&frames);
	if (r == 0)
		r = call_report_note(graph, report);
	if (r < 0)
		return diag_set(why, r, "no memory left for the report");
	*ret = give(report);
	return 0;
}
