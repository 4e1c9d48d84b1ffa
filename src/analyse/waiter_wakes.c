/* Which wake-ups are worth telling? The graph, put in order: the target's threads first, those who
 * waited longest before others, and who ended it most often. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/waiter_state.h"

#define NO_RANK UINT32_MAX

/* A node with what its edges sum to. */
struct ranked {
	uint32_t node;
	uint64_t woken;
	uint64_t wakes;
	uint64_t waited_ns;
	uint64_t idle_ns;
};

struct telling {
	const struct waiter *waiter;
	struct wait_report *report;
	ARRAY(struct ranked) ranked;
	uint32_t *ranks; /* by node: its place in ranked; then, sorted, in the report */
};

static const struct node *node_at(const struct telling *telling, uint32_t node)
{
	return &telling->waiter->graph.nodes.items[node];
}

/* Its own, and one step further: who woke those that woke it. */
static bool is_near(const struct telling *telling, const struct edge *edge)
{
	const struct node *waker = node_at(telling, edge->waker);
	const struct node *sleeper = node_at(telling, edge->sleeper);

	return waker->is_target || sleeper->is_target || sleeper->woke_target ||
	       edge->sleeper == edge->waker;
}

static struct ranked *rank_of(struct telling *telling, uint32_t node)
{
	struct ranked *ranked;

	if (telling->ranks[node] != NO_RANK)
		return &telling->ranked.items[telling->ranks[node]];
	ranked = array_push(&telling->ranked);
	if (!ranked)
		return NULL;
	ranked->node = node;
	telling->ranks[node] = (uint32_t)telling->ranked.count - 1;
	return ranked;
}

static int sum_edges(struct telling *telling)
{
	const struct graph *graph = &telling->waiter->graph;

	for (size_t i = 0; i < graph->edges.count; i++) {
		const struct edge *edge = &graph->edges.items[i];
		struct ranked *ranked;

		if (!is_near(telling, edge))
			continue;
		ranked = rank_of(telling, edge->waker);
		if (!ranked)
			return -ENOMEM;
		ranked->wakes += edge->count;
		ranked = rank_of(telling, edge->sleeper);
		if (!ranked)
			return -ENOMEM;
		ranked->woken += edge->count;
		ranked->waited_ns += edge->waited_ns;
		ranked->idle_ns += edge->idle_ns;
	}
	return 0;
}

static int compare_numbers(uint64_t one, uint64_t other)
{
	return one == other ? 0 : one > other ? -1 : 1;
}

static int compare_nodes(const struct telling *telling, uint32_t one, uint32_t other)
{
	const struct names *names = &telling->waiter->profiler->names;
	const struct node *a = node_at(telling, one), *b = node_at(telling, other);
	int order = strcmp(names_text(names, a->name), names_text(names, b->name));

	if (!order)
		order = strcmp(names_text(names, a->device), names_text(names, b->device));
	if (!order)
		order = strcmp(names_text(names, a->role), names_text(names, b->role));
	if (!order && a->kind != WAKER_THREAD)
		order = strcmp(names_text(names, a->work), names_text(names, b->work));
	if (!order)
		order = compare_numbers(b->kind, a->kind);
	return order ? order : compare_numbers(b->tid, a->tid);
}

static int compare_ranked(const void *left, const void *right, void *context)
{
	const struct telling *telling = context;
	const struct ranked *a = left, *b = right;
	int order = node_at(telling, b->node)->is_target - node_at(telling, a->node)->is_target;

	if (!order)
		order = compare_numbers(a->waited_ns - a->idle_ns, b->waited_ns - b->idle_ns);
	if (!order)
		order = compare_numbers(a->woken, b->woken);
	if (!order)
		order = compare_numbers(a->wakes, b->wakes);
	return order ? order : compare_nodes(telling, a->node, b->node);
}

static int tell_nodes(struct telling *telling)
{
	struct wait_report *report = telling->report;

	if (telling->ranked.count)
		qsort_r(telling->ranked.items, telling->ranked.count,
			sizeof(*telling->ranked.items), compare_ranked, telling);
	for (size_t i = 0; i < telling->ranked.count; i++) {
		const struct ranked *ranked = &telling->ranked.items[i];
		const struct node *node = node_at(telling, ranked->node);
		struct wake_node *told = array_push(&report->nodes);

		if (!told)
			return -ENOMEM;
		telling->ranks[ranked->node] = (uint32_t)i;
		*told = (struct wake_node){
			.who = graph_who(telling->waiter, node, report->tree),
			.is_target = node->is_target,
			.is_kernel = node->is_kernel,
			.woken = ranked->woken,
			.wakes = ranked->wakes,
			.waited_ns = ranked->waited_ns,
			.idle_ns = ranked->idle_ns,
		};
		if (!told->who.name || !told->who.role || !told->who.device)
			return -ENOMEM;
	}
	return 0;
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static int compare_edges(const void *left, const void *right)
{
	const struct wake_edge *a = left, *b = right;

	if (a->sleeper != b->sleeper)
		return a->sleeper < b->sleeper ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->waker > b->waker) - (a->waker < b->waker);
}

static int tell_edges(struct telling *telling)
{
	const struct graph *graph = &telling->waiter->graph;
	struct wait_report *report = telling->report;
	double least = telling->waiter->options.min_share;

	for (size_t i = 0; i < graph->edges.count; i++) {
		const struct edge *edge = &graph->edges.items[i];
		struct wake_edge told = {
			.count = edge->count,
			.waited_ns = edge->waited_ns,
			.avg_ns = edge->waited_ns / edge->count,
		}, *place;

		if (!is_near(telling, edge))
			continue;
		told.waker = telling->ranks[edge->waker];
		told.sleeper = telling->ranks[edge->sleeper];
		told.share = share_of(told.count, report->nodes.items[told.sleeper].woken);
		told.waker_share = share_of(told.count, report->nodes.items[told.waker].wakes);
		if (told.share < least && told.waker_share < least) {
			report->hidden_edges++;
			continue;
		}
		place = array_push(&report->edges);
		if (!place)
			return -ENOMEM;
		*place = told;
	}
	if (report->edges.count)
		qsort(report->edges.items, report->edges.count, sizeof(*report->edges.items),
		      compare_edges);
	return 0;
}

static int compare_wakers(const void *left, const void *right, void *context)
{
	const struct wake_edge *edges = context;
	const struct wake_edge *a = &edges[*(const uint32_t *)left];
	const struct wake_edge *b = &edges[*(const uint32_t *)right];

	if (a->waker != b->waker)
		return a->waker < b->waker ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->sleeper > b->sleeper) - (a->sleeper < b->sleeper);
}

static int tell_by_waker(struct wait_report *report)
{
	for (size_t i = 0; i < report->edges.count; i++) {
		uint32_t *place = array_push(&report->by_waker);

		if (!place)
			return -ENOMEM;
		*place = (uint32_t)i;
	}
	if (report->by_waker.count)
		qsort_r(report->by_waker.items, report->by_waker.count,
			sizeof(*report->by_waker.items), compare_wakers, report->edges.items);
	return 0;
}

int graph_tell(struct waiter *waiter, struct wait_report *report)
{
	size_t count = waiter->graph.nodes.count;
	struct telling telling = { .waiter = waiter, .report = report };
	int r;

	telling.ranks = malloc((count ?: 1) * sizeof(*telling.ranks));
	if (!telling.ranks)
		return -ENOMEM;
	memset(telling.ranks, 0xff, (count ?: 1) * sizeof(*telling.ranks));
	r = sum_edges(&telling);
	if (r == 0)
		r = tell_nodes(&telling);
	if (r == 0)
		r = tell_edges(&telling);
	if (r == 0)
		r = tell_by_waker(report);
	free(telling.ranks);
	array_free(&telling.ranked);
	return r;
}
