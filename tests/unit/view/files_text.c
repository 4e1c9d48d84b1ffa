/* Does the report on files look as it was accepted, in every width? */
#include "view/files_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_files.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_files_text(report, NULL, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();

	pages_look_as("files", print, report);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();

	page_fits_every_width(print, report);
}

static void what_is_not_there_has_no_heading(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();
	owns(own_free) char *text = NULL;

	report->rows.count = report->slow.count = report->back.count = 0;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_null(strstr(text, "Operations on files:"));
	assert_null(strstr(text, "The slowest:"));
	assert_null(strstr(text, "of no operation"));
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(what_is_not_there_has_no_heading),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
