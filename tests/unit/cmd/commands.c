/* Does the table run what was asked for? */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "harness/test.h"
#include "unit/cmd/stubs.h"

static struct options parse(const char *first, const char *second)
{
	char *argv[] = { (char *)"slowpath", (char *)first, (char *)second, NULL };
	struct options options = {};
	int argc = first ? second ? 3 : 2 : 1;

	assert_int_equal(options_parse(COMMANDS, argc, argv, &options, NULL), 0);
	return options;
}

/* Run with standard output going to a file; the exit status. */
static int run_into(const char *path, struct options options)
{
	int kept, fd, status;

	assert_int_equal(fflush(stdout), 0);
	kept = dup(STDOUT_FILENO);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(kept >= 0 && fd >= 0);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	status = command_run(&options);
	(void)fflush(stdout);
	clearerr(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	(void)close(kept);
	(void)close(fd);
	return status;
}

static void each_command_runs_its_own_function(void **state)
{
	static const struct {
		const char *name;
		int mark;
	} rows[] = {
#define STUB(name) { #name, RAN_##name },
		COMMAND_STUBS(STUB)
#undef STUB
	};
	struct options preset = parse(NULL, NULL);

	for (size_t i = 0; i < array_count(rows); i++) {
		struct options options = parse(rows[i].name, NULL);

		assert_int_equal(command_run(&options), rows[i].mark);
	}
	assert_int_equal(command_run(&preset), RAN_diagnose);
}

static void requests_are_answered_without_running_the_command(void **state)
{
	assert_int_equal(run_into("/dev/null", parse("--help", NULL)), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("record", "--help")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("--version", NULL)), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("--man", "doctor")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("--json-schema", NULL)), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("cpu", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("wait", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("stuck", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("syscalls", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("workload", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("bench", "--json-schema")), CMD_DONE);
	assert_int_equal(run_into("/dev/null", parse("help", "record")), CMD_DONE);
}

static void help_on_what_does_not_exist_is_wrong_usage(void **state)
{
	assert_int_equal(run_into("/dev/null", parse("help", "recipe")), CMD_USAGE);
}

static void an_answer_that_could_not_be_written_is_a_failure(void **state)
{
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(run_into("/dev/full", parse("--help", NULL)), CMD_FAILED);
	assert_int_equal(run_into("/dev/full", parse("--json-schema", NULL)), CMD_FAILED);
}

static void every_command_is_told_in_the_table(void **state)
{
	for (const struct command *command = COMMANDS; command->name; command++) {
		assert_non_null(command->run);
		assert_true(strlen(command->summary) > 10);
		assert_true(strlen(command->description) > 10);
		assert_non_null(command->word_name);
		assert_ptr_equal(command_find(COMMANDS, command->name), command);
	}
	assert_null(command_find(COMMANDS, "no-such-command"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_runs_its_own_function),
		cmocka_unit_test(requests_are_answered_without_running_the_command),
		cmocka_unit_test(help_on_what_does_not_exist_is_wrong_usage),
		cmocka_unit_test(an_answer_that_could_not_be_written_is_a_failure),
		cmocka_unit_test(every_command_is_told_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
