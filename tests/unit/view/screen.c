/* Does no byte of a name reach a terminal unescaped, and no glyph a place beyond the screen? */
#include "view/screen.h"

#include <errno.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"

static const char HOSTILE[] = "a\033[2J\nb\xff\u202e日本\033]0;t\007";

/* The screen as text, the caller's. */
static char *text_of(const struct screen *screen)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(screen_print(screen, printed.out), 0);
	return printed_end(&printed);
}

static void begin(struct screen *screen, unsigned int columns, unsigned int lines, bool utf8)
{
	const struct screen_style style = { .columns = columns, .lines = lines, .utf8 = utf8 };

	screen_begin(screen, &style);
	screen_line_begin(screen);
}

static void every_byte_is_escaped(void **state)
{
	for (int utf8 = 0; utf8 < 2; utf8++) {
		owns(screen_free) struct screen screen = {};
		owns(own_free) char *text = NULL;

		begin(&screen, 200, 5, utf8);
		screen_put(&screen, SCREEN_PLAIN, HOSTILE);
		screen_line_begin(&screen);
		screen_format(&screen, SCREEN_STRONG, "[%s]", HOSTILE);
		screen_line_begin(&screen);
		screen_cell(&screen, SCREEN_BAR, 60, SCREEN_RIGHT, HOSTILE);
		assert_int_equal(screen_end(&screen), 0);
		text = text_of(&screen);
		assert_harmless(text);
		assert_non_null(strstr(text, "a\\x1b[2J\\x0ab\\xff"));
	}
}

static void no_line_is_wider_than_the_screen(void **state)
{
	for (unsigned int columns = 0; columns < 60; columns++) {
		owns(screen_free) struct screen screen = {};
		owns(own_free) char *text = NULL;

		begin(&screen, columns, 2, true);
		screen_put(&screen, SCREEN_PLAIN, "日本");
		screen_cell(&screen, SCREEN_BAR, 7, SCREEN_LEFT, HOSTILE);
		screen_cell(&screen, SCREEN_BAR, 7, SCREEN_RIGHT, "x");
		screen_put(&screen, SCREEN_PLAIN, HOSTILE);
		screen_fill(&screen, SCREEN_STRONG);
		assert_int_equal(screen.lines.items[0].columns, columns);
		assert_int_equal(screen_end(&screen), 0);
		text = text_of(&screen);
		assert_columns(text, columns, true);
	}
}

static void what_is_painted_lies_on_the_line(void **state)
{
	owns(screen_free) struct screen screen = {};
	const struct screen_line *line;

	begin(&screen, 10, 1, true);
	screen_put(&screen, SCREEN_PLAIN, "ab");
	screen_put(&screen, SCREEN_STRONG, "日cd");
	screen_put(&screen, SCREEN_WARNING, "");
	screen_cell(&screen, SCREEN_BAR, 9, SCREEN_LEFT, "e");
	line = &screen.lines.items[0];
	assert_int_equal(line->pieces.count, 2);
	assert_int_equal(line->pieces.items[0].column, 2);
	assert_int_equal(line->pieces.items[0].columns, 4);
	assert_int_equal(line->pieces.items[0].paint, SCREEN_STRONG);
	assert_int_equal(line->pieces.items[1].column, 6);
	assert_int_equal(line->pieces.items[1].columns, 4);
	assert_int_equal(screen_end(&screen), 0);
}

static void cells_are_filled_on_either_side_or_cut(void **state)
{
	owns(screen_free) struct screen screen = {};

	begin(&screen, 40, 1, true);
	screen_cell(&screen, SCREEN_PLAIN, 4, SCREEN_LEFT, "ab");
	screen_cell(&screen, SCREEN_PLAIN, 4, SCREEN_RIGHT, "cd");
	screen_cell(&screen, SCREEN_PLAIN, 3, SCREEN_LEFT, "efgh");
	screen_cell(&screen, SCREEN_PLAIN, 3, SCREEN_RIGHT, "ijkl");
	screen_put(&screen, SCREEN_PLAIN, ".");
	assert_int_equal(screen_end(&screen), 0);
	assert_string_equal(screen.lines.items[0].text.items, "ab    cdefgijk.");
}

static void lines_below_the_last_one_are_not_seen(void **state)
{
	owns(screen_free) struct screen screen = {};
	owns(own_free) char *text = NULL;

	begin(&screen, 10, 2, true);
	screen_put(&screen, SCREEN_PLAIN, "one");
	assert_int_equal(screen_lines_left(&screen), 1);
	screen_line_begin(&screen);
	screen_put(&screen, SCREEN_PLAIN, "two");
	screen_line_begin(&screen);
	assert_int_equal(screen_lines_left(&screen), 0);
	screen_put(&screen, SCREEN_PLAIN, "three");
	assert_int_equal(screen_end(&screen), 0);
	text = text_of(&screen);
	assert_string_equal(text, "one\ntwo\n");
}

static void a_screen_without_lines_takes_everything(void **state)
{
	owns(screen_free) struct screen screen = {};
	const struct screen_style style = { 0 };

	screen_begin(&screen, &style);
	screen_put(&screen, SCREEN_PLAIN, "nowhere");
	screen_cell(&screen, SCREEN_PLAIN, 3, SCREEN_LEFT, "nowhere");
	screen_fill(&screen, SCREEN_BAR);
	assert_int_equal(screen_end(&screen), 0);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(screen_free) struct screen screen = {};
	FILE *full = printed_nowhere();

	begin(&screen, 10, 1, true);
	screen_put(&screen, SCREEN_PLAIN, "text");
	assert_int_equal(screen_end(&screen), 0);
	assert_int_equal(screen_print(&screen, full), -ENOSPC);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_escaped),
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(what_is_painted_lies_on_the_line),
		cmocka_unit_test(cells_are_filled_on_either_side_or_cut),
		cmocka_unit_test(lines_below_the_last_one_are_not_seen),
		cmocka_unit_test(a_screen_without_lines_takes_everything),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
