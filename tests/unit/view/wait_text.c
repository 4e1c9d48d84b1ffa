/* Does the report of waits look as it was accepted, in every width? */
#include "view/wait_text.h"

#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_wait.h"

static int print_waits(const void *report, const struct view_style *style, FILE *out)
{
	return view_wait_text(report, style, out);
}

static int print_wakers(const void *report, const struct view_style *style, FILE *out)
{
	return view_wakers_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	static const struct {
		const char *name;
		page_view *view;
		struct view_style style;
	} rows[] = {
		{ "wait-80", print_waits, { .columns = 80, .utf8 = true } },
		{ "wait-80-ascii", print_waits, { .columns = 80 } },
		{ "wait-120", print_waits, { .columns = 120, .utf8 = true } },
		{ "wakers-80", print_wakers, { .columns = 80, .utf8 = true } },
		{ "wakers-120", print_wakers, { .columns = 120, .utf8 = true } },
	};
	owns(wait_report_free) struct wait_report *report = sample_wait();

	for (size_t i = 0; i < array_count(rows); i++)
		page_looks_as(rows[i].name, rows[i].view, report, rows[i].style);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();

	page_fits_every_width(print_waits, report);
	page_fits_every_width(print_wakers, report);
}

static void no_waits_are_said_to_be_none(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(own_free) char *text = NULL;
	owns(own_free) char *wakers = NULL;

	report->total_count = report->total_ns = report->outside_count = 0;
	report->idle_count = 3;
	report->rows.count = report->edges.count = report->by_waker.count = 0;
	text = page_text(print_waits, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No waits."));
	assert_non_null(strstr(text, "--idle shows them"));
	wakers = page_text(print_wakers, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(wakers, "No wake-ups."));
}

static void long_lists_are_cut_and_counted(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(own_free) char *text = NULL;

	report->edges.count = report->by_waker.count = 0;
	for (uint32_t i = 0; i < 30; i++) {
		struct wake_edge *edge = array_push(&report->edges);
		uint32_t *place = array_push(&report->by_waker);

		assert_true(edge && place);
		*edge = (struct wake_edge){ .waker = 3, .sleeper = 0, .count = 1, .share = 0.01 };
		*place = i;
	}
	text = page_text(print_wakers, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "and 18 more wakers"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();

	page_fails_when_full(print_waits, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(no_waits_are_said_to_be_none),
		cmocka_unit_test(long_lists_are_cut_and_counted),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
