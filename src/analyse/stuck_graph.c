/*
 * Who waits for whom, and can it ever end? Each wait ends when any one of those it is for answers.
 * So those who may get on are found first, and from them all who wait for one of them; the others
 * never will. Circles are looked for among these only (strongly connected components by Tarjan's
 * algorithm, without recursion). A process is a node of its own where any of its threads may
 * answer, so that the work stays linear.
 */
#include <errno.h>
#include <string.h>

#include "analyse/stuck_state.h"

static uint32_t node_count(const struct stuck *stuck)
{
	return (uint32_t)(stuck->threads.count + stuck->processes.count);
}

static uint32_t process_node(const struct stuck *stuck, uint32_t process)
{
	return (uint32_t)stuck->threads.count + process;
}

/* --- who may get on --- */

/* Does it wait for nothing but others that are known? */
static bool is_bound(const struct stuck *stuck, const struct thread_seen *thread)
{
	if (!thread_is_waiting(thread) || !thread->edge_count || thread_has_timeout(thread))
		return false;
	for (uint32_t i = 0; i < thread->edge_count; i++) {
		if (stuck->edges.items[thread->edges + i].is_open)
			return false;
	}
	return true;
}

/* A list of threads whose waiters are to be looked at. */
struct wave {
	uint32_t *threads; /* owned; room for all */
	uint32_t count;
};

static void make_live(struct stuck *stuck, struct wave *wave, uint32_t index)
{
	struct thread_seen *thread = &stuck->threads.items[index];

	if (thread->is_live || !thread_is_alive(thread))
		return;
	thread->is_live = true;
	wave->threads[wave->count++] = index;
}

static void free_waiters(struct stuck *stuck, struct wave *wave, uint32_t first)
{
	for (uint32_t i = first; i != NONE; i = stuck->edges.items[i].next)
		make_live(stuck, wave, stuck->edges.items[i].waiter);
}

static int spread(struct stuck *stuck)
{
	owns(own_free) uint32_t *room = calloc(stuck->threads.count + 1, sizeof(*room));
	struct wave wave = { .threads = room };

	if (!room)
		return -ENOMEM;
	for (size_t i = 0; i < stuck->threads.count; i++) {
		if (!is_bound(stuck, &stuck->threads.items[i]))
			make_live(stuck, &wave, (uint32_t)i);
	}
	while (wave.count) {
		const struct thread_seen *thread =
			&stuck->threads.items[wave.threads[--wave.count]];
		struct process_seen *process = &stuck->processes.items[thread->process];

		free_waiters(stuck, &wave, thread->waiters);
		if (process->is_live)
			continue;
		process->is_live = true;
		free_waiters(stuck, &wave, process->waiters);
	}
	return 0;
}

/* --- circles --- */

static bool is_dead(const struct thread_seen *thread)
{
	return thread_is_alive(thread) && !thread->is_live;
}

struct node {
	uint32_t order; /* in which it was met, from 1 on; 0: not met */
	uint32_t low;   /* the earliest one that it leads to */
	uint32_t next;  /* the edge, or the process's thread, to be looked at next */
	bool is_open;   /* its component is not complete */
};

struct search {
	struct stuck *stuck;
	struct node *nodes;   /* owned by the caller, like the two below */
	uint32_t *path;       /* from the root to the node that is looked at */
	uint32_t *components; /* nodes whose component is not complete */
	uint32_t path_count;
	uint32_t component_count;
	uint32_t met;
};

static void enter(struct search *search, uint32_t index)
{
	const struct stuck *stuck = search->stuck;
	struct node *node = &search->nodes[index];

	node->order = node->low = ++search->met;
	node->is_open = true;
	node->next = index < stuck->threads.count
			     ? 0
			     : stuck->processes.items[index - stuck->threads.count].threads;
	search->path[search->path_count++] = index;
	search->components[search->component_count++] = index;
}

/* The next node that this one leads to; NONE at the end. */
static uint32_t next_neighbour(struct search *search, uint32_t index)
{
	const struct stuck *stuck = search->stuck;
	struct node *node = &search->nodes[index];

	if (index >= stuck->threads.count) {
		while (node->next != NONE) {
			uint32_t thread = node->next;

			node->next = stuck->threads.items[thread].next;
			if (is_dead(&stuck->threads.items[thread]))
				return thread;
		}
		return NONE;
	}
	while (node->next < stuck->threads.items[index].edge_count) {
		const struct edge *edge =
			&stuck->edges.items[stuck->threads.items[index].edges + node->next++];

		if (edge->target == NONE)
			continue;
		return edge->is_process ? process_node(stuck, edge->target) : edge->target;
	}
	return NONE;
}

/* What of a node says that it is of a circle. */
static uint32_t *circle_of(struct stuck *stuck, uint32_t index)
{
	return index < stuck->threads.count
		       ? &stuck->threads.items[index].circle
		       : &stuck->processes.items[index - stuck->threads.count].circle;
}

/*
 * Does the thread wait for one of the same component, and not only for any thread of its own
 * process, or for one to end? Such waits alone make no circle: there is just nobody left.
 */
static bool has_true_edge(const struct stuck *stuck, const struct thread_seen *thread)
{
	for (uint32_t i = 0; i < thread->edge_count; i++) {
		const struct edge *edge = &stuck->edges.items[thread->edges + i];
		uint32_t circle;

		if (edge->target == NONE || edge->kind == EDGE_END ||
		    (edge->is_process && edge->target == thread->process))
			continue;
		circle = edge->is_process ? stuck->processes.items[edge->target].circle
					  : stuck->threads.items[edge->target].circle;
		if (circle == thread->circle)
			return true;
	}
	return false;
}

/* Is the complete component, the nodes from `from` on, a circle? */
static void close_component(struct search *search, uint32_t from)
{
	struct stuck *stuck = search->stuck;
	bool is_circle = false;

	for (uint32_t i = from; i < search->component_count; i++) {
		uint32_t index = search->components[i];

		search->nodes[index].is_open = false;
		*circle_of(stuck, index) = stuck->circles;
	}
	for (uint32_t i = from; i < search->component_count && !is_circle; i++) {
		uint32_t index = search->components[i];

		is_circle = index < stuck->threads.count &&
			    has_true_edge(stuck, &stuck->threads.items[index]);
	}
	for (uint32_t i = from; i < search->component_count && !is_circle; i++)
		*circle_of(stuck, search->components[i]) = NONE;
	stuck->circles += is_circle;
	search->component_count = from;
}

static void leave(struct search *search, uint32_t index)
{
	struct node *node = &search->nodes[index];
	uint32_t from = search->component_count;

	search->path_count--;
	if (search->path_count) {
		struct node *above = &search->nodes[search->path[search->path_count - 1]];

		if (node->low < above->low)
			above->low = node->low;
	}
	if (node->low != node->order)
		return;
	while (search->components[--from] != index)
		;
	close_component(search, from);
}

static void search_from(struct search *search, uint32_t root)
{
	enter(search, root);
	while (search->path_count) {
		uint32_t index = search->path[search->path_count - 1];
		uint32_t next = next_neighbour(search, index);

		if (next == NONE) {
			leave(search, index);
		} else if (!search->nodes[next].order) {
			enter(search, next);
		} else if (search->nodes[next].is_open &&
			   search->nodes[next].order < search->nodes[index].low) {
			search->nodes[index].low = search->nodes[next].order;
		}
	}
}

static int find_circles(struct stuck *stuck)
{
	size_t count = node_count(stuck) + 1;
	owns(own_free) struct node *nodes = calloc(count, sizeof(*nodes));
	owns(own_free) uint32_t *path = calloc(count, sizeof(*path));
	owns(own_free) uint32_t *components = calloc(count, sizeof(*components));
	struct search search = {
		.stuck = stuck, .nodes = nodes, .path = path, .components = components
	};

	if (!nodes || !path || !components)
		return -ENOMEM;
	for (uint32_t i = 0; i < stuck->threads.count; i++) {
		if (is_dead(&stuck->threads.items[i]) && !nodes[i].order)
			search_from(&search, i);
	}
	return 0;
}

/* --- chains --- */

/* Of the threads of a process that may answer, the one that says most about it. */
static unsigned int envoy_rank(const struct stuck *stuck, const struct process_seen *process,
			       const struct thread_seen *thread)
{
	switch ((enum plight)thread->plight) {
	case PLIGHT_UNSEEN:
	case PLIGHT_ENDED:
	case PLIGHT_ZOMBIE:
		return 0;
	case PLIGHT_ASLEEP:
	case PLIGHT_BLOCKED:
		if (process->is_live && !thread->is_live)
			return 1;
		if (thread->circle != NONE)
			return 6;
		if (thread->plight == PLIGHT_BLOCKED)
			return 5;
		if (is_bound(stuck, thread))
			return 2;
		return thread->tid == process->tgid ? 4 : 3;
	case PLIGHT_STOPPED:
	case PLIGHT_TRACED:
	case PLIGHT_FROZEN:
	case PLIGHT_QUEUED:
		return 5;
	case PLIGHT_MOVES:
		return 7;
	case PLIGHT_SPINS:
		return 8;
	case PLIGHT_DUMPING:
		return 9;
	}
	return 0;
}

static void choose_envoys(struct stuck *stuck)
{
	for (size_t i = 0; i < stuck->processes.count; i++) {
		struct process_seen *process = &stuck->processes.items[i];
		unsigned int best = 0;

		for (uint32_t t = process->threads; t != NONE; t = stuck->threads.items[t].next) {
			unsigned int rank = envoy_rank(stuck, process, &stuck->threads.items[t]);

			if (rank > best) {
				best = rank;
				process->envoy = t;
			}
		}
	}
}

int graph_settle(struct stuck *stuck)
{
	int r = spread(stuck);

	if (r == 0)
		r = find_circles(stuck);
	if (r == 0)
		choose_envoys(stuck);
	return r;
}

struct thread_seen *graph_peer(const struct stuck *stuck, const struct edge *edge)
{
	uint32_t index = edge->target;

	if (index == NONE)
		return NULL;
	if (edge->is_process)
		index = stuck->processes.items[index].envoy;
	return index == NONE ? NULL : &stuck->threads.items[index];
}

/* How much an edge explains. */
static unsigned int edge_rank(const struct stuck *stuck, const struct thread_seen *thread,
			      const struct edge *edge)
{
	const struct thread_seen *peer = graph_peer(stuck, edge);

	if (peer && thread->circle != NONE && peer->circle == thread->circle)
		return 4;
	/* Where one of several may answer, the one that may is who is waited for. */
	if (peer && thread->is_live && peer->is_live)
		return 4;
	if (edge->is_open)
		return 3;
	return peer ? 2 : 1;
}

const struct edge *graph_choose(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct edge *best = NULL;
	unsigned int most = 0;

	for (uint32_t i = 0; i < thread->edge_count; i++) {
		const struct edge *edge = &stuck->edges.items[thread->edges + i];
		unsigned int rank = edge_rank(stuck, thread, edge);

		if (rank > most) {
			most = rank;
			best = edge;
		}
	}
	return best;
}

/* In an event loop, or its like: whoever owes it something is not known. A pause is none. */
static bool is_idle(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct class *class = thread_class(stuck, thread);

	return class->cause == CAUSE_WAIT_IDLE &&
	       !strstr(names_text(&stuck->names, class->function), "_pause");
}

static enum chain_end find_end(const struct stuck *stuck, const struct thread_seen *thread)
{
	switch ((enum plight)thread->plight) {
	case PLIGHT_UNSEEN:
		return END_UNKNOWN;
	case PLIGHT_ENDED:
	case PLIGHT_ZOMBIE:
		return END_GONE;
	case PLIGHT_MOVES:
		return END_MOVES;
	case PLIGHT_SPINS:
		return END_SPINS;
	case PLIGHT_ASLEEP:
		/* It only looks as if it had nothing to do. */
		if (thread_program_lock(stuck, thread))
			return END_STUCK;
		return is_idle(stuck, thread) ? END_IDLE : END_SLEEPS;
	case PLIGHT_BLOCKED:
		return is_idle(stuck, thread) ? END_IDLE : END_STUCK;
	case PLIGHT_DUMPING:
	case PLIGHT_STOPPED:
	case PLIGHT_TRACED:
	case PLIGHT_FROZEN:
	case PLIGHT_QUEUED:
		break;
	}
	return END_STUCK;
}

/* Nobody to follow an edge to. */
static enum chain_end find_dead_end(const struct edge *edge)
{
	if (edge->kind == RELATION_REQUEST)
		return END_DEVICE;
	if (edge_is_kernels(edge))
		return END_WITHHELD;
	if (edge->flags & RELATION_GONE)
		return END_GONE;
	return edge->flags & RELATION_NOBODY ? END_NOBODY : END_UNKNOWN;
}

static bool is_on(const struct chain *chain, const struct thread_seen *thread)
{
	for (size_t i = 0; i < chain->count; i++) {
		if (chain->steps[i].thread == thread)
			return true;
	}
	return false;
}

/* The chain leads back into itself. Where somebody may still get on, it only looks so. */
static enum chain_end find_circle_end(const struct thread_seen *thread)
{
	if (thread->is_live)
		return END_SLEEPS;
	return thread->circle == NONE ? END_NOBODY : END_CIRCLE;
}

/* The chain is too long to be followed; what it leads to is known all the same. */
static enum chain_end find_cut_end(const struct thread_seen *last)
{
	if (last->circle != NONE)
		return END_CIRCLE;
	return last->is_live ? END_UNKNOWN : END_STUCK;
}

static void add_last(struct chain *chain, const struct thread_seen *thread, uint32_t tid)
{
	if (chain->count < CHAIN_MAX)
		chain->steps[chain->count++] = (struct chain_step){ .thread = thread, .tid = tid };
}

struct chain graph_follow(const struct stuck *stuck, const struct thread_seen *thread)
{
	struct chain chain = { .end = END_UNKNOWN };

	while (chain.count < CHAIN_MAX) {
		const struct edge *edge = graph_choose(stuck, thread);
		struct chain_step *step = &chain.steps[chain.count++];

		*step = (struct chain_step){ .thread = thread, .edge = edge, .tid = thread->tid };
		if (!edge) {
			chain.end = find_end(stuck, thread);
			return chain;
		}
		thread = graph_peer(stuck, edge);
		if (!thread) {
			chain.end = find_dead_end(edge);
			add_last(&chain, NULL, edge->peer);
			return chain;
		}
		if (is_on(&chain, thread)) {
			chain.end = find_circle_end(thread);
			if (chain.end == END_CIRCLE)
				add_last(&chain, thread, thread->tid);
			else if (chain.end == END_NOBODY)
				add_last(&chain, NULL, 0);
			return chain;
		}
	}
	chain.end = find_cut_end(chain.steps[chain.count - 1].thread);
	return chain;
}
