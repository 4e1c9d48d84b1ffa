/* Does the report look as it was accepted, in every width? */
#include "view/stuck_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/sample_stuck.h"

static char *render(const struct stuck_report *report, struct view_style style)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_stuck_text(report, &style, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void the_report_looks_as_accepted(void **state)
{
	static const struct {
		const char *name;
		struct view_style style;
	} rows[] = {
		{ "stuck-80", { .columns = 80, .utf8 = true } },
		{ "stuck-80-ascii", { .columns = 80 } },
		{ "stuck-120", { .columns = 120, .utf8 = true } },
		{ "stuck-200", { .columns = 200, .utf8 = true } },
	};
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(own_free) char *text = render(report, rows[i].style);

		assert_harmless(text);
		assert_columns(text, rows[i].style.columns, rows[i].style.utf8);
		golden_assert(rows[i].name, text);
	}
}

static void nothing_stuck_is_said_to_be_nothing(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_nothing_stuck();
	owns(own_free) char *text =
		render(report, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("stuck-nothing-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	for (unsigned int columns = 80; columns <= 200; columns++) {
		struct view_style style = { .columns = columns, .utf8 = columns % 2 };
		owns(own_free) char *text = render(report, style);

		assert_columns(text, columns, style.utf8);
	}
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
	text = render(report, (struct view_style){ .columns = 200 });
	advice = strstr(text, "Advice: Look at the last one of the chain, its stack");
	assert_non_null(advice);
	assert_null(strstr(advice + strlen("Advice: L"),
			   "Look at the last one of the chain, its stack"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_true(view_stuck_text(report, &(struct view_style){ .columns = 80 }, full) < 0);
	(void)fclose(full);
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
