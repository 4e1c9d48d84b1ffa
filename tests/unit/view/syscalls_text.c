/* Does the report of system calls look as it was accepted, in every width? */
#include "view/syscalls_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_syscalls.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_syscalls_text(report, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();

	pages_look_as("syscalls", print, report);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();

	page_fits_every_width(print, report);
}

static void no_calls_are_said_to_be_none(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(own_free) char *text = NULL;

	for (size_t i = 0; i < report->rows.count; i++)
		array_free(&report->rows.items[i].errors);
	for (size_t i = 0; i < report->slow.count; i++) {
		array_free(&report->slow.items[i].waits);
		array_free(&report->slow.items[i].frames);
	}
	report->rows.count = report->slow.count = 0;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No system calls."));
	assert_non_null(strstr(text, "No long calls."));
	assert_non_null(strstr(text, "--idle shows"));
}

static void what_is_not_known_is_no_number(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(own_free) char *text = page_text(print, report, (struct view_style){ .columns = 80 });

	assert_non_null(strstr(text, "bytes unknown"));
	assert_non_null(strstr(text, "7 for unknown reasons"));
	assert_null(strstr(text, "18446744073709551615"));
	assert_null(strstr(text, "16 EiB"));
}

static void long_lists_are_cut_and_counted(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(own_free) char *text = NULL;

	for (int i = 0; i < 50; i++) {
		struct syscall_row *row = array_push(&report->rows);

		assert_non_null(row);
		row->syscall = "getpid";
		row->name = "";
	}
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "and 15 more rows"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();

	page_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(no_calls_are_said_to_be_none),
		cmocka_unit_test(what_is_not_known_is_no_number),
		cmocka_unit_test(long_lists_are_cut_and_counted),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
