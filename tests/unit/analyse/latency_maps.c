/* Does each operation lie in the slice in which it ended, among those that took as long? */
#include "analyse/latency_maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static const char *name(void *self, uint64_t key)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "%s%llu", (const char *)self, (unsigned long long)key);
	return text;
}

static void tell(const struct latency_maps *maps, uint64_t end_ns, struct latency_map_list *ret)
{
	static char prefix[] = "kind";
	const struct latency_namer namer = { name, prefix };

	assert_int_equal(latency_maps_tell(maps, end_ns, &namer, ret), 0);
}

static uint64_t cell(const struct latency_map *map, uint32_t column, uint32_t doubling)
{
	assert_in_range(doubling, map->first_doubling, map->first_doubling + map->rows - 1);
	assert_true(column < map->columns);
	return map->cells.items[column * map->rows + doubling - map->first_doubling];
}

static uint64_t sum_of(const struct latency_map *map)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < map->cells.count; i++)
		sum += map->cells.items[i];
	return sum;
}

static void each_kind_has_a_map_those_with_most_time_first(void **state)
{
	struct latency_maps maps = { .begin_ns = MS(100) };
	struct latency_map_list told;

	assert_int_equal(latency_maps_add(&maps, 3, MS(105), 1000), 0);
	assert_int_equal(latency_maps_add(&maps, 3, MS(106), 1023), 0);
	assert_int_equal(latency_maps_add(&maps, 3, MS(115), 1024), 0);
	assert_int_equal(latency_maps_add(&maps, 8, MS(125), MS(1)), 0);
	tell(&maps, MS(130), &told);
	assert_int_equal(told.items.count, 2);
	assert_int_equal(told.left_out, 0);
	assert_string_equal(told.items.items[0].name, "kind8");
	assert_string_equal(told.items.items[1].name, "kind3");
	assert_int_equal(told.items.items[1].column_ns, MS(10));
	assert_int_equal(told.items.items[1].columns, 4);
	assert_int_equal(told.items.items[1].count, 3);
	assert_int_equal(cell(&told.items.items[1], 0, 9), 2);
	assert_int_equal(cell(&told.items.items[1], 1, 10), 1);
	assert_int_equal(cell(&told.items.items[0], 2, 19), 1);
	latency_map_list_free(&told);
	/* Of a watch whose end is not known nothing is left out. */
	tell(&maps, 0, &told);
	assert_int_equal(told.items.items[1].columns, 2);
	assert_int_equal(told.items.items[1].count, 3);
	assert_int_equal(told.items.items[0].count, 1);
	latency_map_list_free(&told);
	latency_maps_free(&maps);
}

static void columns_grow_and_nothing_is_lost(void **state)
{
	struct latency_maps maps = { .begin_ns = 1 };
	struct latency_map_list told;
	uint64_t count = 0;

	for (uint64_t at_ns = MS(1); at_ns < MS(30000); at_ns += MS(7), count++)
		assert_int_equal(latency_maps_add(&maps, count % 2, at_ns, at_ns % 4096), 0);
	tell(&maps, MS(30000), &told);
	assert_int_equal(told.items.count, 2);
	assert_in_range(told.items.items[0].columns, LATENCY_MAP_COLUMNS / 2, LATENCY_MAP_COLUMNS);
	assert_int_equal(sum_of(&told.items.items[0]) + sum_of(&told.items.items[1]), count);
	assert_int_equal(told.items.items[0].count + told.items.items[1].count, count);
	latency_map_list_free(&told);
	latency_maps_free(&maps);
}

static struct event_tally *tally_of(uint64_t since_ns, uint64_t time_ns, uint32_t buckets)
{
	struct event_tally *tally = calloc(1, sizeof(*tally) + buckets * sizeof(uint64_t));

	assert_non_null(tally);
	tally->since_ns = since_ns;
	tally->head.time_ns = time_ns;
	tally->buckets = buckets;
	return tally;
}

static void what_was_counted_lies_in_the_middle_of_its_time(void **state)
{
	struct latency_maps maps = { .begin_ns = MS(1000) };
	owns(own_free) struct event_tally *tally = tally_of(MS(2000), MS(3001), 2);
	struct latency_map_list told;

	tally->first =
		tally_bucket(1 << 20) - 1; /* the last of one doubling, the first of the next */
	tally->bucket[0] = 5;
	tally->bucket[1] = 7;
	tally->count = 12;
	tally->total_ns = 12 << 20;
	assert_int_equal(latency_maps_add_tally(&maps, 1, tally), 0);
	tally->since_ns = MS(3001);
	tally->head.time_ns = MS(4005); /* a little longer: no reason for columns twice as wide */
	assert_int_equal(latency_maps_add_tally(&maps, 1, tally), 0);
	tell(&maps, MS(4005), &told);
	assert_int_equal(told.items.count, 1);
	assert_int_equal(told.items.items[0].column_ns, MS(1001));
	assert_int_equal(cell(&told.items.items[0], 1, 19), 5);
	assert_int_equal(cell(&told.items.items[0], 1, 20), 7);
	assert_int_equal(cell(&told.items.items[0], 2, 20), 7);
	assert_int_equal(told.items.items[0].count, 24);
	latency_map_list_free(&told);
	latency_maps_free(&maps);
}

static void what_has_no_place_is_counted(void **state)
{
	struct latency_maps maps = { .begin_ns = 1 };
	owns(own_free) struct event_tally *tally = tally_of(1, MS(1), 0);
	struct latency_map_list told;

	for (uint64_t key = 0; key < LATENCY_MAPS_MAX + 3; key++)
		assert_int_equal(latency_maps_add(&maps, key, MS(1), 1000 - key), 0);
	tally->count = 9; /* without buckets */
	assert_int_equal(latency_maps_add_tally(&maps, 0, tally), 0);
	tell(&maps, MS(2), &told);
	assert_int_equal(told.items.count, LATENCY_MAPS_TOLD);
	assert_string_equal(told.items.items[0].name, "kind0");
	assert_int_equal(told.left_out, LATENCY_MAPS_MAX - LATENCY_MAPS_TOLD + 3 + 9);
	latency_map_list_free(&told);
	latency_maps_forget(&maps);
	tell(&maps, MS(2), &told);
	assert_int_equal(told.items.count, 0);
	assert_int_equal(told.left_out, 0);
	assert_int_equal(maps.begin_ns, 1);
}

static void an_extreme_value_stays_inside(void **state)
{
	struct latency_maps maps = { .begin_ns = 1 };
	struct latency_map_list told;

	assert_int_equal(latency_maps_add(&maps, 0, UINT64_MAX / 2, UINT64_MAX), 0);
	assert_int_equal(latency_maps_add(&maps, 0, 0, 0), 0);
	tell(&maps, UINT64_MAX / 2, &told);
	assert_int_equal(sum_of(&told.items.items[0]), 2);
	latency_map_list_free(&told);
	latency_maps_free(&maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_a_map_those_with_most_time_first),
		cmocka_unit_test(columns_grow_and_nothing_is_lost),
		cmocka_unit_test(what_was_counted_lies_in_the_middle_of_its_time),
		cmocka_unit_test(what_has_no_place_is_counted),
		cmocka_unit_test(an_extreme_value_stays_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
