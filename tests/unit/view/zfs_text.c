/* Does the report on ZFS look as it was accepted, in every width? */
#include "view/zfs_text.h"

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_zfs.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_zfs_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();

	pages_look_as("zfs", print, report);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();

	page_fits_every_width(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();

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
