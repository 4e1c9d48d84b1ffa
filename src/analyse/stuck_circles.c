/* Who is in a deadlock with whom? Each circle's members, in the order in which they wait. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define CIRCLES_SHOWN 100u
#define MEMBERS_SHOWN 64u

/* All threads that are in circles, those of one together, the lowest tid first. */
struct roll {
	uint32_t *threads; /* owned by the caller, like is_told */
	size_t count;
	bool *is_told; /* by thread */
};

static int compare_threads(const void *left, const void *right, void *context)
{
	const struct stuck *stuck = context;
	const struct thread_seen *threads = stuck->threads.items;
	const struct thread_seen *a = &threads[*(const uint32_t *)left];
	const struct thread_seen *b = &threads[*(const uint32_t *)right];

	if (a->circle != b->circle)
		return a->circle < b->circle ? -1 : 1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int tell_member(const struct stuck *stuck, const struct thread_seen *thread,
		       const struct edge *held, struct stuck_deadlock *deadlock)
{
	struct stuck_member *member = array_push(&deadlock->members);
	const struct edge *edge = graph_choose(stuck, thread);
	int r;

	if (!member)
		return -ENOMEM;
	member->tid = thread->tid;
	(void)snprintf(member->who, sizeof(member->who), "%s",
		       names_text(&stuck->names, thread->name));
	if (held)
		(void)snprintf(member->holds, sizeof(member->holds), "%.*s",
			       (int)sizeof(member->holds) - 1, edge_words(stuck, held).text);
	if (edge)
		(void)snprintf(member->waits_for, sizeof(member->waits_for), "%.*s",
			       (int)sizeof(member->waits_for) - 1, edge_words(stuck, edge).text);
	r = stack_tell(stuck, thread->last.stack, &member->stack);
	return r < 0 ? r : stack_tell(stuck, thread->last.user_stack, &member->stack);
}

/* The edge of the circle's that leads to the thread, from one of those from `from` on. */
static const struct edge *edge_to(const struct stuck *stuck, const struct roll *roll, size_t from,
				  const struct thread_seen *thread)
{
	uint32_t circle = stuck->threads.items[roll->threads[from]].circle;

	for (size_t i = from; i < roll->count && i < from + MEMBERS_SHOWN; i++) {
		const struct thread_seen *other = &stuck->threads.items[roll->threads[i]];
		const struct edge *edge = graph_choose(stuck, other);

		if (other->circle != circle)
			break;
		if (edge && graph_peer(stuck, edge) == thread)
			return edge;
	}
	return NULL;
}

/* From one member to whom it waits for, as long as that is one that is not told yet. */
static int tell_round(const struct stuck *stuck, const struct roll *roll, size_t from, size_t start,
		      struct stuck_deadlock *deadlock)
{
	uint32_t index = roll->threads[start];
	int r = 0;

	while (r == 0 && !roll->is_told[index]) {
		const struct thread_seen *thread = &stuck->threads.items[index], *peer;
		const struct edge *edge = graph_choose(stuck, thread);

		roll->is_told[index] = true;
		if (deadlock->members.count < MEMBERS_SHOWN)
			r = tell_member(stuck, thread, edge_to(stuck, roll, from, thread),
					deadlock);
		else
			deadlock->hidden++;
		peer = edge ? graph_peer(stuck, edge) : NULL;
		if (!peer || peer->circle != thread->circle)
			break;
		index = thread_index(stuck, peer);
	}
	return r;
}

static bool is_wanted(const struct stuck *stuck, const struct roll *roll, size_t from, size_t to)
{
	if (stuck->watch.target == WATCH_MACHINE || !stuck->is_watched)
		return true;
	for (size_t i = from; i < to; i++) {
		const struct thread_seen *thread = &stuck->threads.items[roll->threads[i]];

		if (thread->is_in_chain || stuck->processes.items[thread->process].is_target)
			return true;
	}
	return false;
}

static int tell_circle(const struct stuck *stuck, const struct roll *roll, size_t from, size_t to,
		       struct stuck_report *report)
{
	struct stuck_deadlock *deadlock;
	int r = 0;

	if (!is_wanted(stuck, roll, from, to))
		return 0;
	if (report->deadlocks.count >= CIRCLES_SHOWN) {
		report->hidden_deadlocks++;
		return 0;
	}
	deadlock = array_push(&report->deadlocks);
	if (!deadlock)
		return -ENOMEM;
	for (size_t i = from; i < to && r == 0; i++)
		r = tell_round(stuck, roll, from, i, deadlock);
	return r;
}

static int tell_circles(const struct stuck *stuck, const struct roll *roll,
			struct stuck_report *report)
{
	const struct thread_seen *threads = stuck->threads.items;
	int r = 0;

	for (size_t from = 0, to; from < roll->count && r == 0; from = to) {
		uint32_t circle = threads[roll->threads[from]].circle;

		for (to = from; to < roll->count && threads[roll->threads[to]].circle == circle;)
			to++;
		r = tell_circle(stuck, roll, from, to, report);
	}
	return r;
}

int circles_tell(struct stuck *stuck, struct stuck_report *report)
{
	owns(own_free) uint32_t *order = calloc(stuck->threads.count + 1, sizeof(*order));
	owns(own_free) bool *told = calloc(stuck->threads.count + 1, sizeof(*told));
	struct roll roll = { .threads = order, .is_told = told };

	if (!order || !told)
		return -ENOMEM;
	for (uint32_t i = 0; i < stuck->threads.count; i++) {
		if (stuck->threads.items[i].circle != NONE)
			order[roll.count++] = i;
	}
	qsort_r(order, roll.count, sizeof(*order), compare_threads, stuck);
	return tell_circles(stuck, &roll, report);
}
