/* Is it seen which code a process has mapped, and which of it is in no file? */
#include "host/mapped.h"

#include <errno.h>
#include <sys/stat.h>

#include "tree.h"

static uint64_t inode_of(const struct tree *tree, const char *path)
{
	struct stat status;
	char full[512];

	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	assert_int_equal(stat(full, &status), 0);
	return status.st_ino;
}

static void make_process(struct tree *tree)
{
	char maps[2048];

	tree_make(tree);
	tree_add(tree, "/proc/7/root/usr/bin/job", "");
	tree_add(tree, "/proc/7/root/usr/lib/new.so", "");
	tree_add(tree, "/proc/7/root/usr/lib/other.so", "");
	tree_add(tree, "/proc/7/root/tmp/perf-3.map", "");
	tree_add(tree, "/proc/7/comm", "job\n");
	tree_add(tree, "/proc/7/status", "Name:\tjob\nNSpid:\t7\t3\nThreads:\t1\n");
	snprintf(maps, sizeof(maps),
		 "1000-2000 r--p 00000000 fe:00 %llu /usr/bin/job\n"
		 "2000-3000 r-xp 00001000 fe:00 %llu                   /usr/bin/job\n"
		 "3000-4000 r-xp 00001000 fe:00 %llu /usr/bin/job\n"
		 "5000-6000 r-xp 00000000 fe:00 99 /usr/lib/new.so (deleted)\n"
		 "6000-7000 r-xp 00000000 fe:00 98 /usr/lib/gone\\012.so (deleted)\n"
		 "7000-8000 r-xp 00000000 fe:00 1 /usr/lib/other.so\n"
		 "8000-9000 rwxp 00000000 00:00 0 \n"
		 "9000-a000 r-xp 00000000 00:00 0 [anon:v8]\n"
		 "a000-b000 r-xp 00000000 00:01 5 /memfd:doublemapper (deleted)\n"
		 "f000-11000 r-xs 00000000 00:01 6 /dev/zero (deleted)\n"
		 "b000-c000 rw-p 00000000 00:00 0 [heap]\n"
		 "c000-d000 r-xp 00000000 00:00 0 [vdso]\n"
		 "an odd line\n",
		 (unsigned long long)inode_of(tree, "/proc/7/root/usr/bin/job"),
		 (unsigned long long)inode_of(tree, "/proc/7/root/usr/bin/job"),
		 (unsigned long long)inode_of(tree, "/proc/7/root/usr/bin/job"));
	tree_add(tree, "/proc/7/maps", maps);
}

static void each_file_is_told_once_with_what_became_of_it(void **state)
{
	owns(mapped_free) struct mapped_code code = {};
	struct tree tree;

	make_process(&tree);
	assert_int_equal(mapped_read(tree.root, 7, &code, NULL), 0);
	assert_string_equal(code.comm, "job");
	assert_int_equal(code.files.count, 4);
	assert_string_equal(code.files.items[0].path, "/usr/bin/job");
	assert_int_equal(code.files.items[0].state, MAPPED_AS_IT_IS);
	assert_false(code.files.items[0].is_outside);
	assert_string_equal(code.files.items[1].path, "/usr/lib/new.so");
	assert_int_equal(code.files.items[1].state, MAPPED_REPLACED);
	assert_string_equal(code.files.items[2].path, "/usr/lib/gone\n.so");
	assert_int_equal(code.files.items[2].state, MAPPED_DELETED);
	assert_int_equal(code.files.items[3].state, MAPPED_REPLACED);
	tree_remove(&tree);
}

static void a_path_that_only_we_see_is_told_as_ours(void **state)
{
	owns(mapped_free) struct mapped_code code = {};
	struct tree tree;
	char maps[128];

	make_process(&tree);
	tree_add(&tree, "/jail/usr/bin/job", "");
	snprintf(maps, sizeof(maps), "2000-3000 r-xp 00001000 fe:00 %llu /jail/usr/bin/job\n",
		 (unsigned long long)inode_of(&tree, "/jail/usr/bin/job"));
	tree_add(&tree, "/proc/7/maps", maps);
	assert_int_equal(mapped_read(tree.root, 7, &code, NULL), 0);
	assert_int_equal(code.files.items[0].state, MAPPED_AS_IT_IS);
	assert_true(code.files.items[0].is_outside);
	tree_remove(&tree);
}

static void code_in_no_file_is_counted_and_its_map_looked_for_inside(void **state)
{
	owns(mapped_free) struct mapped_code code = {};
	struct tree tree;

	make_process(&tree);
	assert_int_equal(mapped_read(tree.root, 7, &code, NULL), 0);
	assert_int_equal(code.anonymous, 4);
	assert_int_equal(code.anonymous_bytes, 0x5000);
	assert_string_equal(code.perf_map, "/tmp/perf-3.map");
	assert_true(code.has_perf_map);
	assert_true(code.has_own_root);
	tree_remove(&tree);
}

static void who_is_not_there_is_said_to_be_gone(void **state)
{
	struct mapped_code code = {};
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(mapped_read(tree.root, 8, &code, &why), -ESRCH);
	assert_non_null(strstr(why.text, "no process 8"));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_is_told_once_with_what_became_of_it),
		cmocka_unit_test(a_path_that_only_we_see_is_told_as_ours),
		cmocka_unit_test(code_in_no_file_is_counted_and_its_map_looked_for_inside),
		cmocka_unit_test(who_is_not_there_is_said_to_be_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
