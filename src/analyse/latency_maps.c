/* How many took how long, and when? */
#include "analyse/latency_maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define COLUMN_MIN_NS 10000000u

static uint32_t doubling_of(uint64_t ns)
{
	uint32_t doubling = ns ? 63U - (uint32_t)__builtin_clzll(ns) : 0;

	return MIN(doubling, (uint32_t)LATENCY_MAP_DOUBLINGS - 1);
}

/* --- columns --- */

static void fold(struct latency_cells *cells)
{
	for (size_t i = 0; i < LATENCY_MAP_COLUMNS; i++) {
		for (size_t k = 0; k < LATENCY_MAP_DOUBLINGS; k++) {
			uint64_t count = cells->counts[i][k];

			cells->counts[i][k] = 0;
			cells->counts[i / 2][k] += count;
		}
	}
}

static void widen(struct latency_maps *maps)
{
	for (size_t i = 0; i < maps->maps.count; i++)
		fold(&maps->maps.items[i]);
	maps->column_ns *= 2;
}

static uint64_t place_of(const struct latency_maps *maps, uint64_t time_ns)
{
	return time_ns > maps->begin_ns ? (time_ns - maps->begin_ns) / maps->column_ns : 0;
}

/* Columns of at least this length, that reach up to this moment; the column of it. */
static size_t reach(struct latency_maps *maps, uint64_t time_ns, uint64_t length_ns)
{
	if (!maps->column_ns) {
		maps->begin_ns = maps->begin_ns ?: time_ns;
		maps->column_ns = MAX(COLUMN_MIN_NS, length_ns);
	}
	/* That an interval is a little longer than the one before is no reason. */
	while (maps->column_ns < length_ns - length_ns / 4 ||
	       place_of(maps, time_ns) >= LATENCY_MAP_COLUMNS)
		widen(maps);
	return place_of(maps, time_ns);
}

/* --- kinds --- */

/* 1 and *ret; 0: there is no room for it; -ENOMEM. */
static int get_cells(struct latency_maps *maps, uint64_t key, struct latency_cells **ret)
{
	for (size_t i = 0; i < maps->maps.count; i++) {
		*ret = &maps->maps.items[i];
		if ((*ret)->key == key)
			return 1;
	}
	if (maps->maps.count == LATENCY_MAPS_MAX)
		return 0;
	*ret = array_push(&maps->maps);
	if (!*ret)
		return -ENOMEM;
	(*ret)->key = key;
	return 1;
}

int latency_maps_add(struct latency_maps *maps, uint64_t key, uint64_t time_ns, uint64_t took_ns)
{
	struct latency_cells *cells;
	int r = get_cells(maps, key, &cells);

	if (r <= 0) {
		maps->left_out++;
		return r;
	}
	cells->counts[reach(maps, time_ns, 0)][doubling_of(took_ns)]++;
	cells->count++;
	cells->total_ns += took_ns;
	return 0;
}

int latency_maps_add_tally(struct latency_maps *maps, uint64_t key, const struct event_tally *tally)
{
	uint64_t length_ns =
		tally->head.time_ns > tally->since_ns ? tally->head.time_ns - tally->since_ns : 0;
	struct latency_cells *cells;
	size_t column;
	int r;

	if (!tally->count)
		return 0;
	r = tally->buckets ? get_cells(maps, key, &cells) : 0;
	if (r <= 0) {
		maps->left_out += tally->count;
		return r;
	}
	column = reach(maps, tally->head.time_ns - length_ns / 2, length_ns);
	for (uint32_t i = 0; i < tally->buckets && i + (uint64_t)tally->first < TALLY_BUCKETS;
	     i++) {
		uint64_t width, start = tally_bucket_start(tally->first + i, &width);

		cells->counts[column][doubling_of(start)] += tally->bucket[i];
	}
	cells->count += tally->count;
	cells->total_ns += tally->total_ns;
	return 0;
}

void latency_maps_forget(struct latency_maps *maps)
{
	latency_maps_free(maps);
	maps->column_ns = maps->left_out = 0;
}

/* --- at the end --- */

static int compare_cells(const void *left, const void *right)
{
	const struct latency_cells *const *a = left, *const *b = right;

	if ((*a)->total_ns != (*b)->total_ns)
		return (*a)->total_ns > (*b)->total_ns ? -1 : 1;
	return ((*a)->key > (*b)->key) - ((*a)->key < (*b)->key);
}

/* The rows that have something, and all columns that do: what ended after the watch counts, too. */
static void find_rows(const struct latency_cells *cells, struct latency_map *map)
{
	uint32_t first = LATENCY_MAP_DOUBLINGS, end = 0;

	for (uint32_t i = 0; i < LATENCY_MAP_COLUMNS; i++) {
		for (uint32_t k = 0; k < LATENCY_MAP_DOUBLINGS; k++) {
			if (!cells->counts[i][k])
				continue;
			first = MIN(first, k);
			end = MAX(end, k + 1);
			map->columns = MAX(map->columns, i + 1);
		}
	}
	map->first_doubling = end ? first : 0;
	map->rows = end ? end - first : 0;
}

static int tell_cells(const struct latency_cells *cells, struct latency_map *map)
{
	find_rows(cells, map);
	for (uint32_t i = 0; i < map->columns; i++) {
		for (uint32_t k = 0; k < map->rows; k++) {
			uint64_t *cell = array_push(&map->cells);

			if (!cell)
				return -ENOMEM;
			*cell = cells->counts[i][map->first_doubling + k];
			map->count += *cell;
		}
	}
	return 0;
}

static int tell_map(const struct latency_maps *maps, const struct latency_cells *cells,
		    uint64_t end_ns, const struct latency_namer *namer,
		    struct latency_map_list *ret)
{
	struct latency_map *map = array_push(&ret->items);
	uint64_t columns = place_of(maps, end_ns) + 1;

	if (!map)
		return -ENOMEM;
	(void)snprintf(map->name, sizeof(map->name), "%s", namer->name(namer->self, cells->key));
	map->column_ns = maps->column_ns;
	map->columns = (uint32_t)MIN(columns, (uint64_t)LATENCY_MAP_COLUMNS);
	return tell_cells(cells, map);
}

int latency_maps_tell(const struct latency_maps *maps, uint64_t end_ns,
		      const struct latency_namer *namer, struct latency_map_list *ret)
{
	const struct latency_cells *order[LATENCY_MAPS_MAX];
	size_t count = maps->maps.count;
	int r = 0;

	*ret = (struct latency_map_list){ .left_out = maps->left_out };
	for (size_t i = 0; i < count; i++)
		order[i] = &maps->maps.items[i];
	/* A list of pointers: that is what is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	qsort(order, count, sizeof(order[0]), compare_cells);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (i < LATENCY_MAPS_TOLD)
			r = tell_map(maps, order[i], end_ns, namer, ret);
		else
			ret->left_out += order[i]->count;
	}
	if (r < 0)
		latency_map_list_free(ret);
	return r;
}

void latency_maps_free(struct latency_maps *maps)
{
	array_free(&maps->maps);
}
