/* Does every shell's script know all commands and options, and nothing hidden? */
#include "cmd/completion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "harness/printed.h"
#include "harness/test.h"

static const char *const SHELLS[] = { "bash", "zsh", "fish" };

static char *script(const char *shell)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(completion_print(COMMANDS, shell, printed.out), 0);
	return printed_end(&printed);
}

static void every_command_and_every_option_is_in_every_script(void **state)
{
	for (size_t i = 0; i < sizeof(SHELLS) / sizeof(SHELLS[0]); i++) {
		owns(own_free) char *text = script(SHELLS[i]);

		for (const struct command *command = COMMANDS; command->name; command++)
			assert_non_null(strstr(text, command->name));
		for (size_t id = 0; id < OPTION_COUNT; id++) {
			const struct option_row *row = option_row((enum option_id)id);
			char name[64];

			(void)snprintf(name, sizeof(name),
				       strcmp(SHELLS[i], "fish") == 0 ? " -l %s " : "--%s",
				       row->name);
			if (row->help[0])
				assert_non_null(strstr(text, name));
			else
				assert_null(strstr(text, name));
		}
	}
}

static void the_words_of_closed_sets_are_in_every_script(void **state)
{
	for (size_t i = 0; i < sizeof(SHELLS) / sizeof(SHELLS[0]); i++) {
		owns(own_free) char *text = script(SHELLS[i]);

		assert_non_null(strstr(
			text, "json folded pprof speedscope perf-script perfetto openmetrics"));
		assert_non_null(strstr(text, "auto always never"));
		assert_non_null(strstr(text, "D S all"));
	}
}

static void another_shell_is_refused(void **state)
{
	assert_int_equal(completion_print(COMMANDS, "tcsh", stderr), -EINVAL);
	assert_int_equal(completion_print(COMMANDS, "", stderr), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_and_every_option_is_in_every_script),
		cmocka_unit_test(the_words_of_closed_sets_are_in_every_script),
		cmocka_unit_test(another_shell_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
