/* Does a heat map show when it was hot? */
#include <string.h>

#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_disk.h"
#include "view/disk_text.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	const struct disk_report *disk = report;
	struct page page = view_page(style, out);

	disk_heat_text(disk, &disk->devices.items[0], &page);
	return 0;
}

static void the_longest_stand_on_top(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(own_free) char *text = page_text(print, report, (struct view_style){ .columns = 100 });
	const char *top = strstr(text, "524 us |"), *bottom = strstr(text, "65.5 us |");

	assert_non_null(top);
	assert_non_null(bottom);
	assert_true(top < bottom);
	/* One slow request among thousands is seen. */
	assert_int_equal(strcspn(top + strlen("524 us |"), "."), 20);
}

static void the_fullest_cell_is_the_darkest(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(own_free) char *text = page_text(print, report, (struct view_style){ .columns = 100 });
	owns(own_free) char *utf8 =
		page_text(print, report, (struct view_style){ .columns = 100, .utf8 = true });

	assert_non_null(strchr(strstr(text, "65.5 us |"), '#'));
	assert_non_null(strstr(utf8, "█"));
}

static void without_requests_there_is_no_map(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(own_free) char *text = NULL;

	report->devices.items[0].heat.cells.count = 0;
	text = page_text(print, report, (struct view_style){ .columns = 80 });
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_stand_on_top),
		cmocka_unit_test(the_fullest_cell_is_the_darkest),
		cmocka_unit_test(without_requests_there_is_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
