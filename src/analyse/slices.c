/* When was the time spent? Sums in at most so many slices, each as wide as it must be. */
#include "analyse/slices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define WIDTH_MIN_NS 10000000u

/* Make the slices twice as wide. */
static void widen(struct slices *slices)
{
	for (size_t i = 0; i < CAUSE_SLICES_MAX; i++) {
		for (size_t cause = 0; cause < CAUSE_COUNT; cause++) {
			uint64_t ns = slices->ns[i][cause];

			slices->ns[i][cause] = 0;
			slices->ns[i / 2][cause] += ns;
		}
	}
	for (size_t row = 0; row < slices->rows.count; row++) {
		uint64_t *ns = slices->rows.items[row].ns;

		for (size_t i = 0; i < CAUSE_SLICES_MAX; i++) {
			uint64_t moved_ns = ns[i];

			ns[i] = 0;
			ns[i / 2] += moved_ns;
		}
	}
	slices->width_ns *= 2;
}

static uint64_t place_of(const struct slices *slices, uint64_t time_ns)
{
	return time_ns > slices->begin_ns ? (time_ns - slices->begin_ns) / slices->width_ns : 0;
}

/* Slices that reach up to this moment. */
static void reach(struct slices *slices, uint64_t from_ns, uint64_t to_ns)
{
	if (!slices->width_ns) {
		slices->width_ns = WIDTH_MIN_NS;
		slices->begin_ns = slices->begin_ns ?: from_ns;
	}
	while (place_of(slices, to_ns - 1) >= CAUSE_SLICES_MAX)
		widen(slices);
}

/* Into sums that lie so far apart, one for each slice. */
static void spread(const struct slices *slices, uint64_t *sums, size_t apart, uint64_t from_ns,
		   uint64_t to_ns, uint64_t ns)
{
	uint64_t length_ns = to_ns - from_ns, left_ns = ns;
	uint64_t first = place_of(slices, from_ns), last = place_of(slices, to_ns - 1);

	for (uint64_t i = first; i < last; i++) {
		uint64_t since_ns = MAX(from_ns, slices->begin_ns + i * slices->width_ns);
		uint64_t until_ns = slices->begin_ns + (i + 1) * slices->width_ns;
		uint64_t part_ns =
			(uint64_t)((unsigned __int128)ns * (until_ns - since_ns) / length_ns);

		sums[i * apart] += part_ns;
		left_ns -= part_ns;
	}
	sums[last * apart] += left_ns;
}

void slices_add(struct slices *slices, enum cause cause, uint64_t from_ns, uint64_t to_ns,
		uint64_t ns)
{
	if (!ns || to_ns <= from_ns || cause >= CAUSE_COUNT)
		return;
	reach(slices, from_ns, to_ns);
	spread(slices, &slices->ns[0][cause], CAUSE_COUNT, from_ns, to_ns, ns);
}

/* Place + 1 of an empty row; 0: there is none. */
static uint32_t take_row(struct slices *slices)
{
	uint32_t taken = slices->unused;

	if (taken) {
		slices->unused = slices->rows.items[taken - 1].next;
		slices->rows.items[taken - 1] = (struct slice_row){};
		return taken;
	}
	if (slices->rows.count == SLICE_ROWS_MAX || !array_push(&slices->rows))
		return 0;
	return (uint32_t)slices->rows.count;
}

/* The row of a state, in a list that begins at *first; NULL: there is no room for one. */
static struct slice_row *get_row(struct slices *slices, uint32_t *first, unsigned int state)
{
	uint32_t place;

	for (place = *first; place; place = slices->rows.items[place - 1].next) {
		if (slices->rows.items[place - 1].state == state)
			return &slices->rows.items[place - 1];
	}
	place = take_row(slices);
	if (!place)
		return NULL;
	slices->rows.items[place - 1].state = (uint16_t)state;
	slices->rows.items[place - 1].next = *first;
	*first = place;
	return &slices->rows.items[place - 1];
}

void slices_add_state(struct slices *slices, uint32_t *first, unsigned int state, uint64_t from_ns,
		      uint64_t to_ns, uint64_t ns)
{
	struct slice_row *row;

	if (!ns || to_ns <= from_ns || state >= THREAD_STATE_COUNT)
		return;
	reach(slices, from_ns, to_ns);
	row = get_row(slices, first, state);
	if (row)
		spread(slices, row->ns, 1, from_ns, to_ns, ns);
	else
		slices->left_out_ns += ns;
}

static uint64_t sum_of(const uint64_t *ns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < CAUSE_SLICES_MAX; i++)
		sum += ns[i];
	return sum;
}

void slices_merge(struct slices *slices, uint32_t *first, uint32_t *into)
{
	while (*first) {
		uint32_t place = *first;
		struct slice_row row = slices->rows.items[place - 1], *sum;

		*first = row.next;
		slices->rows.items[place - 1].next = slices->unused;
		slices->unused = place;
		sum = get_row(slices, into, row.state);
		for (size_t i = 0; sum && i < CAUSE_SLICES_MAX; i++)
			sum->ns[i] += row.ns[i];
		if (!sum)
			slices->left_out_ns += sum_of(row.ns);
	}
}

void slices_tell(const struct slices *slices, uint64_t end_ns, struct cause_slices *ret)
{
	*ret = (struct cause_slices){ .slice_ns = slices->width_ns };
	if (!slices->width_ns || end_ns <= slices->begin_ns)
		return;
	ret->count = (uint32_t)MIN(place_of(slices, end_ns), CAUSE_SLICES_MAX);
	memcpy(ret->ns, slices->ns, sizeof(ret->ns));
}

static int compare_states(const void *left, const void *right)
{
	const struct state_slices *a = left, *b = right;

	return (a->state > b->state) - (a->state < b->state);
}

int slices_tell_states(const struct slices *slices, uint32_t first, struct thread_account *ret)
{
	for (uint32_t place = first; place; place = slices->rows.items[place - 1].next) {
		const struct slice_row *row = &slices->rows.items[place - 1];
		struct state_slices *told = array_push(&ret->over_time);

		if (!told)
			return -ENOMEM;
		told->state = row->state;
		memcpy(told->ns, row->ns, sizeof(told->ns));
	}
	if (ret->over_time.count)
		qsort(ret->over_time.items, ret->over_time.count, sizeof(*ret->over_time.items),
		      compare_states);
	return 0;
}

void slices_free(struct slices *slices)
{
	array_free(&slices->rows);
}
