/* Is a file read below the root that was given, and nothing but a file? */
#include "host/rooted.h"

#include <errno.h>
#include <fcntl.h>

#include "tree.h"

static int count_entry(void *self, const char *name)
{
	unsigned int *count = self;

	assert_true(strcmp(name, "a") == 0 || strcmp(name, "b") == 0);
	(*count)++;
	return 0;
}

static int stop_at_once(void *self, const char *name)
{
	return -EUCLEAN;
}

static void a_file_is_read_whole_below_its_root(void **state)
{
	owns(own_free) char *text = NULL;
	struct tree tree;
	size_t bytes = 0;

	tree_make(&tree);
	tree_add(&tree, "/etc/number-7", "seven\n");
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/etc/number-%d", 7), 0);
	assert_string_equal(text, "seven\n");
	assert_int_equal(bytes, 6);
	tree_remove(&tree);
}

static void a_large_file_is_read_to_its_end(void **state)
{
	owns(own_free) char *text = NULL, *large = calloc(1, 100001);
	struct tree tree;
	size_t bytes = 0;

	assert_non_null(large);
	memset(large, 'x', 100000);
	tree_make(&tree);
	tree_add(&tree, "/large", large);
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/large"), 0);
	assert_int_equal(bytes, 100000);
	assert_string_equal(text, large);
	tree_remove(&tree);
}

static void what_is_no_file_is_not_read(void **state)
{
	char pipe_path[128], long_root[ROOTED_PATH_BYTES + 1];
	char *text = NULL;
	struct tree tree;
	size_t bytes = 0;

	tree_make(&tree);
	tree_add(&tree, "/folder/file", "");
	snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", tree.root);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/pipe"), -EINVAL);
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/folder"), -EINVAL);
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/none"), -ENOENT);
	assert_int_equal(rooted_open(tree.root, "/none"), -ENOENT);
	memset(long_root, 'a', sizeof(long_root) - 1);
	long_root[sizeof(long_root) - 1] = '\0';
	assert_int_equal(rooted_read(long_root, &text, &bytes, "/x"), -ENAMETOOLONG);
	assert_int_equal(rooted_open(long_root, "/x"), -ENAMETOOLONG);
	assert_null(text);
	tree_remove(&tree);
}

static void a_link_does_not_lead_out_of_the_root(void **state)
{
	owns(own_free) char *text = NULL;
	struct tree tree;
	size_t bytes = 0;

	tree_make(&tree);
	tree_add(&tree, "/etc/name", "inside\n");
	tree_link(&tree, "/link", "/etc/name");
	tree_link(&tree, "/out", "../../../../../../etc/passwd");
	assert_int_equal(rooted_read(tree.root, &text, &bytes, "/link"), 0);
	assert_string_equal(text, "inside\n");
	assert_int_equal(rooted_open(tree.root, "/out"), -ENOENT);
	tree_remove(&tree);
}

static void a_folder_is_listed_without_itself(void **state)
{
	unsigned int count = 0;
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/folder/a", "");
	tree_add(&tree, "/folder/b", "");
	assert_int_equal(rooted_list(tree.root, "/folder", count_entry, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(rooted_list(tree.root, "/folder", stop_at_once, NULL), -EUCLEAN);
	assert_int_equal(rooted_list(tree.root, "/none", count_entry, &count), -ENOENT);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_below_its_root),
		cmocka_unit_test(a_large_file_is_read_to_its_end),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(a_link_does_not_lead_out_of_the_root),
		cmocka_unit_test(a_folder_is_listed_without_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
