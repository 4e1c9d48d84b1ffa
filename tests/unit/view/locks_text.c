/* Does the report on locks look as it was accepted, in every width? */
#include "view/locks_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_locks.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_locks_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	pages_look_as("locks", print, report);
}

static void a_difference_looks_as_accepted(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_lock_difference();
	owns(own_free) char *text =
		page_text(print, report, (struct view_style){ .columns = 100, .utf8 = true });

	golden_assert("locks-difference-100", text);
}

static void nothing_waited_for_is_said(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_no_locks();
	owns(own_free) char *text = page_text(print, report, (struct view_style){ .columns = 80 });

	assert_non_null(strstr(text, "command true[77], watched for 500 ms"));
	assert_non_null(strstr(text, "No wait for a lock was seen."));
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	page_fits_every_width(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(a_difference_looks_as_accepted),
		cmocka_unit_test(nothing_waited_for_is_said),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
