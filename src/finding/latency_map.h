/* How many took how long, and when? What is drawn as a heat map. */
#ifndef FINDING_LATENCY_MAP_H
#define FINDING_LATENCY_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"

/* cells[column * rows + row]; a column is a slice of time since the watch began, row 0 has those of
 * 2^first_doubling ns and more, the next those of twice as long. */
struct latency_map {
	char name[64];
	uint64_t count; /* in all cells */
	uint64_t column_ns;
	uint32_t first_doubling;
	uint32_t rows;
	uint32_t columns;
	ARRAY(uint64_t) cells;
};

/* A list of them, those with most time first. */
struct latency_map_list {
	ARRAY(struct latency_map) items;
	uint64_t left_out; /* operations that are in none */
};

static inline void latency_map_list_free(struct latency_map_list *list)
{
	for (size_t i = 0; i < list->items.count; i++)
		array_free(&list->items.items[i].cells);
	array_free(&list->items);
}

#endif
