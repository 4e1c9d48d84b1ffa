/* Is nothing told of threads that no limit holds? */
#include "probe/io_holds.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "told.h"

static void what_is_on_no_device_is_held_by_none(void **state)
{
	owns(io_holds_free) struct io_holds holds = {};
	struct told told = {};
	const struct event_sink sink = { told_take, &told };
	struct diag why = {};
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(io_holds_tell(&holds, (uint32_t)pid, &sink, 1, &why), 0);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(io_holds_tell(&holds, (uint32_t)pid, &sink, 1, &why), 0);
	assert_int_equal(told.count, 0);
}

static void when_its_time_is_over_nobody_is_asked(void **state)
{
	owns(io_holds_free) struct io_holds holds = {};
	struct told told = {};
	const struct event_sink sink = { told_take, &told };
	struct diag why = {};

	assert_int_equal(io_holds_tell(&holds, (uint32_t)getpid(), &sink, 1, &why), 0);
	assert_false(holds.is_over);
	holds.until_ns = 0;
	assert_int_equal(io_holds_tell(&holds, (uint32_t)getpid(), &sink, 1, &why), 0);
	assert_true(holds.is_over);
	io_holds_free(&holds);
	assert_null(holds.guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_no_device_is_held_by_none),
		cmocka_unit_test(when_its_time_is_over_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
