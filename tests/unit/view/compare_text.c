/* Does a comparison look as it was accepted, in every width? */
#include "view/compare_text.h"

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_compare.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_compare_text(report, style, out);
}

static void the_comparison_looks_as_accepted(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();

	pages_look_as("compare", print, comparison);
}

static void no_difference_looks_as_accepted(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_no_difference();
	owns(own_free) char *text =
		page_text(print, comparison, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("compare-nothing-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();

	page_fits_every_width(print, comparison);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();

	page_fails_when_full(print, comparison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_comparison_looks_as_accepted),
		cmocka_unit_test(no_difference_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
