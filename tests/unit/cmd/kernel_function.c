/* Is a function found as it may be written, and is a slip told? */
#include "cmd/kernel_function.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

/* Lines of /proc/kallsyms of a 6.1 kernel with addresses hidden. */
static const char SYMBOLS[] = "0000000000000000 T vfs_fsync\n"
			      "0000000000000000 D jiffies\n"
			      "0000000000000000 t do_sync_read.isra.0\n"
			      "0000000000000000 t ext4_sync_file\t[ext4]\n"
			      "0000000000000000 W arch_weak\n"
			      "broken\n"
			      "0000000000000000 T cut_off";

static int check(const char *wanted, struct diag *why)
{
	char text[sizeof(SYMBOLS)];

	memcpy(text, SYMBOLS, sizeof(text));
	return kernel_function_check(wanted, text, sizeof(text) - 1, why);
}

static void names_and_patterns_are_found(void **state)
{
	static const char *const there[] = { "vfs_fsync",     "ext4_sync_file", "ext4_*",
					     "do_sync_read",  "arch_weak",      "*_fsync",
					     "do_sync_read.*" };
	struct diag why = {};

	for (size_t i = 0; i < array_count(there); i++)
		assert_int_equal(check(there[i], &why), 0);
}

static void what_is_no_function_is_refused(void **state)
{
	static const char *const none[] = { "jiffies", "xfs_*", "ext4", "cut_off", "[ext4]" };

	for (size_t i = 0; i < array_count(none); i++) {
		struct diag why = {};

		assert_int_equal(check(none[i], &why), -ENOENT);
		assert_non_null(strstr(why.text, none[i]));
	}
}

static void a_slip_is_told(void **state)
{
	struct diag near = {}, far = {};

	assert_int_equal(check("vfs_fsnyc", &near), -ENOENT);
	assert_non_null(strstr(near.text, "did you mean vfs_fsync?"));
	assert_int_equal(check("quite_another", &far), -ENOENT);
	assert_null(strstr(far.text, "did you mean"));
}

static int find(const char *pattern, struct kernel_functions *ret, struct diag *why)
{
	char *text = strdup("vfs_fsync\nvfs_read\nread_one\next4_sync_file [ext4]\n"
			    "vfs_fsync.cold\nread_one\n");

	assert_non_null(text);
	return kernel_functions_find(pattern, text, ret, why);
}

static void a_pattern_stands_for_each_function_that_it_fits_once(void **state)
{
	owns(kernel_functions_free) struct kernel_functions some = {}, one = {}, none = {};
	struct diag why = {};

	assert_int_equal(find("vfs_*", &some, &why), 0);
	assert_int_equal(some.names.count, 3);
	assert_string_equal(some.names.items[0], "vfs_fsync");
	assert_string_equal(some.names.items[1], "vfs_fsync.cold");
	assert_string_equal(some.names.items[2], "vfs_read");
	assert_int_equal(find("*_[on]*", &one, &why), 0);
	assert_int_equal(one.names.count, 1);
	assert_int_equal(find("xfs_*", &none, &why), -ENOENT);
	assert_non_null(strstr(why.text, "xfs_*"));
}

static void too_many_are_refused(void **state)
{
	owns(kernel_functions_free) struct kernel_functions functions = {};
	struct diag why = {};
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	for (int i = 0; i <= KERNEL_FUNCTIONS_MAX; i++)
		(void)fprintf(out, "f%d\n", i);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(kernel_functions_find("f*", text, &functions, &why), -E2BIG);
	assert_non_null(strstr(why.text, "1001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_stands_for_each_function_that_it_fits_once),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(names_and_patterns_are_found),
		cmocka_unit_test(what_is_no_function_is_refused),
		cmocka_unit_test(a_slip_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
