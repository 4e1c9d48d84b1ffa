/* Does the help tell all that the tables know, in 80 columns, and is the manual page sound roff? */
#include "cmd/help.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "harness/test.h"

typedef void print_function(const struct command *table, const struct command *command, FILE *out);

static char *print(print_function *function, const struct command *command)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	function(COMMANDS, command, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool tells_option(const char *text, const struct option_row *row)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "--%s ", row->name);
	return strstr(text, name) != NULL;
}

static void the_help_names_every_command_and_option(void **state)
{
	owns(own_free) char *text = print(help_print, NULL);

	for (const struct command *command = COMMANDS; command->name; command++)
		assert_non_null(strstr(text, command->name));
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_row *row = option_row((enum option_id)id);

		assert_int_equal(tells_option(text, row), row->help[0] != '\0');
	}
}

static void no_words_are_cut_however_many(void **state)
{
	owns(own_free) char *text = print(help_print, NULL);

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const char *last = strrchr(option_row((enum option_id)id)->help, ' ');

		if (last)
			assert_non_null(strstr(text, last + 1));
	}
}

static void the_help_of_a_command_names_its_options_and_no_others(void **state)
{
	for (const struct command *command = COMMANDS; command->name; command++) {
		owns(own_free) char *text = print(help_print, command);

		for (size_t id = 0; id < OPTION_COUNT; id++) {
			const struct option_row *row = option_row((enum option_id)id);
			uint64_t takes = (command->options | OPTIONS_OF_ALL) & UINT64_C(1) << id;

			if (row->value_name[0] || takes)
				assert_int_equal(tells_option(text, row), takes && row->help[0]);
		}
	}
}

static void the_help_tells_presets(void **state)
{
	owns(own_free) char *text = print(help_print, NULL);

	assert_non_null(strstr(text, "(default: 10)"));
	assert_non_null(strstr(text, "(default: auto)"));
}

static void the_help_fits_in_80_columns(void **state)
{
	owns(own_free) char *text = print(help_print, NULL);
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(strlen(line) <= 80);
}

static void exit_statuses_of_a_watched_command_are_told_only_where_there_is_one(void **state)
{
	owns(own_free) char *record = print(help_print, command_find(COMMANDS, "record"));
	owns(own_free) char *doctor = print(help_print, command_find(COMMANDS, "doctor"));

	assert_non_null(strstr(record, "126, 127"));
	assert_null(strstr(doctor, "126, 127"));
}

static void the_manual_page_has_its_sections(void **state)
{
	static const char *const sections[] = { ".TH \"slowpath\" 1", ".SH NAME\n",
						".SH SYNOPSIS\n",     ".SH DESCRIPTION\n",
						".SH OPTIONS\n",      ".SH EXIT STATUS\n",
						".SH ENVIRONMENT\n",  ".SH SEE ALSO\n" };
	owns(own_free) char *text = print(help_print_man, NULL);

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		assert_non_null(strstr(text, sections[i]));
	assert_non_null(strstr(text, "slowpath\\-record(1)"));
	assert_null(strstr(text, "slowpath\\-help(1)"));
}

static void hyphens_in_the_manual_page_are_those_to_be_typed(void **state)
{
	owns(own_free) char *text = print(help_print_man, command_find(COMMANDS, "record"));

	assert_non_null(strstr(text, ".B \\-p, \\-\\-pid PID\n"));
	for (const char *c = strchr(text, '-'); c; c = strchr(c + 1, '-'))
		assert_int_equal(c[-1], '\\');
}

static void every_request_in_the_manual_page_is_a_known_one(void **state)
{
	static const char *const requests[] = { ".TH ", ".SH ", ".PP", ".TP", ".B ", ".br", ".nh" };
	owns(own_free) char *text = print(help_print_man, NULL);
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		bool is_known = line[0] != '.' && line[0] != '\'';

		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
			is_known = is_known || strncmp(line, requests[i], strlen(requests[i])) == 0;
		assert_true(is_known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_help_names_every_command_and_option),
		cmocka_unit_test(no_words_are_cut_however_many),
		cmocka_unit_test(the_help_of_a_command_names_its_options_and_no_others),
		cmocka_unit_test(the_help_tells_presets),
		cmocka_unit_test(the_help_fits_in_80_columns),
		cmocka_unit_test(
			exit_statuses_of_a_watched_command_are_told_only_where_there_is_one),
		cmocka_unit_test(the_manual_page_has_its_sections),
		cmocka_unit_test(hyphens_in_the_manual_page_are_those_to_be_typed),
		cmocka_unit_test(every_request_in_the_manual_page_is_a_known_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
