/* Is a function found as it may be written, and is a slip told? */
#include "cmd/kernel_function.h"

#include <errno.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_patterns_are_found),
		cmocka_unit_test(what_is_no_function_is_refused),
		cmocka_unit_test(a_slip_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
