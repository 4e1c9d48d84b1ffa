/* Does the report look as it was accepted, in every width? */
#include "view/stuck_text.h"

#include <stdlib.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_stuck.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_stuck_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	pages_look_as("stuck", print, report);
}

static void nothing_stuck_is_said_to_be_nothing(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_nothing_stuck();
	owns(own_free) char *text =
		page_text(print, report, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("stuck-nothing-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	page_fits_every_width(print, report);
}

static void advice_is_given_once(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();
	owns(own_free) char *text = NULL;
	const char *advice;

	report->processes.items[1].row = ROW_BLOCKED;
	free(report->processes.items[1].advice.items[0].words);
	report->processes.items[1].advice.items[0].words =
		strdup(report->processes.items[0].advice.items[0].words);
	text = page_text(print, report, (struct view_style){ .columns = 200 });
	advice = strstr(text, "Advice: Look at the last one of the chain, its stack");
	assert_non_null(advice);
	assert_null(strstr(advice + strlen("Advice: L"),
			   "Look at the last one of the chain, its stack"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(nothing_stuck_is_said_to_be_nothing),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(advice_is_given_once),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
