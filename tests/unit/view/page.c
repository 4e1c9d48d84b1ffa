/* Do lines break where they should, and never grow wider than the page? */
#include "view/page.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

struct sheet {
	char *text;
	size_t bytes;
	struct page page;
};

static void take_sheet(struct sheet *sheet, unsigned int columns)
{
	*sheet = (struct sheet){ .page = { .columns = columns, .utf8 = true } };
	sheet->page.out = open_memstream(&sheet->text, &sheet->bytes);
	assert_non_null(sheet->page.out);
}

static void assert_sheet(struct sheet *sheet, const char *wanted)
{
	assert_int_equal(fclose(sheet->page.out), 0);
	assert_string_equal(sheet->text, wanted);
	free(sheet->text);
}

static void words_flow_and_break_at_spaces(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 10);
	page_begin(&sheet.page, 1, 3);
	page_words(&sheet.page, "one two  three");
	page_words(&sheet.page, "four");
	page_end(&sheet.page);
	assert_sheet(&sheet, " one two\n   three\n   four\n");
}

static void a_figure_and_its_unit_stay_together(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 9);
	page_begin(&sheet.page, 0, 1);
	page_words(&sheet.page, "took 12 ms (50 %), a 7 sheep, v2 B.");
	page_words(&sheet.page, "5 s");
	page_end(&sheet.page);
	assert_sheet(&sheet, "took\n 12 ms\n (50 %),\n a 7\n sheep,\n v2 B.\n 5 s\n");

	take_sheet(&sheet, 4);
	page_begin(&sheet.page, 0, 1);
	page_words(&sheet.page, "7 sheep");
	page_end(&sheet.page);
	assert_sheet(&sheet, "7\n she\n ep\n");
}

static void a_word_longer_than_a_line_is_broken_inside(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 8);
	page_begin(&sheet.page, 0, 2);
	page_words(&sheet.page, "ab 0123456789ABCDEF");
	page_end(&sheet.page);
	assert_sheet(&sheet, "ab\n  012345\n  6789AB\n  CDEF\n");
}

static void an_atom_stays_together(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 10);
	page_begin(&sheet.page, 0, 1);
	page_words(&sheet.page, "one");
	page_atom(&sheet.page, "two three");
	page_atom(&sheet.page, "too long for a line");
	page_end(&sheet.page);
	assert_sheet(&sheet, "one\n two three\n too long\n for a\n line\n");
}

static void a_note_stands_at_the_right_edge(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 12);
	page_begin(&sheet.page, 0, 0);
	page_words(&sheet.page, "abc");
	page_right(&sheet.page, "high");
	page_end(&sheet.page);
	page_begin(&sheet.page, 0, 0);
	page_words(&sheet.page, "abcdefgh");
	page_right(&sheet.page, "high");
	page_end(&sheet.page);
	assert_sheet(&sheet, "abc     high\nabcdefgh\n        high\n");
}

static void cells_are_exactly_as_wide_as_told(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 80);
	page_begin(&sheet.page, 0, 0);
	page_cell(&sheet.page, "ab", 4, true);
	page_words(&sheet.page, "|");
	sheet.page.wants_space = false;
	page_cell(&sheet.page, "ab", 4, false);
	page_cell(&sheet.page, "abcdef", 4, true);
	page_cell(&sheet.page, "a\033b", 4, false); /* an escape is cut as a whole */
	page_words(&sheet.page, "|");
	page_end(&sheet.page);
	assert_sheet(&sheet, "ab  |  ababc~a~  |\n");
}

static void names_cannot_break_a_line(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 80);
	page_line(&sheet.page, 0, "a\nb\033[31m");
	assert_sheet(&sheet, "a\\x0ab\\x1b[31m\n");
}

static void there_is_color_only_when_it_is_wanted(void **state)
{
	struct sheet sheet;

	take_sheet(&sheet, 80);
	page_paint(&sheet.page, PAINT_STRONG);
	page_line(&sheet.page, 0, "a");
	sheet.page.color = true;
	page_paint(&sheet.page, PAINT_STRONG);
	page_line(&sheet.page, 0, "b");
	page_paint(&sheet.page, PAINT_PLAIN);
	assert_sheet(&sheet, "a\n\033[1mb\n\033[0m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_flow_and_break_at_spaces),
		cmocka_unit_test(a_figure_and_its_unit_stay_together),
		cmocka_unit_test(a_word_longer_than_a_line_is_broken_inside),
		cmocka_unit_test(an_atom_stays_together),
		cmocka_unit_test(a_note_stands_at_the_right_edge),
		cmocka_unit_test(cells_are_exactly_as_wide_as_told),
		cmocka_unit_test(names_cannot_break_a_line),
		cmocka_unit_test(there_is_color_only_when_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
