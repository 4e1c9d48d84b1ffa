/* Is a command held until it may go, and told apart from one that cannot be run? */
#include "cmd/launch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/test.h"

static const struct signals NOT_TAKEN = SIGNALS_NONE;

/* exec(3) takes words that are not const, for history's sake; it writes to none. */
static char *word(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void free_launch(struct launch *launch)
{
	launch_end(launch);
}

/* Run it to its end: the exit status that a shell would know. */
static int status_of(char *const *argv)
{
	owns(free_launch) struct launch launch = LAUNCH_NONE;

	assert_int_equal(launch_prepare(argv, &NOT_TAKEN, &launch, NULL), 0);
	assert_int_equal(launch_go(&launch, argv[0], NULL), 0);
	launch_wait(&launch);
	assert_true(launch_has_ended(&launch));
	return launch_exit_status(&launch);
}

static void the_exit_status_is_the_commands(void **state)
{
	assert_int_equal(status_of((char *[]){ word("true"), NULL }), 0);
	assert_int_equal(status_of((char *[]){ word("sh"), word("-c"), word("exit 3"), NULL }), 3);
}

static void death_by_a_signal_is_128_and_its_number(void **state)
{
	assert_int_equal(
		status_of((char *[]){ word("sh"), word("-c"), word("kill -TERM $$"), NULL }),
		128 + SIGTERM);
}

static int fail_to_run(const char *name, struct diag *why)
{
	owns(free_launch) struct launch launch = LAUNCH_NONE;
	char *argv[] = { word(name), NULL };
	int r;

	assert_int_equal(launch_prepare(argv, &NOT_TAKEN, &launch, why), 0);
	r = launch_go(&launch, name, why);
	assert_true(launch_has_ended(&launch));
	return r;
}

static void what_cannot_be_run_says_why(void **state)
{
	struct diag missing = {}, forbidden = {};

	assert_int_equal(fail_to_run("/nonexistent/command", &missing), -ENOENT);
	assert_string_equal(missing.text,
			    "cannot run '/nonexistent/command': No such file or directory");
	assert_int_equal(fail_to_run("/proc", &forbidden), -EACCES);
	assert_int_equal(launch_failure_status(-ENOENT), 127);
	assert_int_equal(launch_failure_status(-EACCES), 126);
}

static void a_command_that_is_not_let_go_never_runs(void **state)
{
	char path[] = "/tmp/slowpath-test-XXXXXX";
	struct launch launch = LAUNCH_NONE;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	own_close(&fd);
	assert_int_equal(
		launch_prepare((char *[]){ word("rm"), path, NULL }, &NOT_TAKEN, &launch, NULL), 0);
	launch_end(&launch);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_command_killed_before_it_may_go_is_an_error_and_not_our_end(void **state)
{
	owns(free_launch) struct launch launch = LAUNCH_NONE;
	struct diag why = {};

	assert_int_equal(
		launch_prepare((char *[]){ word("true"), NULL }, &NOT_TAKEN, &launch, NULL), 0);
	assert_int_equal(kill(launch.pid, SIGKILL), 0);
	launch_wait(&launch);
	assert_int_equal(launch_go(&launch, "true", &why), -EPIPE);
	assert_string_equal(why.text, "'true' was ended before it began");
}

static void what_a_command_says_can_go_elsewhere(void **state)
{
	owns(free_launch) struct launch launch = LAUNCH_NONE;
	char *argv[] = { word("sh"), word("-c"), word("echo out; echo error >&2"), NULL };
	char path[] = "/tmp/slowpath-test-XXXXXX", said[64] = "";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(launch_prepare_into(argv, &NOT_TAKEN, fd, &launch, NULL), 0);
	assert_int_equal(launch_go(&launch, "sh", NULL), 0);
	launch_wait(&launch);
	assert_int_equal(launch_exit_status(&launch), 0);
	assert_true(pread(fd, said, sizeof(said) - 1, 0) > 0);
	assert_string_equal(said, "out\nerror\n");
	own_close(&fd);
}

static void the_cpu_time_of_a_command_is_known_when_it_ended(void **state)
{
	owns(free_launch) struct launch launch = LAUNCH_NONE;
	char *argv[] = { word("sh"), word("-c"),
			 word("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"), NULL };

	assert_int_equal(launch_prepare(argv, &NOT_TAKEN, &launch, NULL), 0);
	assert_int_equal(launch_go(&launch, "sh", NULL), 0);
	launch_wait(&launch);
	assert_true(launch.usage.ru_utime.tv_sec + launch.usage.ru_utime.tv_usec > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_is_the_commands),
		cmocka_unit_test(death_by_a_signal_is_128_and_its_number),
		cmocka_unit_test(what_cannot_be_run_says_why),
		cmocka_unit_test(a_command_that_is_not_let_go_never_runs),
		cmocka_unit_test(a_command_killed_before_it_may_go_is_an_error_and_not_our_end),
		cmocka_unit_test(what_a_command_says_can_go_elsewhere),
		cmocka_unit_test(the_cpu_time_of_a_command_is_known_when_it_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
