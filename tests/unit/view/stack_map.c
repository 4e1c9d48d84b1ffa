/* Is the map of an I/O stack shown layer by layer, whatever its names hold? */
#include "view/stack_map.h"

#include <stdlib.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_disk.h"
#include "unit/view/schema.h"
#include "view/disk_json.h"

static const char HOSTILE[] = "x\033[2J\"];\n";

static struct stack_map *sample(void)
{
	struct stack_map *map = calloc(1, sizeof(*map));
	owns(disk_report_free) struct disk_report *report = sample_disk();

	assert_non_null(map);
	strcpy(map->path, "/home/user");
	assert_int_equal(stack_map_add(map, 0, "file system", HOSTILE, "ext4", 0), 0);
	assert_int_equal(stack_map_add_fact(map, "options", "rw,relatime"), 0);
	assert_int_equal(stack_map_add(map, 1, "device", "vda", "", 254u << 20), 0);
	assert_int_equal(stack_map_add(map, 2, "queue", "vda", "", 0), 0);
	assert_int_equal(stack_map_add_fact(map, "scheduler", "mq-deadline"), 0);
	assert_int_equal(stack_map_add_fact(map, "requests at most", "256"), 0);
	assert_int_equal(stack_map_add(map, 2, "driver", "virtio_blk", "virtio", 0), 0);
	stack_map_measure(map, report);
	return map;
}

static int print(const void *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	stack_map_text(report, &page);
	return 0;
}

static int print_json(const void *map, FILE *out)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

	return map ? view_disk_json(report, map, out) : view_disk_json_schema(out);
}

static void the_map_looks_as_accepted(void **state)
{
	owns(stack_map_free) struct stack_map *map = sample();

	page_looks_as("stack-map-80", print, map, (struct view_style){ .columns = 80 });
	page_fits_every_width(print, map);
}

static void the_object_is_what_the_schema_says(void **state)
{
	owns(stack_map_free) struct stack_map *map = sample();
	owns(json_drop) json_t *schema = json_of(print_json, NULL);
	owns(json_drop) json_t *object = json_of(print_json, map);
	json_t *layers;
	int count;

	schema_check("disk", object, schema);
	assert_int_equal(json_unpack(object, "{s:{s:o}}", "map", "layers", &layers), 0);
	assert_int_equal(json_array_size(layers), 4);
	assert_int_equal(
		json_unpack(json_array_get(layers, 1), "{s:{s:i}}", "measured", "count", &count),
		0);
	assert_int_equal(count, 24000);
	json_is_harmless(print_json, map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map_looks_as_accepted),
		cmocka_unit_test(the_object_is_what_the_schema_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
