/* Is everything put right, whichever way we end? */
#include "host/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tree.h"

enum {
	WAITS = 500, /* of 10 ms */
};

static struct tree tree;
static char mark[PATH_MAX];

static int make_mark(const void *what)
{
	int fd = open(what, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : close(fd);
}

static bool is_marked(void)
{
	return access(mark, F_OK) == 0;
}

static void nap(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	(void)nanosleep(&pause, NULL);
}

static void begin(struct guardian *guardian)
{
	struct diag why = {};

	assert_int_equal(guardian_begin(make_mark, mark, guardian, &why), 0);
}

static void undone_when_asked(void **state)
{
	struct guardian guardian = GUARDIAN_NONE;

	begin(&guardian);
	nap();
	assert_false(is_marked());
	assert_int_equal(guardian_end(&guardian), 0);
	assert_true(is_marked());
	assert_int_equal(guardian_end(&guardian), 0); /* there is none any more */
}

static void a_failure_is_told(void **state)
{
	struct guardian guardian = GUARDIAN_NONE;

	begin(&guardian);
	assert_int_equal(make_mark(mark), 0);
	assert_int_equal(guardian_end(&guardian), -EIO);
}

static void undone_after_a_kill(void **state)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct guardian first = GUARDIAN_NONE, second = GUARDIAN_NONE;
		struct diag why = {};

		/* The second one must not keep the first from seeing our end. */
		if (guardian_begin(make_mark, mark, &first, &why) < 0 ||
		    guardian_begin(make_mark, "/nonexistent/mark", &second, &why) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_false(is_marked());
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < WAITS && !is_marked(); i++)
		nap();
	assert_true(is_marked());
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static int set_up(void **state)
{
	tree_make(&tree);
	(void)snprintf(mark, sizeof(mark), "%s/mark", tree.root);
	return 0;
}

static int tear_down(void **state)
{
	tree_remove(&tree);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(undone_when_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failure_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(undone_after_a_kill, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
