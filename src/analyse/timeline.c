/* What did a thread do, and when? A ring that grows and shrinks by doubling. */
#include "analyse/timeline.h"

#include <errno.h>
#include <stdlib.h>

#define RING_SPANS_MIN 8u

/* Events of one moment may come in either order; more than this many back is no longer a matter of
 * order. */
#define REORDER_SPANS_MAX 4u

static int resize_ring(struct history *history, uint32_t capacity)
{
	struct span *ring = calloc(capacity, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	for (uint32_t i = 0; i < history->count; i++)
		ring[i] = *history_at(history, i);
	free(history->ring);
	history->ring = ring;
	history->capacity = capacity;
	history->head = 0;
	return 0;
}

/* Where a span that starts then belongs. */
static size_t find_place(const struct history *history, uint64_t start_ns, uint64_t fixed_seq)
{
	size_t i = history->count;

	while (i > 0 && history->count - i < REORDER_SPANS_MAX &&
	       history->first_seq + i > fixed_seq &&
	       history_at(history, i - 1)->start_ns > start_ns)
		i--;
	return i;
}

static uint64_t scale(uint64_t amount, uint64_t part, uint64_t whole)
{
	return (uint64_t)((unsigned __int128)amount * part / whole);
}

/* What a span says of its whole length must hold for what is left of it. */
static void clip_amounts(struct span *kept, const struct span *whole)
{
	uint64_t whole_ns = whole->end_ns - whole->start_ns, ns = kept->end_ns - kept->start_ns;

	if (ns == whole_ns)
		return;
	if (kept->kind == SPAN_RUN) {
		kept->kernel_ns = scale(whole->kernel_ns, ns, whole_ns);
		kept->irq_ns = scale(whole->irq_ns, ns, whole_ns);
	} else if (kept->kind == SPAN_QUEUE) {
		kept->throttled_ns = scale(whole->throttled_ns, ns, whole_ns);
	}
}

int history_insert(struct history *history, const struct span *span, uint64_t not_before_ns,
		   uint64_t fixed_seq)
{
	size_t place = find_place(history, span->start_ns, fixed_seq);
	struct span kept = *span;

	if (kept.start_ns < not_before_ns)
		kept.start_ns = not_before_ns;
	if (place > 0 && history_at(history, place - 1)->end_ns > kept.start_ns)
		kept.start_ns = history_at(history, place - 1)->end_ns;
	if (place < history->count && history_at(history, place)->start_ns < kept.end_ns)
		kept.end_ns = history_at(history, place)->start_ns;
	if (kept.start_ns >= kept.end_ns)
		return 0;
	clip_amounts(&kept, span);

	if (history->count == history->capacity &&
	    resize_ring(history, history->capacity ? history->capacity * 2 : RING_SPANS_MIN) < 0)
		return -ENOMEM;
	history->count++;
	for (size_t i = history->count - 1; i > place; i--)
		*history_at(history, i) = *history_at(history, i - 1);
	*history_at(history, place) = kept;
	return 1;
}

size_t history_find(const struct history *history, uint64_t time_ns)
{
	size_t low = 0, high = history->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (history_at(history, middle)->end_ns > time_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void history_forget(struct history *history, size_t spans)
{
	uint32_t capacity = history->capacity;

	if (!spans)
		return;
	history->head = (history->head + (uint32_t)spans) & (history->capacity - 1);
	history->count -= (uint32_t)spans;
	history->first_seq += spans;
	while (capacity > RING_SPANS_MIN && history->count < capacity / 4)
		capacity /= 2;
	/* Without memory for a smaller ring the larger one serves as well. */
	if (capacity < history->capacity && resize_ring(history, capacity) < 0)
		return;
}

void history_free(struct history *history)
{
	free(history->ring);
	*history = (struct history){};
}
