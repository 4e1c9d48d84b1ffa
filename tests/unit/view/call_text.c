/* Does the report of calls look as it was accepted, in every width? */
#include "view/call_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_calls.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_call_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();
	owns(call_report_free) struct call_report *one = sample_calls_of_one();

	pages_look_as("calls", print, report);
	page_looks_as("calls-function-80", print, one,
		      (struct view_style){ .columns = 80, .utf8 = true });
	page_looks_as("calls-function-120", print, one,
		      (struct view_style){ .columns = 120, .utf8 = true });
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();
	owns(call_report_free) struct call_report *one = sample_calls_of_one();

	page_fits_every_width(print, report);
	page_fits_every_width(print, one);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
