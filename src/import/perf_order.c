/* In which order did it happen? Sorted by merging the runs that are in order already: few CPUs make
 * few runs. */
#include "import/perf_order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_AHEAD 3
#define AHEAD_BYTES   384u
#define LINE_BYTES    64u

int perf_order_put(struct perf_order *order, uint64_t time_ns, const unsigned char *record)
{
	struct perf_entry *entry = array_push(&order->entries);

	if (!entry)
		return -ENOMEM;
	*entry = (struct perf_entry){ .time_ns = time_ns, .record = record };
	if (time_ns > order->newest_ns)
		order->newest_ns = time_ns;
	return 0;
}

/* Where the run that begins at `from` ends. */
static size_t run_end(const struct perf_entry *entries, size_t from, size_t count)
{
	size_t i = from + 1;

	while (i < count && entries[i - 1].time_ns <= entries[i].time_ns)
		i++;
	return i < count ? i : count;
}

static void merge(const struct perf_entry *from, size_t middle, size_t end, struct perf_entry *to)
{
	size_t a = 0, b = middle;

	for (size_t i = 0; i < end; i++) {
		bool is_first = a < middle && (b == end || from[a].time_ns <= from[b].time_ns);

		to[i] = is_first ? from[a++] : from[b++];
	}
}

/* One pass: each two neighbouring runs become one. Returns how many there are then. */
static size_t merge_pass(const struct perf_entry *from, size_t count, struct perf_entry *to)
{
	size_t runs = 0, start = 0;

	while (start < count) {
		size_t middle = run_end(from, start, count);
		size_t end = middle < count ? run_end(from, middle, count) : count;

		merge(from + start, middle - start, end - start, to + start);
		start = end;
		runs++;
	}
	return runs;
}

static int sort(struct perf_order *order)
{
	size_t count = order->entries.count;

	if (run_end(order->entries.items, 0, count) == count)
		return 0;
	if (order->scratch_count < order->entries.capacity) {
		/* Both must hold the same: they change places. */
		free(order->scratch);
		order->scratch = calloc(order->entries.capacity, sizeof(*order->scratch));
		order->scratch_count = order->scratch ? order->entries.capacity : 0;
		if (!order->scratch)
			return -ENOMEM;
	}
	for (size_t runs = 2; runs > 1;) {
		struct perf_entry *sorted = order->scratch;
		size_t capacity = order->scratch_count;

		runs = merge_pass(order->entries.items, count, sorted);
		order->scratch = order->entries.items;
		order->scratch_count = order->entries.capacity;
		order->entries.items = sorted;
		order->entries.capacity = capacity;
	}
	return 0;
}

/* Records lie where their CPUs' rounds were, far from the caches: those that come soon are asked
 * for, as far as most of them go. */
static inline void look_ahead(const struct perf_order *order, size_t next, size_t count)
{
	const unsigned char *record;

	if (next + RECORDS_AHEAD >= count)
		return;
	record = order->entries.items[next + RECORDS_AHEAD].record;
	for (size_t at = 0; at < AHEAD_BYTES; at += LINE_BYTES)
		__builtin_prefetch(record + at);
}

/* The first count entries are complete. */
static int deliver(struct perf_order *order, size_t count, struct diag *why)
{
	size_t done = 0;
	int r = 0;

	if (!count)
		return 0;
	while (done < count && r == 0) {
		look_ahead(order, done, count);
		r = order->deliver(order->self, &order->entries.items[done++], why);
	}
	order->entries.count -= done;
	memmove(order->entries.items, order->entries.items + done,
		order->entries.count * sizeof(*order->entries.items));
	return r;
}

static int sort_or_say(struct perf_order *order, struct diag *why)
{
	return sort(order) < 0 ? diag_set(why, -ENOMEM, "no memory to put the records in order")
			       : 0;
}

int perf_order_round(struct perf_order *order, struct diag *why)
{
	size_t count = 0;
	int r;

	if (!order->entries.count)
		return 0;
	r = sort_or_say(order, why);
	if (r < 0)
		return r;
	while (count < order->entries.count &&
	       order->entries.items[count].time_ns <= order->round_ns)
		count++;
	order->round_ns = order->newest_ns;
	return deliver(order, count, why);
}

int perf_order_relieve(struct perf_order *order, struct diag *why)
{
	size_t count = order->entries.count;
	int r;

	if (!count)
		return 0;
	r = sort_or_say(order, why);
	return r < 0 ? r : deliver(order, count > 16 ? count / 2 : count, why);
}

int perf_order_finish(struct perf_order *order, struct diag *why)
{
	int r = 0;

	if (order->entries.count)
		r = sort_or_say(order, why);
	return r < 0 ? r : deliver(order, order->entries.count, why);
}

void perf_order_free(struct perf_order *order)
{
	array_free(&order->entries);
	free(order->scratch);
	order->scratch = NULL;
	order->scratch_count = 0;
}
