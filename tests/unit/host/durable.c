/* Are small durable writes measured, one by one, and is nothing left behind? */
#include "host/durable.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "tree.h"

#define FOREVER_NS 60000000000u

struct counting {
	unsigned int asked;
	unsigned int limit;
};

static bool is_over(void *self)
{
	struct counting *counting = self;

	return counting->asked++ >= counting->limit;
}

/* Where the test's folder is in memory, another one is taken. */
static void make_folder(struct tree *tree)
{
	struct statfs status;

	tree_make(tree);
	assert_int_equal(statfs(tree->root, &status), 0);
	if (status.f_type != TMPFS_MAGIC)
		return;
	tree_remove(tree);
	strcpy(tree->root, "/var/tmp/slowpath-tree-XXXXXX");
	assert_non_null(mkdtemp(tree->root));
	assert_int_equal(statfs(tree->root, &status), 0);
	if (status.f_type == TMPFS_MAGIC) {
		tree_remove(tree);
		skip();
	}
}

static unsigned int count_files(const char *folder)
{
	DIR *open_folder = opendir(folder);
	unsigned int count = 0;

	assert_non_null(open_folder);
	while (readdir(open_folder))
		count++;
	(void)closedir(open_folder);
	return count - 2;
}

static void each_write_has_its_times(void **state)
{
	struct counting counting = { .limit = 20 };
	owns(durable_free) struct durable durable = {};
	struct tree tree;
	struct diag why = {};
	int r;

	make_folder(&tree);
	r = durable_measure(tree.root, FOREVER_NS, is_over, &counting, &durable, &why);
	assert_int_equal(count_files(tree.root), 0);
	tree_remove(&tree);
	assert_int_equal(r, 0);
	assert_int_equal(durable.times.count, 20);
	assert_true(durable.was_stopped);
	assert_true(durable.fs_type[0]);
	for (size_t i = 0; i < durable.times.count; i++)
		assert_true(durable.times.items[i].sync_ns > 0 &&
			    durable.times.items[i].write_ns > 0);
}

static void no_time_is_no_write(void **state)
{
	owns(durable_free) struct durable durable = {};
	struct tree tree;
	struct diag why = {};
	int r;

	make_folder(&tree);
	r = durable_measure(tree.root, 0, NULL, NULL, &durable, &why);
	tree_remove(&tree);
	assert_int_equal(r, 0);
	assert_int_equal(durable.times.count, 0);
	assert_false(durable.was_stopped);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct durable durable = {};
	struct diag why = {};

	assert_int_equal(durable_measure("/nowhere/at/all", FOREVER_NS, NULL, NULL, &durable, &why),
			 -ENOENT);
	assert_non_null(strstr(why.text, "/nowhere/at/all"));
}

static void a_device_or_a_file_is_never_written(void **state)
{
	struct durable durable = {};
	struct tree tree;
	char path[128];
	struct diag why = {};
	int device, file;

	make_folder(&tree);
	tree_add(&tree, "/file", "mine");
	(void)snprintf(path, sizeof(path), "%s/file", tree.root);
	file = durable_measure(path, FOREVER_NS, NULL, NULL, &durable, &why);
	assert_int_equal(tree_letter(&tree, "/file"), 'm');
	tree_remove(&tree);
	assert_true(file < 0);
	device = durable_measure("/dev/null", FOREVER_NS, NULL, NULL, &durable, &why);
	assert_true(device < 0);
}

static void in_memory_nothing_becomes_durable(void **state)
{
	struct durable durable = {};
	struct statfs status;
	struct diag why = {};

	if (statfs("/dev/shm", &status) < 0 || status.f_type != TMPFS_MAGIC)
		skip();
	assert_int_equal(durable_measure("/dev/shm", FOREVER_NS, NULL, NULL, &durable, &why),
			 -EOPNOTSUPP);
	assert_non_null(strstr(why.text, "tmpfs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_write_has_its_times),
		cmocka_unit_test(no_time_is_no_write),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
		cmocka_unit_test(a_device_or_a_file_is_never_written),
		cmocka_unit_test(in_memory_nothing_becomes_durable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
