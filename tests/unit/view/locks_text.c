/* Does the report on locks look as it was accepted, in every width? */
#include "view/locks_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/sample_locks.h"

static char *render(const struct lock_report *report, struct view_style style)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_locks_text(report, &style, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void the_report_looks_as_accepted(void **state)
{
	static const struct {
		const char *name;
		struct view_style style;
	} rows[] = {
		{ "locks-80", { .columns = 80, .utf8 = true } },
		{ "locks-80-ascii", { .columns = 80 } },
		{ "locks-120", { .columns = 120, .utf8 = true } },
		{ "locks-200", { .columns = 200, .utf8 = true } },
	};
	owns(lock_report_free) struct lock_report *report = sample_locks();

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(own_free) char *text = render(report, rows[i].style);

		assert_harmless(text);
		assert_columns(text, rows[i].style.columns, rows[i].style.utf8);
		golden_assert(rows[i].name, text);
	}
}

static void a_difference_looks_as_accepted(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_lock_difference();
	owns(own_free) char *text =
		render(report, (struct view_style){ .columns = 100, .utf8 = true });

	golden_assert("locks-difference-100", text);
}

static void nothing_waited_for_is_said(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_no_locks();
	owns(own_free) char *text = render(report, (struct view_style){ .columns = 80 });

	assert_non_null(strstr(text, "command true[77], watched for 500 ms"));
	assert_non_null(strstr(text, "No wait for a lock was seen."));
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	for (unsigned int columns = VIEW_COLUMNS_MIN; columns <= VIEW_COLUMNS_MAX; columns++) {
		owns(own_free) char *text =
			render(report, (struct view_style){ .columns = columns });

		assert_columns(text, columns, false);
	}
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();
	const struct view_style style = { .columns = 80 };
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_int_equal(view_locks_text(report, &style, full), -ENOSPC);
	(void)fclose(full);
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
