/* Is the style what the environment and the options say, when there is no terminal to ask? */
#include "cmd/style.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/test.h"

static struct view_style style_without_terminal(enum color_when when)
{
	struct options options = { .color = when };
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct view_style style;

	assert_true(fd >= 0);
	style = style_for(&options, fd);
	(void)close(fd);
	return style;
}

static void color_is_for_terminals_unless_it_is_asked_for(void **state)
{
	assert_false(style_without_terminal(COLOR_AUTO).color);
	assert_false(style_without_terminal(COLOR_NEVER).color);
	assert_true(style_without_terminal(COLOR_ALWAYS).color);
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_false(style_without_terminal(COLOR_AUTO).color);
	assert_true(style_without_terminal(COLOR_ALWAYS).color);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
}

static void without_a_terminal_the_width_is_that_of_the_environment(void **state)
{
	static const struct {
		const char *columns;
		unsigned int wanted;
	} rows[] = { { "120", 120 }, { "20", 80 },  { "9999", 200 },
		     { "wide", 80 }, { "-1", 200 }, { "", 80 } };

	assert_int_equal(unsetenv("COLUMNS"), 0);
	assert_int_equal(style_without_terminal(COLOR_AUTO).columns, 80);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(setenv("COLUMNS", rows[i].columns, 1), 0);
		assert_int_equal(style_without_terminal(COLOR_AUTO).columns, rows[i].wanted);
	}
	assert_int_equal(unsetenv("COLUMNS"), 0);
}

static void utf8_is_what_the_locale_says(void **state)
{
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	assert_false(style_is_utf8());
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_true(style_is_utf8());
	assert_int_equal(setenv("LC_ALL", "no_SUCH.locale", 1), 0);
	assert_false(style_is_utf8());
	assert_int_equal(unsetenv("LC_ALL"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(color_is_for_terminals_unless_it_is_asked_for),
		cmocka_unit_test(without_a_terminal_the_width_is_that_of_the_environment),
		cmocka_unit_test(utf8_is_what_the_locale_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
