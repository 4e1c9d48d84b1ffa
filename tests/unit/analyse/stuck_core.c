/* Is it told right where a core is, or why there is none? */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

/* What is told with this pattern and limit (NULL: not known) of a process that died with this
 * status. */
static void expect(const char *pattern, const char *limit, int exit_code, const char *words)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	stream_fact(&stream, "kernel.core_pattern", pattern);
	if (limit)
		stream_fact(&stream, "process.2.core_limit", limit);
	looked_task(&stream, 2, 0, "crash", 0);
	looked_asleep(&stream, 2, 0, (struct event_thread){ .state = 32, .exit_code = exit_code });
	report = looked_report(&stream);
	process = looked_process(report, 2);
	assert_non_null(process);
	assert_tells(process->evidence.items, process->evidence.count, words);
}

static void a_written_core_is_named_by_its_pattern(void **state)
{
	expect("/var/cores/%e.%p", "unlimited", 11 | 0x80, "A core was written, by the pattern");
}

static void a_limit_of_nothing_is_the_reason(void **state)
{
	expect("core", "0", 11, "because its limit was 0");
}

static void an_unknown_limit_is_said_to_be_unknown(void **state)
{
	expect("core", NULL, 11, "its limit was not known");
}

static void an_empty_pattern_is_the_reason(void **state)
{
	expect("", "unlimited", 6, "because kernel.core_pattern is empty");
}

static void a_program_that_takes_cores_is_named(void **state)
{
	expect("|/usr/lib/systemd/systemd-coredump %P %u", "0", 11, "coredumpctl");
	expect("|/usr/share/apport/apport -p%p", "0", 11, "goes to /usr/share/apport/apport ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_core_is_named_by_its_pattern),
		cmocka_unit_test(a_limit_of_nothing_is_the_reason),
		cmocka_unit_test(an_unknown_limit_is_said_to_be_unknown),
		cmocka_unit_test(an_empty_pattern_is_the_reason),
		cmocka_unit_test(a_program_that_takes_cores_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
