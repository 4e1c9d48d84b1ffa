/* Does a map of an I/O stack keep what it is told, and what was measured? */
#include "finding/stack_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static struct stack_map *make(void)
{
	struct stack_map *map = calloc(1, sizeof(*map));

	assert_non_null(map);
	assert_int_equal(stack_map_add(map, 0, "file system", "/", "ext4", 0), 0);
	assert_int_equal(stack_map_add(map, 1, "device", "loop0", "loop", 7u << 20), 0);
	assert_int_equal(stack_map_add(map, 2, "device", "vda", "", 254u << 20), 0);
	return map;
}

static void add_device(struct disk_report *report, uint32_t dev, uint64_t ns)
{
	struct disk_device *device = array_push(&report->devices);

	assert_non_null(device);
	device->dev = dev;
	device->all.total.count = 10;
	device->all.total.total_ns = ns;
}

static void facts_belong_to_the_last_layer(void **state)
{
	owns(stack_map_free) struct stack_map *map = make();

	assert_int_equal(stack_map_add_fact(map, "scheduler", "none"), 0);
	assert_int_equal(map->layers.items[2].facts.count, 1);
	assert_string_equal(map->layers.items[2].facts.items[0].value, "none");
	assert_int_equal(map->layers.items[0].facts.count, 0);
}

static void a_fact_of_nothing_is_refused(void **state)
{
	owns(stack_map_free) struct stack_map *map = calloc(1, sizeof(*map));

	assert_non_null(map);
	assert_int_equal(stack_map_add_fact(map, "a", "b"), -ENOMEM);
}

static void long_texts_are_cut(void **state)
{
	owns(stack_map_free) struct stack_map *map = make();
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(stack_map_add(map, 3, text, text, text, 0), 0);
	assert_int_equal(stack_map_add_fact(map, text, text), 0);
	assert_int_equal(strlen(map->layers.items[3].name), 255);
	assert_int_equal(strlen(map->layers.items[3].facts.items[0].value), 255);
}

static void what_was_measured_stands_beside_its_device(void **state)
{
	owns(stack_map_free) struct stack_map *map = make();
	owns(disk_report_free) struct disk_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	add_device(report, 254u << 20, 250);
	add_device(report, 7u << 20, 1000);
	stack_map_measure(map, report);
	assert_false(map->layers.items[0].is_measured);
	assert_true(map->layers.items[1].is_measured);
	assert_true(map->layers.items[1].share > 0.99);
	assert_int_equal(map->layers.items[2].times.total.total_ns, 250);
	assert_true(map->layers.items[2].share > 0.24 && map->layers.items[2].share < 0.26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_belong_to_the_last_layer),
		cmocka_unit_test(a_fact_of_nothing_is_refused),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(what_was_measured_stands_beside_its_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
