/* Does the report of slow calls look as it was accepted, in every width? */
#include "view/drill_text.h"

#include <string.h>

#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_drill.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_drill_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();

	pages_look_as("drill", print, report);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();

	page_fits_every_width(print, report);
}

static void no_calls_have_no_path(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();
	owns(own_free) char *text = NULL;

	report->calls = 0;
	report->by = DRILL_BY_STACKS;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "0 calls"));
	assert_non_null(strstr(text, "an estimate"));
	assert_null(strstr(text, "The path"));
}

static void a_full_disk_is_an_error(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(no_calls_have_no_path),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
