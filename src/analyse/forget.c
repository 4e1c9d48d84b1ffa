/* What need no longer be remembered? Spans leave in order of time, and leave their sums behind. */
#include "analyse/forget.h"

#include <errno.h>

#include "analyse/account.h"
#include "analyse/charge.h"

/* From a request's completion to the end of the wait for it, at most, as far as is provided for. */
#define WAKE_SLACK_NS 1000000u

/* What is kept of all threads together: 12 MiB, and as much again for rings that are half full. */
#define SPANS_MAX ((size_t)1 << 18)
#define SPANS_LOW (SPANS_MAX / 4 * 3)

/* Sum the spans that end by then into the thread's digest. */
static void digest_thread(struct analysis *analysis, struct thread *thread, uint64_t until_ns)
{
	const struct history *history = &thread->history;
	size_t count = history_find(history, until_ns);
	uint64_t pos_ns;
	int r;

	while (thread->is_target && thread->settled_seq < history->first_seq + count) {
		if (!account_settle_next(analysis, thread))
			break;
	}
	if (!count)
		return;
	pos_ns = thread->forgotten_ns ? thread->forgotten_ns : history_at(history, 0)->start_ns;
	r = digest_begin(&thread->digest, &analysis->digests, pos_ns);
	for (size_t i = 0; i < count && r == 0; i++) {
		const struct span *span = history_at(history, i);
		struct digest *digest = thread->digest;

		digest->blocks.items[digest->blocks.count - 1].unknown_ns +=
			span->start_ns - pos_ns;
		pos_ns = span->end_ns;
		charge_digest(analysis, thread, span);
	}
	if (r < 0)
		analysis->error = r;
	else
		digest_end(thread->digest, pos_ns);
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

	for (size_t i = 0; i < tasks->threads.count; i++) {
		if (tasks->threads.items[i].thread)
			digest_thread(analysis, tasks->threads.items[i].thread, until_ns);
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
