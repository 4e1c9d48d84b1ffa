/* Who could end a thread's wait? What was told of it, and what follows from the system call that it
 * waits in. */
#include <errno.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define EDGES_MAX (1u << 19)

/* The operations of futex(2). */
#define FUTEX_COMMAND     0x7fu
#define FUTEX_PRIVATE     0x80u
#define FUTEX_WAIT        0u
#define FUTEX_WAIT_BITSET 9u

static struct edge *fill_edge(struct edge *edge, uint32_t waiter, unsigned int kind)
{
	if (edge) {
		edge->waiter = waiter;
		edge->kind = (uint8_t)kind;
		edge->target = edge->next = NONE;
	}
	return edge;
}

static struct edge *add_edge(struct stuck *stuck, uint32_t waiter, unsigned int kind)
{
	return fill_edge(array_push(&stuck->edges), waiter, kind);
}

int edges_take(struct stuck *stuck, const struct event_relation *event)
{
	struct edge *edge;

	/* A kind from the future is not understood. */
	if (event->kind < RELATION_FUTEX || event->kind > RELATION_LIMIT)
		return 0;
	if (stuck->edges.count + stuck->possible.count >= EDGES_MAX) {
		stuck->losses[LOSS_LOCK]++;
		return 0;
	}
	/* Who waits is found at the end: until then it is the tid. */
	edge = event->flags & RELATION_OTHERS
		       ? fill_edge(array_push(&stuck->possible), event->tid, event->kind)
		       : add_edge(stuck, event->tid, event->kind);
	if (!edge)
		return -ENOMEM;
	edge->peer = event->peer;
	edge->flags = (uint8_t)event->flags;
	edge->name = names_put(&stuck->names, event->name, event->name_bytes);
	edge->dev = event->dev;
	edge->object = event->object;
	edge->since_ns = event->since_ns;
	return 0;
}

/* --- what follows from the system call --- */

static bool is_in_futex(const struct thread_seen *thread)
{
	const char *call = thread->last.syscall >= 0 ? syscall_name(thread->last.syscall) : NULL;

	return call && strcmp(call, "futex") == 0;
}

static bool is_plain_wait(const struct thread_seen *thread)
{
	uint64_t command = thread->arguments[1] & FUTEX_COMMAND;

	return is_in_futex(thread) && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
}

bool thread_has_timeout(const struct thread_seen *thread)
{
	/* Which argument it is: milliseconds, of which less than none are without end; or where the
	 * time stands, if anywhere. */
	static const struct {
		const char *call;
		uint8_t argument;
		bool is_milliseconds;
	} CALLS[] = {
		{ "futex", 3, false },      { "poll", 2, true },          { "ppoll", 2, false },
		{ "select", 4, false },     { "pselect6", 4, false },     { "epoll_wait", 3, true },
		{ "epoll_pwait", 3, true }, { "epoll_pwait2", 3, false },
	};
	const char *call = thread->last.syscall >= 0 ? syscall_name(thread->last.syscall) : NULL;

	for (size_t i = 0; call && i < array_count(CALLS); i++) {
		uint64_t argument = thread->arguments[CALLS[i].argument];

		if (strcmp(call, CALLS[i].call) == 0)
			return CALLS[i].is_milliseconds ? (int32_t)argument >= 0 : argument != 0;
	}
	return false;
}

/*
 * pthread_join() waits until the kernel clears the thread's number at its end: on a futex that is
 * not private, as long as that number stands in it.
 */
static const struct thread_seen *joined_thread(const struct stuck *stuck,
					       const struct thread_seen *thread)
{
	const struct thread_seen *other;

	if (thread->arguments[1] & FUTEX_PRIVATE || thread->arguments[2] > UINT32_MAX)
		return NULL;
	other = stuck_thread(stuck, (uint32_t)thread->arguments[2]);
	return other && other != thread && other->tgid == thread->tgid ? other : NULL;
}

/* A futex whose holder was not told. */
static int add_futex(struct stuck *stuck, uint32_t index)
{
	const struct thread_seen *thread = &stuck->threads.items[index], *joined;
	struct edge *edge;

	if (!is_plain_wait(thread))
		return 0;
	joined = joined_thread(stuck, thread);
	if (!joined && !(thread->arguments[1] & FUTEX_PRIVATE))
		return 0;
	edge = add_edge(stuck, index, joined ? EDGE_END : EDGE_OWN);
	if (!edge)
		return -ENOMEM;
	edge->peer = joined ? joined->tid : thread->tgid;
	edge->object = thread->arguments[0];
	edge->flags = joined ? 0 : RELATION_PROCESS;
	return 0;
}

static int add_lock(struct stuck *stuck, uint32_t index)
{
	const struct thread_seen *thread = &stuck->threads.items[index];
	struct edge *edge;

	if (!thread->lock_owner)
		return 0;
	edge = add_edge(stuck, index, EDGE_LOCK);
	if (!edge)
		return -ENOMEM;
	edge->peer = thread->lock_owner;
	edge->object = thread->lock;
	return 0;
}

bool edge_is_kernels(const struct edge *edge)
{
	return edge->kind == RELATION_REQUEST || edge->kind == RELATION_FROZEN ||
	       edge->kind == RELATION_LIMIT;
}

/* --- order --- */

static int compare_edges(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	if (a->waiter != b->waiter)
		return a->waiter < b->waiter ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	return (a->flags > b->flags) - (a->flags < b->flags);
}

static bool is_same(const struct edge *a, const struct edge *b)
{
	return a->waiter == b->waiter && a->kind == b->kind && a->peer == b->peer &&
	       a->object == b->object;
}

/* Who looked did not know what the stack says: whether it is a freeze that holds the thread. */
static bool is_believed(const struct stuck *stuck, const struct thread_seen *waiter,
			const struct edge *edge)
{
	if (edge->kind == RELATION_FROZEN)
		return thread_class(stuck, waiter)->cause == CAUSE_FS_FROZEN;
	/* Who is stopped waits for nothing of its system call. */
	if (waiter->plight == PLIGHT_STOPPED || waiter->plight == PLIGHT_TRACED)
		return edge->kind == RELATION_TRACER;
	return thread_is_waiting(waiter);
}

/* Only what a thread waits for that did not move is believed: what was told of others is over. */
static void keep_valid(struct stuck *stuck)
{
	size_t kept = 0;

	for (size_t i = 0; i < stuck->edges.count; i++) {
		struct edge edge = stuck->edges.items[i];
		const struct thread_seen *waiter = stuck_thread(stuck, edge.waiter);

		if (!waiter || !is_believed(stuck, waiter, &edge))
			continue;
		edge.waiter = thread_index(stuck, waiter);
		stuck->edges.items[kept++] = edge;
	}
	stuck->edges.count = kept;
}

static void sort_edges(struct stuck *stuck)
{
	struct edge *edges = stuck->edges.items;
	size_t kept = 0;

	if (!stuck->edges.count)
		return;
	qsort(edges, stuck->edges.count, sizeof(*edges), compare_edges);
	for (size_t i = 0; i < stuck->edges.count; i++) {
		if (kept && is_same(&edges[kept - 1], &edges[i]))
			edges[kept - 1] = edges[i];
		else
			edges[kept++] = edges[i];
	}
	stuck->edges.count = kept;
	for (size_t i = kept; i-- > 0;) {
		struct thread_seen *waiter = &stuck->threads.items[edges[i].waiter];

		waiter->edges = (uint32_t)i;
		waiter->edge_count++;
	}
}

/* --- targets --- */

static void target_process(struct stuck *stuck, struct edge *edge, uint32_t process)
{
	struct process_seen *seen = &stuck->processes.items[process];

	edge->is_process = true;
	/* A process without a living thread never answers; but its end is what a parent waits for.
	 */
	if (!seen->living) {
		edge->flags |= RELATION_GONE;
		edge->is_open = edge->kind == RELATION_CHILD;
		return;
	}
	edge->target = process;
	edge->next = seen->waiters;
	seen->waiters = (uint32_t)(edge - stuck->edges.items);
}

static void target_thread(struct stuck *stuck, struct edge *edge, struct thread_seen *peer)
{
	if (!thread_is_alive(peer)) {
		edge->flags |= RELATION_GONE;
		edge->is_open = edge->kind == EDGE_END;
		return;
	}
	edge->target = thread_index(stuck, peer);
	edge->next = peer->waiters;
	peer->waiters = (uint32_t)(edge - stuck->edges.items);
}

/* Only its own process holds the other end: another thread of it may answer, if there is one. */
static void target_nobody(struct stuck *stuck, struct edge *edge)
{
	uint32_t process = stuck->threads.items[edge->waiter].process;

	if (stuck->processes.items[process].living > 1)
		target_process(stuck, edge, process);
}

/* Not all who hold the other ends were told: another one may answer. */
static bool lacks_relations(const struct stuck *stuck)
{
	return stuck->losses[LOSS_LOCK] || stuck_fact(stuck, "missing.relations");
}

static void find_target(struct stuck *stuck, struct edge *edge)
{
	struct thread_seen *peer;

	if (edge->flags & RELATION_GONE)
		return;
	if (edge->flags & RELATION_NOBODY) {
		target_nobody(stuck, edge);
		return;
	}
	if (edge->kind == EDGE_OWN) {
		target_process(stuck, edge, stuck->threads.items[edge->waiter].process);
		return;
	}
	if (edge_is_kernels(edge)) {
		edge->is_open = true;
		return;
	}
	peer = stuck_thread(stuck, edge->peer);
	if (!peer || !thread_is_seen(peer))
		edge->is_open = true;
	else if (edge->flags & RELATION_PROCESS || edge->kind == RELATION_CHILD)
		target_process(stuck, edge, peer->process);
	else
		target_thread(stuck, edge, peer);
}

int edges_settle(struct stuck *stuck)
{
	bool is_partial;

	keep_valid(stuck);
	sort_edges(stuck);
	for (size_t i = 0; i < stuck->threads.count; i++) {
		const struct thread_seen *thread = &stuck->threads.items[i];
		int r = 0;

		if (!thread_is_waiting(thread))
			continue;
		if (thread->lock_owner)
			r = add_lock(stuck, (uint32_t)i);
		else if (!thread->edge_count)
			r = add_futex(stuck, (uint32_t)i);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < stuck->threads.count; i++)
		stuck->threads.items[i].edge_count = 0;
	sort_edges(stuck);
	is_partial = lacks_relations(stuck);
	for (size_t i = 0; i < stuck->edges.count; i++) {
		struct edge *edge = &stuck->edges.items[i];

		find_target(stuck, edge);
		edge->is_open |= is_partial &&
				 (edge->kind == RELATION_PIPE || edge->kind == RELATION_SOCKET);
	}
	return 0;
}
