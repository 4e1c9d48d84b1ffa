/* Does the report of waits look as it was accepted, in every width? */
#include "view/wait_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/sample_wait.h"

typedef int view_function(const struct wait_report *report, const struct view_style *style,
			  FILE *out);

static char *render(view_function *view, const struct wait_report *report, struct view_style style)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view(report, &style, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void the_report_looks_as_accepted(void **state)
{
	static const struct {
		const char *name;
		view_function *view;
		struct view_style style;
	} rows[] = {
		{ "wait-80", view_wait_text, { .columns = 80, .utf8 = true } },
		{ "wait-80-ascii", view_wait_text, { .columns = 80 } },
		{ "wait-120", view_wait_text, { .columns = 120, .utf8 = true } },
		{ "wakers-80", view_wakers_text, { .columns = 80, .utf8 = true } },
		{ "wakers-120", view_wakers_text, { .columns = 120, .utf8 = true } },
	};
	owns(wait_report_free) struct wait_report *report = sample_wait();

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(own_free) char *text = render(rows[i].view, report, rows[i].style);

		assert_harmless(text);
		assert_columns(text, rows[i].style.columns, rows[i].style.utf8);
		golden_assert(rows[i].name, text);
	}
}

static void every_width_from_80_to_200_fits(void **state)
{
	static view_function *const views[] = { view_wait_text, view_wakers_text };
	owns(wait_report_free) struct wait_report *report = sample_wait();

	for (size_t i = 0; i < array_count(views); i++) {
		for (unsigned int columns = 80; columns <= 200; columns++) {
			struct view_style style = { .columns = columns, .utf8 = columns % 2 };
			owns(own_free) char *text = render(views[i], report, style);

			assert_columns(text, columns, style.utf8);
		}
	}
}

static void no_waits_are_said_to_be_none(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(own_free) char *text = NULL;
	owns(own_free) char *wakers = NULL;

	report->total_count = report->total_ns = report->outside_count = 0;
	report->idle_count = 3;
	report->rows.count = report->edges.count = report->by_waker.count = 0;
	text = render(view_wait_text, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No waits."));
	assert_non_null(strstr(text, "--idle shows them"));
	wakers = render(view_wakers_text, report, (struct view_style){ .columns = 80 });
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
	text = render(view_wakers_text, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "and 18 more wakers"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_true(view_wait_text(report, &(struct view_style){ .columns = 80 }, full) < 0);
	(void)fclose(full);
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
