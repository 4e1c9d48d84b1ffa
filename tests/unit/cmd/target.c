/* Is the target called as its user knows it, and is one that is not there refused? */
#include "cmd/target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/test.h"

static void the_kind_follows_from_what_was_asked(void **state)
{
	char *command[] = { (char[]){ "/bin/true" }, NULL };
	const uint32_t pid = 1;
	struct live_options options = {};

	assert_int_equal(target_kind(&options), WATCH_MACHINE);
	options.tgids = &pid;
	options.tgid_count = 1;
	assert_int_equal(target_kind(&options), WATCH_PROCESS);
	options.command = command;
	assert_int_equal(target_kind(&options), WATCH_COMMAND);
}

static void a_command_is_called_by_its_file(void **state)
{
	char *command[] = { (char[]){ "/bin/a/true" }, NULL };
	const struct live_options options = { .command = command };
	char name[64];

	target_name(&options, name, sizeof(name));
	assert_string_equal(name, "true");
}

static void a_process_is_called_by_its_name(void **state)
{
	const uint32_t pid = (uint32_t)getpid();
	const struct live_options options = { .tgids = &pid, .tgid_count = 1 };
	char name[64];

	target_name(&options, name, sizeof(name));
	assert_non_null(strstr(name, "test_cmd_target"));
	assert_int_equal(target_check(&options, NULL), 0);
}

static void who_is_not_there_is_refused_by_number(void **state)
{
	const uint32_t pid = 0x7ffffff0;
	const struct live_options options = { .tgids = &pid, .tgid_count = 1 };
	struct diag why = {};

	assert_int_equal(target_check(&options, &why), -ESRCH);
	assert_non_null(strstr(why.text, "2147483632"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kind_follows_from_what_was_asked),
		cmocka_unit_test(a_command_is_called_by_its_file),
		cmocka_unit_test(a_process_is_called_by_its_name),
		cmocka_unit_test(who_is_not_there_is_refused_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
