/* Are the tables of classes and rows sound, and their exit statuses those of the help? */
#include "finding/stuck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/finding/stuck_page.h"

static void every_row_is_of_the_class_that_its_id_begins_with(void **state)
{
	for (enum stuck_row row = 0; row < STUCK_ROW_COUNT; row++) {
		const char *class = stuck_class_id(stuck_row_class(row));
		const char *id = stuck_row_id(row);

		assert_memory_equal(id, class, strlen(class));
		assert_int_equal(id[strlen(class)], '.');
		assert_true(strlen(stuck_row_words(row)) > 5);
	}
}

static void rows_of_a_worse_class_come_first(void **state)
{
	for (enum stuck_row row = 1; row < STUCK_ROW_COUNT; row++)
		assert_true(stuck_row_class(row - 1) <= stuck_row_class(row));
}

static void exit_statuses_tell_classes_apart_that_are_stuck(void **state)
{
	for (enum stuck_class class = 0; class < STUCK_CLASS_COUNT; class ++) {
		int status = stuck_class_exit_status(class);

		assert_int_equal(status, class <= STUCK_ZOMBIE ? 10 + (int)class : 0);
		assert_true(strlen(stuck_class_title(class)) > 5);
	}
}

static void the_page_has_each_class_with_its_exit_status(void **state)
{
	owns(own_free) char *page = calloc(1, 1 << 16);
	FILE *file = fopen(STUCK_PAGE, "re");

	assert_non_null(file);
	assert_non_null(page);
	assert_true(fread(page, 1, (1 << 16) - 1, file) > 0);
	assert_int_equal(fclose(file), 0);
	for (enum stuck_class class = 0; class < STUCK_CLASS_COUNT; class ++) {
		char heading[64];

		(void)snprintf(heading, sizeof(heading), "\n## %s (%d)\n", stuck_class_id(class),
			       stuck_class_exit_status(class));
		if (!strstr(page, heading))
			fail_msg("docs/stuck.md has no heading%s", heading);
	}
}

static void what_is_no_row_has_a_name_all_the_same(void **state)
{
	assert_string_equal(stuck_class_id(STUCK_CLASS_COUNT), "unknown");
	assert_string_equal(stuck_row_id(STUCK_ROW_COUNT), "unknown");
	assert_string_equal(stuck_class_advice(STUCK_CLASS_COUNT), "");
	assert_int_equal(stuck_class_exit_status(STUCK_CLASS_COUNT), 0);
	assert_false(stuck_row_is_told(STUCK_ROW_COUNT));
}

static void a_report_that_is_none_is_freed(void **state)
{
	struct stuck_report *report = NULL;

	stuck_report_free(&report);
	report = calloc(1, sizeof(*report));
	assert_non_null(report);
	stuck_report_free(&report);
	assert_null(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_of_the_class_that_its_id_begins_with),
		cmocka_unit_test(rows_of_a_worse_class_come_first),
		cmocka_unit_test(exit_statuses_tell_classes_apart_that_are_stuck),
		cmocka_unit_test(the_page_has_each_class_with_its_exit_status),
		cmocka_unit_test(what_is_no_row_has_a_name_all_the_same),
		cmocka_unit_test(a_report_that_is_none_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
