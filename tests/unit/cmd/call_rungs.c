/* Does each kind of function find its rung? */
#include "cmd/call_rungs.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

static enum call_rung_id climb(const char *function, const char *rung, struct features *features,
			       struct diag *refused)
{
	owns(kernel_functions_free) struct kernel_functions functions = {};
	struct options options = { .words = { function }, .word_count = 1, .rung = rung };
	enum call_rung_id id = CALL_RUNG_COUNT;
	struct diag why = {};

	return call_rung_climb(&options, features, &id, &functions, refused, &why) < 0
		       ? CALL_RUNG_COUNT
		       : id;
}

static void functions_are_told_apart_by_how_they_are_written(void **state)
{
	assert_int_equal(call_kind_of("fsync"), CALL_SYSCALL);
	assert_int_equal(call_kind_of("ext4_sync_file"), CALL_KERNEL);
	assert_int_equal(call_kind_of("ext4_*"), CALL_PATTERN);
	assert_int_equal(call_kind_of("/usr/bin/x:main"), CALL_PROGRAM);
}

static void without_programs_stacks_tell_and_the_reasons_are_named(void **state)
{
	struct features features = {};
	struct diag refused = {}, why = {};

	assert_int_equal(features_forbid(&features, "kprobe_multi,fentry,kprobe", &why), 0);
	assert_int_equal(climb("ext4_sync_file", NULL, &features, &refused), CALL_RUNG_STACKS);
	assert_non_null(strstr(refused.text, "kprobe_multi"));
	assert_non_null(strstr(refused.text, "fentry"));
	assert_int_equal(climb("ext4_*", NULL, &features, &refused), CALL_RUNG_STACKS);
	assert_non_null(strstr(refused.text, "kprobe_multi"));
	assert_null(strstr(refused.text, "fentry"));
	features_free(&features);
}

static void a_rung_that_does_not_fit_or_is_not_there_is_refused(void **state)
{
	struct features features = {};
	struct diag refused = {}, why = {};

	assert_int_equal(features_forbid(&features, "uprobe,kprobe", &why), 0);
	assert_int_equal(climb("fsync", "uprobe", &features, &refused), CALL_RUNG_COUNT);
	assert_int_equal(climb("ext4_sync_file", "kprobe", &features, &refused), CALL_RUNG_COUNT);
	assert_int_equal(climb("/bin/x:main", NULL, &features, &refused), CALL_RUNG_COUNT);
	/* A function of the kernel that is called like a system call. */
	assert_int_equal(climb("fsync", "stacks", &features, &refused), CALL_RUNG_STACKS);
	features_free(&features);
}

static void each_rung_is_found_by_its_name(void **state)
{
	for (enum call_rung_id id = 0; id < CALL_RUNG_COUNT; id++)
		assert_int_equal(call_rung_find(call_rung(id)->name), id);
	assert_int_equal(call_rung_find("magic"), CALL_RUNG_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_told_apart_by_how_they_are_written),
		cmocka_unit_test(without_programs_stacks_tell_and_the_reasons_are_named),
		cmocka_unit_test(a_rung_that_does_not_fit_or_is_not_there_is_refused),
		cmocka_unit_test(each_rung_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
