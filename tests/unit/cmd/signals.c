/* Do the signals of a watch come through its descriptor, and is all as it was when they are given
 * back? */
#include "cmd/signals.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test.h"

static bool is_blocked(int number)
{
	sigset_t mask;

	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	return sigismember(&mask, number) == 1;
}

static void (*handler_of(int number))(int)
{
	struct sigaction action;

	assert_int_equal(sigaction(number, NULL, &action), 0);
	return action.sa_handler;
}

static void set_handler(int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler };

	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void what_was_taken_is_read_from_the_descriptor(void **state)
{
	owns(signals_give_back) struct signals signals = SIGNALS_NONE;
	struct signalfd_siginfo info;

	assert_int_equal(signals_take(&signals, NULL), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(read(signals.fd, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.ssi_signo, SIGTERM);
	assert_int_equal(read(signals.fd, &info, sizeof(info)), -1);
	assert_int_equal(errno, EAGAIN);
}

static void all_is_as_it_was_when_they_are_given_back(void **state)
{
	struct signals signals = SIGNALS_NONE;

	set_handler(SIGCHLD, SIG_IGN);
	assert_int_equal(signals_take(&signals, NULL), 0);
	assert_true(is_blocked(SIGINT) && is_blocked(SIGTERM) && is_blocked(SIGCHLD));
	assert_ptr_equal(handler_of(SIGCHLD), SIG_DFL);
	assert_ptr_equal(handler_of(SIGXFSZ), SIG_IGN);
	signals_give_back(&signals);
	assert_int_equal(signals.fd, -1);
	assert_false(is_blocked(SIGINT) || is_blocked(SIGTERM) || is_blocked(SIGCHLD));
	assert_ptr_equal(handler_of(SIGCHLD), SIG_IGN);
	assert_ptr_equal(handler_of(SIGXFSZ), SIG_DFL);
	set_handler(SIGCHLD, SIG_DFL);
}

static void the_end_of_the_terminal_is_taken_when_that_is_wanted(void **state)
{
	struct signals signals = SIGNALS_NONE;
	struct signalfd_siginfo info;

	assert_int_equal(signals_take(&signals, NULL), 0);
	assert_false(is_blocked(SIGHUP));
	assert_int_equal(signals_take_hangup(&signals, NULL), 0);
	assert_true(is_blocked(SIGHUP) && is_blocked(SIGTERM));
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(read(signals.fd, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.ssi_signo, SIGHUP);
	signals_give_back(&signals);
	assert_false(is_blocked(SIGHUP) || is_blocked(SIGTERM));
}

static void nothing_is_given_back_that_was_not_taken(void **state)
{
	struct signals signals = SIGNALS_NONE;

	set_handler(SIGXFSZ, SIG_IGN);
	signals_give_back(&signals);
	assert_ptr_equal(handler_of(SIGXFSZ), SIG_IGN);
	set_handler(SIGXFSZ, SIG_DFL);
}

/* Write beyond the file size limit: the errno, in a process of its own. */
static void __attribute__((noreturn)) write_too_much(const struct signals *signals, bool restore)
{
	const struct rlimit limit = { .rlim_cur = 0, .rlim_max = 0 };
	FILE *file = tmpfile();

	if (restore)
		signals_restore(signals);
	if (!file || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(0);
	_exit(write(fileno(file), "x", 1) < 0 ? errno : 0);
}

static int status_of_writing_too_much(const struct signals *signals, bool restore)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		write_too_much(signals, restore);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_write_beyond_the_file_size_limit_is_an_error_for_us_alone(void **state)
{
	owns(signals_give_back) struct signals signals = SIGNALS_NONE;
	int status;

	assert_int_equal(signals_take(&signals, NULL), 0);
	status = status_of_writing_too_much(&signals, false);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EFBIG);
	status = status_of_writing_too_much(&signals, true);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXFSZ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_taken_is_read_from_the_descriptor),
		cmocka_unit_test(all_is_as_it_was_when_they_are_given_back),
		cmocka_unit_test(the_end_of_the_terminal_is_taken_when_that_is_wanted),
		cmocka_unit_test(nothing_is_given_back_that_was_not_taken),
		cmocka_unit_test(a_write_beyond_the_file_size_limit_is_an_error_for_us_alone),
	};

	/* A background shell starts its commands with SIGINT ignored; here all shall be usual. */
	set_handler(SIGINT, SIG_DFL);
	set_handler(SIGXFSZ, SIG_DFL);
	set_handler(SIGCHLD, SIG_DFL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
