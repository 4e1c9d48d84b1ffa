/* What did a single call do? It goes into the function's tree, and is kept where it is one of the
 * slowest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/call_graph_state.h"

/* Calls from the outside in: of calls as they ended, that is the way back. */
struct way {
	struct {
		uint32_t depth;
		uint32_t node;
	} items[1024];
	size_t count;
};

static uint64_t net_ns(const struct call_held *call)
{
	return call->duration_ns - call->irq_ns;
}

/* --- into the tree --- */

static uint32_t parent_on(struct way *way, uint32_t depth)
{
	while (way->count && way->items[way->count - 1].depth >= depth)
		way->count--;
	return way->count ? way->items[way->count - 1].node : CALL_NODE_NONE;
}

static int add_node(struct call_graph *graph, struct way *way, const struct call_held *call)
{
	uint32_t parent = parent_on(way, call->depth), place;
	struct call_node *node;
	int r = call_nodes_put(&graph->nodes, hash_pair((uint64_t)parent + 1, call->function),
			       &place);

	if (r < 0 || place == CALL_NODE_NONE)
		return r;
	node = &graph->nodes.items.items[place];
	node->parent = parent;
	node->function = call->function;
	call_count_add(&node->count, call->flags, net_ns(call));
	node->self_ns += call->self_ns - call->self_off_ns;
	node->off_ns += call->self_off_ns;
	node->unknown_ns += call->unknown_ns;
	if (way->count < array_count(way->items)) {
		way->items[way->count].depth = call->depth;
		way->items[way->count++].node = place;
	}
	return 0;
}

static int add_tree(struct call_graph *graph, const struct call_held *calls, size_t count)
{
	struct way way = {};
	int r = 0;

	for (size_t i = count; i-- > 0 && r == 0;)
		r = add_node(graph, &way, &calls[i]);
	return r;
}

/* --- as itself --- */

static struct call_step step_of(const struct call_held *call, const struct call_held *root)
{
	return (struct call_step){
		.frame = call->function,
		.depth = call->depth - root->depth,
		.start_ns = call->start_ns > root->start_ns ? call->start_ns - root->start_ns : 0,
		.duration_ns = net_ns(call),
		.self_ns = call->self_ns - call->self_off_ns,
		.off_ns = call->off_ns,
		.repeats = 1,
		.is_at_least = !call_is_timed(call->flags),
		.is_lossy = (call->flags & CALL_LOSS) != 0,
	};
}

/* A call like the one before, neither of which made any, is counted there. */
static bool is_like(const struct call_step *before, const struct call_step *step)
{
	return before->frame == step->frame && before->depth == step->depth &&
	       before->is_at_least == step->is_at_least && before->is_lossy == step->is_lossy;
}

/* The shortest ones leave a tree that is too large, each with all in it. */
static uint64_t limit_of(const struct call_held *calls, size_t count)
{
	uint64_t low = 0, high = calls[count - 1].duration_ns;

	if (count <= CALL_STEPS_MAX)
		return 0;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		size_t kept = 0;

		for (size_t i = 0; i < count; i++)
			kept += calls[i].duration_ns >= middle;
		if (kept > CALL_STEPS_MAX)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * From the inside out and in the order of their ends, to from the outside in and in the order of
 * their begins: each call goes before those that it made.
 */
static int order(const struct call_held *calls, size_t count, size_t *places)
{
	owns(own_free) size_t *sizes = calloc(count, sizeof(*sizes));
	owns(own_free) size_t *begins = calloc(count, sizeof(*begins));

	if (!sizes || !begins)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		size_t first = i;

		while (first && calls[first - 1].depth > calls[i].depth)
			first -= sizes[first - 1];
		sizes[i] = i - first + 1;
	}
	for (size_t i = count; i-- > 0;) {
		/* begins[i] is the place of the first call in it, or of itself. */
		if (i == count - 1)
			begins[i] = 0;
		places[begins[i]] = i;
		for (size_t child = i, end = begins[i] + sizes[i];
		     child && child > i + 1 - sizes[i];) {
			end -= sizes[child - 1];
			begins[child - 1] = end;
			child -= sizes[child - 1];
		}
	}
	return 0;
}

static int add_steps(struct call_one *one, const struct call_held *calls, size_t count)
{
	const struct call_held *root = &calls[count - 1];
	owns(own_free) size_t *places = calloc(count, sizeof(*places));
	uint64_t limit_ns = limit_of(calls, count);
	bool was_leaf = false;
	int r = places ? order(calls, count, places) : -ENOMEM;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct call_held *call = &calls[places[i]];
		struct call_step step = step_of(call, root), *last, *kept;
		bool is_leaf = i + 1 == count || calls[places[i + 1]].depth <= call->depth;

		last = one->steps.count ? &one->steps.items[one->steps.count - 1] : NULL;
		if (last && was_leaf && is_leaf && is_like(last, &step)) {
			last->duration_ns += step.duration_ns;
			last->self_ns += step.self_ns;
			last->off_ns += step.off_ns;
			last->repeats++;
			continue;
		}
		if (call->duration_ns < limit_ns || one->steps.count >= CALL_STEPS_MAX) {
			one->left_out++;
			continue;
		}
		kept = array_push(&one->steps);
		if (!kept)
			return -ENOMEM;
		*kept = step;
		was_leaf = is_leaf;
	}
	return r;
}

static int make_one(struct call_graph *graph, uint32_t tid, const struct call_held *calls,
		    size_t count, struct call_one *ret)
{
	const struct call_held *root = &calls[count - 1];
	const uint64_t *comm = tid ? hash_find(&graph->comms, tid) : NULL;
	const char *name = names_text(&graph->names, comm ? (uint32_t)*comm : 0);
	struct call_one one = {
		.tid = tid,
		.cpu = root->cpu,
		.start_ns = root->start_ns > graph->begin_ns ? root->start_ns - graph->begin_ns : 0,
		.duration_ns = net_ns(root),
		.irq_ns = root->irq_ns,
		.off_ns = root->off_ns,
		.self_ns = root->self_ns - root->self_off_ns,
	};

	(void)strncpy(one.comm, name, sizeof(one.comm) - 1);
	if (add_steps(&one, calls, count) < 0) {
		call_one_clear(&one);
		return -ENOMEM;
	}
	*ret = one;
	return 0;
}

/* Among the slowest: in their order; the fastest leaves. */
static int add_slowest(struct call_graph *graph, uint32_t tid, const struct call_held *calls,
		       size_t count)
{
	uint64_t duration_ns = net_ns(&calls[count - 1]);
	size_t place = graph->slowest.count;
	struct call_one one = {}, *last;

	while (place && graph->slowest.items[place - 1].duration_ns < duration_ns)
		place--;
	if (place >= graph->options.slowest)
		return 0;
	if (make_one(graph, tid, calls, count, &one) < 0)
		return -ENOMEM;
	if (graph->slowest.count < graph->options.slowest) {
		last = array_push(&graph->slowest);
		if (!last) {
			call_one_clear(&one);
			return -ENOMEM;
		}
	} else {
		call_one_clear(&graph->slowest.items[graph->slowest.count - 1]);
	}
	memmove(&graph->slowest.items[place + 1], &graph->slowest.items[place],
		(graph->slowest.count - 1 - place) * sizeof(one));
	graph->slowest.items[place] = one;
	return 0;
}

/* Of each one only the calls that it made itself are of interest. */
static int add_each(struct call_graph *graph, uint32_t tid, const struct call_held *calls,
		    size_t count)
{
	struct call_one one = {}, *kept;
	size_t steps = 0;

	if (graph->each.count >= CALL_EACH_MAX) {
		graph->untold++;
		return 0;
	}
	if (make_one(graph, tid, calls, count, &one) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < one.steps.count; i++) {
		if (one.steps.items[i].depth <= 1)
			one.steps.items[steps++] = one.steps.items[i];
	}
	one.steps.count = steps;
	kept = array_push(&graph->each);
	if (!kept) {
		call_one_clear(&one);
		return -ENOMEM;
	}
	*kept = one;
	return 0;
}

int call_single_take(struct call_graph *graph, uint32_t tid, const struct call_held *calls,
		     size_t count)
{
	const struct call_held *root = &calls[count - 1];
	struct call_function *function = &graph->functions.items[root->function];
	int r = 0;

	if (net_ns(root) < graph->options.over_ns) {
		graph->shorter++;
		return 0;
	}
	if (call_is_timed(root->flags)) {
		if (!function->histogram) {
			function->histogram = calloc(1, sizeof(*function->histogram));
			if (!function->histogram)
				return -ENOMEM;
		}
		histogram_add(function->histogram, net_ns(root));
	}
	r = add_tree(graph, calls, count);
	if (r == 0 && graph->options.slowest && call_is_timed(root->flags))
		r = add_slowest(graph, tid, calls, count);
	if (r == 0 && graph->options.is_each)
		r = add_each(graph, tid, calls, count);
	return r;
}
