/* Is the kernel's counting of its locks turned on only when it is off, and put back? */
#include "host/lock_stat.h"

#include <errno.h>

#include "unit/host/tree.h"

#define SWITCH "/proc/sys/kernel/lock_stat"

static void what_was_off_is_off_again(void **state)
{
	struct host_lock_stat stat = {};
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, SWITCH, "0\n");
	assert_int_equal(host_lock_stat_begin(tree.root, &stat, &why), 0);
	assert_int_equal(tree_letter(&tree, SWITCH), '1');
	host_lock_stat_end(&stat);
	assert_int_equal(tree_letter(&tree, SWITCH), '0');
	tree_add(&tree, SWITCH, "1\n");
	host_lock_stat_end(&stat);
	assert_int_equal(tree_letter(&tree, SWITCH), '1');
	tree_remove(&tree);
}

static void what_was_on_stays_on(void **state)
{
	struct host_lock_stat stat = {};
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, SWITCH, "1\n");
	assert_int_equal(host_lock_stat_begin(tree.root, &stat, &why), 0);
	host_lock_stat_end(&stat);
	assert_int_equal(tree_letter(&tree, SWITCH), '1');
	tree_remove(&tree);
}

static void a_kernel_without_it_is_left_alone(void **state)
{
	struct host_lock_stat stat = {};
	char *text = NULL;
	size_t bytes = 0;
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/version", "Linux\n");
	assert_int_equal(host_lock_stat_begin(tree.root, &stat, &why), -ENOENT);
	host_lock_stat_end(&stat);
	diag_clear(&why);
	assert_int_equal(host_lock_stat_read(tree.root, &text, &bytes, &why), -ENOENT);
	assert_null(text);
	tree_remove(&tree);
}

static void the_text_is_read_whole(void **state)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/lock_stat", "lock_stat version 0.4\n");
	assert_int_equal(host_lock_stat_read(tree.root, &text, &bytes, &why), 0);
	assert_int_equal(bytes, 22);
	assert_string_equal(text, "lock_stat version 0.4\n");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_off_is_off_again),
		cmocka_unit_test(what_was_on_stays_on),
		cmocka_unit_test(a_kernel_without_it_is_left_alone),
		cmocka_unit_test(the_text_is_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
