/* Which calls were made by those of the function that was asked for? A call is told after all that
 * it made, so each thread's are held until the outermost one is told: then each is in its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/call_graph_state.h"

#define LEVEL_FLAGS (CALL_SOFT_IRQ | CALL_HARD_IRQ | CALL_NMI)

static struct call_pending *find_pending(struct call_graph *graph, const struct event_call *call)
{
	uint64_t key = (uint64_t)(call->flags & LEVEL_FLAGS) << 40 |
		       (call->tid ?: UINT64_C(1) << 32 | call->cpu);
	uint64_t *place = hash_put(&graph->pending_by_key, key);
	struct call_pending *pending;

	if (!place)
		return NULL;
	if (!*place) {
		pending = array_push(&graph->pendings);
		if (!pending)
			return NULL;
		pending->tid = call->tid;
		*place = graph->pendings.count;
	}
	return &graph->pendings.items[*place - 1];
}

static bool is_wanted(const struct call_graph *graph, const struct call_held *held)
{
	return graph->functions.items[held->function].name == graph->wanted_name;
}

/* Where those begin that the call at this place made. */
static size_t first_made(const struct call_held *items, size_t place)
{
	size_t first = place;

	while (first && items[first - 1].depth > items[place].depth &&
	       items[first - 1].start_ns >= items[place].start_ns)
		first--;
	return first;
}

/* Judge the calls of the function among these: of those inside of each other the outermost. */
static int judge(struct call_graph *graph, uint32_t tid, const struct call_held *items,
		 size_t count)
{
	ARRAY(size_t) found = {};
	int r = 0;

	for (size_t i = count; i-- > 0;) {
		size_t first, *kept;

		if (!is_wanted(graph, &items[i]))
			continue;
		first = first_made(items, i);
		kept = array_push(&found);
		if (!kept) {
			r = -ENOMEM;
			break;
		}
		*kept = i;
		i = first;
	}
	/* Each is told in the order of time. */
	for (size_t n = found.count; n-- > 0 && r == 0;) {
		size_t first = first_made(items, found.items[n]);

		r = call_single_take(graph, tid, items + first, found.items[n] - first + 1);
	}
	array_free(&found);
	return r;
}

static int compare_durations(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/*
 * There is no more room, and the outermost call is still open: those of the function that are over
 * are judged now, and of the others the shorter half is forgotten.
 */
static int make_room(struct call_graph *graph, struct call_pending *pending)
{
	size_t count = pending->items.count, kept = 0;
	owns(own_free) uint64_t *durations = calloc(count ?: 1, sizeof(*durations));
	uint64_t limit;
	int r;

	if (!durations)
		return -ENOMEM;
	r = judge(graph, pending->tid, pending->items.items, count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		durations[i] = pending->items.items[i].duration_ns;
	qsort(durations, count, sizeof(*durations), compare_durations);
	limit = durations[count / 2];
	for (size_t i = count; i-- > 0;) {
		struct call_held *held = &pending->items.items[i];

		if (is_wanted(graph, held)) {
			size_t first = first_made(pending->items.items, i);

			/* Judged: they are marked by a length that none has. */
			for (size_t n = first; n <= i; n++)
				pending->items.items[n].duration_ns = UINT64_MAX;
			i = first;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct call_held held = pending->items.items[i];

		if (held.duration_ns == UINT64_MAX)
			continue;
		if (held.duration_ns > limit)
			pending->items.items[kept++] = held;
		else
			graph->forgotten++;
	}
	graph->held -= count - kept;
	pending->items.count = kept;
	return 0;
}

/* The largest one, when all together hold too much. */
static int make_room_of_all(struct call_graph *graph)
{
	struct call_pending *largest = &graph->pendings.items[0];

	for (size_t i = 1; i < graph->pendings.count; i++) {
		if (graph->pendings.items[i].items.count > largest->items.count)
			largest = &graph->pendings.items[i];
	}
	return make_room(graph, largest);
}

/* The outermost call of a thread is over: nothing that was held is needed any more. */
static int end_root(struct call_graph *graph, struct call_pending *pending)
{
	struct call_held *items = pending->items.items;
	int r = judge(graph, pending->tid, items, pending->items.count);

	graph->held -= pending->items.count;
	pending->items.count = 0;
	return r;
}

int call_pending_take(struct call_graph *graph, const struct event_call *call, uint32_t function)
{
	struct call_pending *pending = find_pending(graph, call);
	struct call_held *held = pending ? array_push(&pending->items) : NULL;

	if (!held)
		return -ENOMEM;
	*held = (struct call_held){
		.start_ns = call->start_ns,
		.duration_ns = call->duration_ns,
		.irq_ns = call->irq_ns < call->duration_ns ? call->irq_ns : call->duration_ns,
		.self_ns = call->self_ns,
		.off_ns = call->off_ns,
		.self_off_ns = call->self_off_ns,
		.unknown_ns = call->unknown_ns,
		.function = function,
		.depth = call->depth,
		.flags = call->flags,
		.cpu = call->cpu,
	};
	graph->held++;
	if (!call->parent)
		return end_root(graph, pending);
	if (pending->items.count >= CALL_PENDING_MAX)
		return make_room(graph, pending);
	return graph->held >= CALL_PENDING_ALL_MAX ? make_room_of_all(graph) : 0;
}

void call_pending_free(struct call_graph *graph)
{
	for (size_t i = 0; i < graph->pendings.count; i++)
		array_free(&graph->pendings.items[i].items);
	array_free(&graph->pendings);
	hash_free(&graph->pending_by_key);
	for (size_t i = 0; i < graph->slowest.count; i++)
		call_one_clear(&graph->slowest.items[i]);
	for (size_t i = 0; i < graph->each.count; i++)
		call_one_clear(&graph->each.items[i]);
	array_free(&graph->slowest);
	array_free(&graph->each);
}
