/* Are the ways to know of a call told by their names? */
#include "finding/drill.h"

#include "harness/test.h"

static void each_way_has_a_name(void **state)
{
	assert_string_equal(drill_by_name(DRILL_BY_SYSCALL), "syscall");
	assert_string_equal(drill_by_name(DRILL_BY_PROBES), "probes");
	assert_string_equal(drill_by_name(DRILL_BY_STACKS), "stacks");
}

static void no_report_is_freed_as_well(void **state)
{
	struct drill_report *report = NULL;

	drill_report_free(&report);
	assert_null(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_has_a_name),
		cmocka_unit_test(no_report_is_freed_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
