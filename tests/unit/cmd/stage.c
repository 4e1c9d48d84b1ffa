/* Is a folder of one's own made where it may be, and does nothing of it stay? */
#include "cmd/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"

static void all_of_it_is_gone_afterwards(void **state)
{
	struct stage stage = STAGE_NONE;
	char folder[sizeof(stage.folder)], before[4096], after[4096];
	int fd;

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(stage_build("/tmp", "slowpath-test", &stage, NULL), 0);
	strcpy(folder, stage.folder);
	assert_int_equal(strncmp(folder, "/tmp/slowpath-test-", 19), 0);
	assert_int_equal(stage_enter(&stage, NULL), 0);
	assert_int_equal(mkdir("in", 0700), 0);
	fd = open("in/it", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	own_close(&fd);
	assert_int_equal(symlink("/tmp", "link"), 0);
	stage_leave(&stage);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);
	assert_int_equal(access(folder, F_OK), 0);
	assert_int_equal(stage_enter(&stage, NULL), 0);
	stage_strike(&stage);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(access("/tmp", F_OK), 0);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);
	stage_strike(&stage);
}

static void files_and_devices_are_left_alone(void **state)
{
	struct stage stage = STAGE_NONE;
	struct diag why = {};

	assert_int_equal(stage_build("/dev/null", "x", &stage, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "/dev/null is a device"));
	diag_clear(&why);
	assert_int_equal(stage_build("/proc/self/status", "x", &stage, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "is not a folder"));
	diag_clear(&why);
	assert_int_equal(stage_build("/nonexistent", "x", &stage, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/nonexistent"));
	diag_clear(&why);
	assert_true(stage_build("/proc", "x", &stage, &why) < 0);
	assert_non_null(strstr(why.text, "cannot make a folder in /proc"));
	assert_string_equal(stage.folder, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_gone_afterwards),
		cmocka_unit_test(files_and_devices_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
