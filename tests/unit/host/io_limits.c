/* Is the limit found that holds a process's I/O? */
#include "host/io_limits.h"

#include <string.h>

#include "tree.h"

#define SDA (8U << 20)

static void add_mounts(struct tree *tree, const char *text, struct mounts *ret)
{
	char path[128];

	tree_make(tree);
	tree_add(tree, "/proc/self/mountinfo", text);
	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", tree->root);
	assert_int_equal(mounts_read(path, ret, NULL), 0);
}

static void the_limit_is_that_of_the_group_or_of_one_above(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct io_limit limit;
	struct tree tree;

	add_mounts(&tree, "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n", &mounts);
	tree_add(&tree, "/proc/7/cgroup", "0::/a/b\n");
	tree_add(&tree, "/cg/a/b/io.max", "8:16 rbps=5 wbps=max riops=max wiops=max\n");
	tree_add(&tree, "/cg/a/io.max",
		 "8:16 rbps=max wbps=max riops=max wiops=max\n"
		 "8:0 rbps=1 wbps=max riops=max wiops=20\n");
	assert_true(io_limit_find(tree.root, &mounts, 7, SDA, &limit));
	assert_string_equal(limit.group, "/a");
	assert_string_equal(limit.words, "rbps=1 wiops=20");
	assert_true(io_limit_find(tree.root, &mounts, 7, SDA | 16, &limit));
	assert_string_equal(limit.group, "/a/b");
	assert_string_equal(limit.words, "rbps=5");
	assert_false(io_limit_find(tree.root, &mounts, 7, SDA | 32, &limit));
	assert_false(io_limit_find(tree.root, &mounts, 8, SDA, &limit));
	tree_remove(&tree);
}

static void no_limit_is_none(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct io_limit limit;
	struct tree tree;

	add_mounts(&tree, "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n", &mounts);
	tree_add(&tree, "/proc/7/cgroup", "0::/\n");
	tree_add(&tree, "/cg/io.max", "8:0 rbps=max wbps=max riops=max wiops=max\n");
	assert_false(io_limit_find(tree.root, &mounts, 7, SDA, &limit));
	tree_remove(&tree);
}

static void the_older_hierarchy_has_a_file_for_each_kind(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct io_limit limit;
	struct tree tree;

	add_mounts(&tree,
		   "29 1 0:25 / /cg/cpu rw - cgroup cgroup rw,cpu\n"
		   "30 1 0:26 / /cg/blkio rw - cgroup cgroup rw,blkio\n",
		   &mounts);
	tree_add(&tree, "/proc/7/cgroup", "8:cpu:/c\n7:blkio:/a\n0::/\n");
	tree_add(&tree, "/cg/blkio/a/blkio.throttle.read_bps_device", "8:0 1\n");
	tree_add(&tree, "/cg/blkio/a/blkio.throttle.write_bps_device", "8:16 1\n");
	assert_true(io_limit_find(tree.root, &mounts, 7, SDA, &limit));
	assert_string_equal(limit.group, "/a");
	assert_string_equal(limit.words, "rbps=1");
	tree_remove(&tree);
}

static void a_partition_has_its_disks_limit(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct io_limit limit;
	struct tree tree;

	add_mounts(&tree, "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n", &mounts);
	tree_add(&tree, "/proc/7/cgroup", "0::/a\n");
	tree_add(&tree, "/cg/a/io.max", "8:0 rbps=1\n");
	tree_add(&tree, "/sys/dev/block/8:1/partition", "1\n");
	tree_add(&tree, "/sys/dev/block/dev", "8:0\n");
	assert_true(io_limit_find(tree.root, &mounts, 7, SDA | 1, &limit));
	assert_string_equal(limit.words, "rbps=1");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_is_that_of_the_group_or_of_one_above),
		cmocka_unit_test(no_limit_is_none),
		cmocka_unit_test(the_older_hierarchy_has_a_file_for_each_kind),
		cmocka_unit_test(a_partition_has_its_disks_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
