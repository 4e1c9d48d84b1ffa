/* Does the report of block devices look as it was accepted, in every width? */
#include "view/disk_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_disk.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	const struct disk_view what = { true, true, true, NULL };

	return view_disk_text(report, &what, style, out);
}

static int print_short(const void *report, const struct view_style *style, FILE *out)
{
	const struct disk_view what = {};

	return view_disk_text(report, &what, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

	pages_look_as("disk", print, report);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

	page_fits_every_width(print, report);
}

static void what_was_not_asked_for_is_not_shown(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(own_free) char *text =
		page_text(print_short, report, (struct view_style){ .columns = 80 });

	assert_null(strstr(text, "over time"));
	assert_null(strstr(text, "slowest"));
	assert_null(strstr(text, "By the keys"));
	assert_non_null(strstr(text, "Who asked for it"));
}

static void a_quiet_machine_is_said_to_be_one(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_no_disk();
	owns(own_free) char *text = NULL;

	report->over_ns = 1;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No block requests."));
	assert_non_null(strstr(text, "No request took so long."));
}

static void lost_requests_stand_at_the_top(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(own_free) char *text = NULL;

	report->lost = 12;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "12 requests were lost: all sums are too low."));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(what_was_not_asked_for_is_not_shown),
		cmocka_unit_test(a_quiet_machine_is_said_to_be_one),
		cmocka_unit_test(lost_requests_stand_at_the_top),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
