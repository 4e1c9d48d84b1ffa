/* What need no longer be remembered? Spans leave in order of time, and leave their sums behind. */
#include "analyse/forget.h"

#include <errno.h>
#include <stdlib.h>

#include "analyse/account.h"
#include "analyse/charge.h"

/* From a request's completion to the end of the wait for it, at most, as far as is provided for. */
#define WAKE_SLACK_NS 1000000u

/* What is kept of all threads together: 6 MiB, and as much again for rings that are half full. */
#define SPANS_MAX ((size_t)1 << 17)
#define SPANS_LOW (SPANS_MAX / 4 * 3)

/* More waits than this begin in one stretch of time only when little hangs on each. */
#define BORDERS_MAX 64u

/*
 * Times at which waits began that are not settled yet: what is forgotten will be asked for from
 * there on, so no block of a digest may reach across them.
 */
struct borders {
	uint64_t times_ns[BORDERS_MAX];
	size_t count;
};

/* When the first thing began that this thread has yet to settle; 0: it is not a target. */
static uint64_t border_of(const struct thread *thread, uint64_t until_ns)
{
	const struct history *history = &thread->history;
	size_t next = history_find(history, until_ns);

	if (!thread->is_root || !history->count)
		return 0;
	if (next < history->count)
		return history_at(history, next)->start_ns;
	return history_at(history, history->count - 1)->end_ns;
}

static int compare_times(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void find_borders(const struct tasks *tasks, uint64_t until_ns, struct borders *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < tasks->threads.count && ret->count < BORDERS_MAX; i++) {
		const struct thread *thread = tasks->threads.items[i].thread;
		uint64_t border_ns = thread ? border_of(thread, until_ns) : 0;

		if (border_ns && border_ns < until_ns)
			ret->times_ns[ret->count++] = border_ns;
	}
	qsort(ret->times_ns, ret->count, sizeof(ret->times_ns[0]), compare_times);
}

/* A thread's spans on their way into its digest. */
struct digesting {
	struct analysis *analysis;
	struct thread *thread;
	const struct borders *borders;
	size_t border; /* the next one */
	uint64_t pos_ns;
};

static int begin_block(const struct digesting *at)
{
	return digest_begin(&at->thread->digest, &at->analysis->digests, at->pos_ns);
}

/* Go on to that time, with nothing known (span NULL) or with that span; a border on the way begins
 * a new block. */
static int digest_until(struct digesting *at, const struct span *span, uint64_t end_ns)
{
	const struct borders *borders = at->borders;
	uint64_t stop_ns;
	int r = 0;

	while (at->border < borders->count && borders->times_ns[at->border] <= at->pos_ns)
		at->border++;
	while (at->pos_ns < end_ns && r == 0) {
		/* Also at its very end: who begins to wait hands the CPU to somebody then. */
		bool is_border =
			at->border < borders->count && borders->times_ns[at->border] <= end_ns;

		stop_ns = is_border ? borders->times_ns[at->border] : end_ns;
		if (span)
			charge_digest(at->analysis, at->thread, span, at->pos_ns, stop_ns);
		else
			digest_unknown(at->thread->digest, stop_ns - at->pos_ns);
		at->pos_ns = stop_ns;
		digest_end(at->thread->digest, stop_ns);
		while (at->border < borders->count && borders->times_ns[at->border] <= stop_ns)
			at->border++;
		if (is_border)
			r = begin_block(at);
	}
	return r;
}

/* Sum the spans that end by then into the thread's digest. */
static void digest_thread(struct analysis *analysis, struct thread *thread,
			  const struct borders *borders, uint64_t until_ns)
{
	const struct history *history = &thread->history;
	size_t count = history_find(history, until_ns);
	struct digesting at = { .analysis = analysis, .thread = thread, .borders = borders };
	int r;

	while (thread->is_target && thread->settled_seq < history->first_seq + count) {
		if (!account_settle_next(analysis, thread))
			break;
	}
	if (!count)
		return;
	at.pos_ns = thread->forgotten_ns ? thread->forgotten_ns : history_at(history, 0)->start_ns;
	r = begin_block(&at);
	for (size_t i = 0; i < count && r == 0; i++) {
		const struct span *span = history_at(history, i);

		r = digest_until(&at, NULL, span->start_ns);
		if (r == 0)
			r = digest_until(&at, span, span->end_ns);
	}
	if (r < 0)
		analysis->error = r;
}

/* Let go of the spans that the digest now tells of. */
static void drop_spans(struct analysis *analysis, struct thread *thread, uint64_t until_ns)
{
	size_t count = history_find(&thread->history, until_ns);

	if (!count)
		return;
	thread->forgotten_ns = history_at(&thread->history, count - 1)->end_ns;
	history_forget(&thread->history, count);
	analysis->tasks.span_count -= count;
	if (thread->digest && digest_trim(thread->digest, &analysis->digests) < 0)
		analysis->error = -ENOMEM;
}

/* All digests are made before the first span goes: chains of one thread lead through others' spans.
 */
static void forget_until(struct analysis *analysis, uint64_t until_ns)
{
	const struct tasks *tasks = &analysis->tasks;
	struct borders borders;

	find_borders(tasks, until_ns, &borders);
	for (size_t i = 0; i < tasks->threads.count; i++) {
		if (tasks->threads.items[i].thread)
			digest_thread(analysis, tasks->threads.items[i].thread, &borders, until_ns);
	}
	for (size_t i = 0; i < tasks->threads.count; i++) {
		if (tasks->threads.items[i].thread)
			drop_spans(analysis, tasks->threads.items[i].thread, until_ns);
	}
}

/* Forget the oldest quarter of the time remembered, until a quarter of the room is free. */
void forget_oldest(struct analysis *analysis)
{
	struct tasks *tasks = &analysis->tasks;
	uint64_t oldest_ns, until_ns = 0;

	if (tasks->span_count <= SPANS_MAX)
		return;
	while (tasks->span_count > SPANS_LOW) {
		oldest_ns = analysis->now_ns;
		for (size_t i = 0; i < tasks->threads.count; i++) {
			const struct thread *thread = tasks->threads.items[i].thread;

			if (thread && thread->history.count &&
			    history_at(&thread->history, 0)->end_ns < oldest_ns)
				oldest_ns = history_at(&thread->history, 0)->end_ns;
		}
		until_ns = oldest_ns + (analysis->now_ns - oldest_ns) / 4;
		forget_until(analysis, until_ns);
	}
}

void forget_for_requests(struct analysis *analysis)
{
	uint64_t until_ns;

	/* A wait is told a moment after the request that ended it. */
	if (requests_are_due(&analysis->requests, &until_ns))
		forget_until(analysis, until_ns + WAKE_SLACK_NS);
}
