/* How large are the operations? So many sizes are told apart; others count as the nearest. */
#include "analyse/workload_state.h"

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

void sizes_add(struct sizes *sizes, uint64_t bytes, uint64_t count)
{
	uint32_t nearest = 0;

	for (uint32_t i = 0; i < sizes->used; i++) {
		if (distance(sizes->items[i].bytes, bytes) <
		    distance(sizes->items[nearest].bytes, bytes))
			nearest = i;
		if (sizes->items[i].bytes == bytes) {
			sizes->items[i].count += count;
			return;
		}
	}
	if (sizes->used < WORKLOAD_SIZES) {
		nearest = sizes->used++;
		sizes->items[nearest].bytes = bytes;
	} else {
		sizes->rounded += count;
	}
	sizes->items[nearest].count += count;
}

void sizes_merge(struct sizes *into, const struct sizes *from)
{
	for (uint32_t i = 0; i < from->used; i++)
		sizes_add(into, from->items[i].bytes, from->items[i].count);
	into->rounded += from->rounded;
}
