/* Which device is at work, as /sys tells it? */
#include "host/inflight.h"

#include <string.h>

#include "tree.h"

static void add_device(struct tree *tree, const char *name, const char *dev, const char *counts)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	tree_add(tree, path, dev);
	snprintf(path, sizeof(path), "/sys/class/block/%s/inflight", name);
	tree_add(tree, path, counts);
}

static void devices_with_requests_are_listed(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct tree tree;

	tree_make(&tree);
	add_device(&tree, "vda", "254:0\n", "       2        1\n");
	add_device(&tree, "vdb", "254:16\n", "       0        0\n");
	assert_int_equal(inflight_read(tree.root, &inflight), 0);
	assert_int_equal(inflight.devices.count, 1);
	assert_non_null(inflight_find(&inflight, 254 << 20));
	assert_int_equal(inflight_find(&inflight, 254 << 20)->reads, 2);
	assert_int_equal(inflight_find(&inflight, 254 << 20)->writes, 1);
	assert_null(inflight_find(&inflight, 254 << 20 | 16));
	assert_string_equal(inflight_only(&inflight)->name, "vda");
	tree_remove(&tree);
}

static void a_partition_and_its_disk_are_one(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct tree tree;

	tree_make(&tree);
	add_device(&tree, "sda", "8:0\n", "0 1\n");
	add_device(&tree, "sda1", "8:1\n", "0 1\n");
	assert_int_equal(inflight_read(tree.root, &inflight), 0);
	assert_string_equal(inflight_only(&inflight)->name, "sda1");
	tree_remove(&tree);
}

static void of_several_none_is_the_only_one(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct tree tree;

	tree_make(&tree);
	add_device(&tree, "sda", "8:0\n", "0 1\n");
	add_device(&tree, "sdb", "8:16\n", "1 0\n");
	assert_int_equal(inflight_read(tree.root, &inflight), 0);
	assert_null(inflight_only(&inflight));
	tree_remove(&tree);
}

static void a_machine_without_devices_has_none_at_work(void **state)
{
	owns(inflight_free) struct inflight inflight = {};

	assert_int_equal(inflight_read("/nonexistent", &inflight), 0);
	assert_null(inflight_only(&inflight));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_with_requests_are_listed),
		cmocka_unit_test(a_partition_and_its_disk_are_one),
		cmocka_unit_test(of_several_none_is_the_only_one),
		cmocka_unit_test(a_machine_without_devices_has_none_at_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
