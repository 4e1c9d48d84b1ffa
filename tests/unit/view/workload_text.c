/* Does the model of a workload look as it was accepted, in every width? */
#include "view/workload_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_workload.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_workload_text(report, style, out);
}

static int print_comparison(const void *report, const struct view_style *style, FILE *out)
{
	return view_workload_comparison_text(report, style, out);
}

static void the_model_looks_as_accepted(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();

	pages_look_as("workload", print, workload);
}

static void the_comparison_looks_as_accepted(void **state)
{
	owns(workload_comparison_free) struct workload_comparison *comparison = sample_comparison();

	page_looks_as("workload-verified-100", print_comparison, comparison,
		      (struct view_style){ .columns = 100, .utf8 = true });
}

static void nothing_asked_is_said(void **state)
{
	owns(workload_free) struct workload *workload = sample_no_workload();
	owns(own_free) char *text =
		page_text(print, workload, (struct view_style){ .columns = 80 });

	assert_non_null(strstr(text, "Nothing was asked of files."));
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(workload_comparison_free) struct workload_comparison *comparison = sample_comparison();

	page_fits_every_width(print, workload);
	page_fits_every_width(print_comparison, comparison);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(workload_comparison_free) struct workload_comparison *comparison = sample_comparison();

	page_fails_when_full(print, workload);
	page_fails_when_full(print_comparison, comparison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_looks_as_accepted),
		cmocka_unit_test(the_comparison_looks_as_accepted),
		cmocka_unit_test(nothing_asked_is_said),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
