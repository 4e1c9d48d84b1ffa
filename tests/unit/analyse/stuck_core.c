/* Is what the looks know of a core brought to those who say it? */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

/* What is told with this pattern and limit (NULL: not known) of a process that died with this
 * status, and advised where advice is no NULL. */
static void expect(const char *pattern, const char *limit, int exit_code, const char *words,
		   const char *advice)
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
	if (advice)
		assert_tells(process->advice.items, process->advice.count, advice);
}

static void a_written_core_is_named_by_its_pattern(void **state)
{
	expect("/var/cores/%e.%p", "unlimited", 11 | 0x80,
	       "A core was written as kernel.core_pattern says, /var/cores/%e.%p.",
	       "gdb PROGRAM CORE");
}

static void a_limit_of_nothing_is_the_reason(void **state)
{
	expect("core", "0", 11, "No core was written: the limit (ulimit -c) was 0 B.",
	       "ulimit -c unlimited");
}

static void a_limit_that_allows_one_is_no_reason(void **state)
{
	expect("core", "unlimited", 11, "the limit (ulimit -c) was unlimited", NULL);
	expect("core", "8388608", 11, "why is not known: the limit (ulimit -c) was 8 MiB", NULL);
}

static void an_unknown_limit_is_said_to_be_unknown(void **state)
{
	expect("core", NULL, 11, "the limit (ulimit -c) was not seen", NULL);
	expect("core", "many", 11, "the limit (ulimit -c) was not seen", NULL);
}

static void an_empty_pattern_is_the_reason(void **state)
{
	expect("", "unlimited", 6, "No core was written: kernel.core_pattern is empty.", NULL);
}

static void a_program_that_takes_cores_is_named(void **state)
{
	expect("|/usr/lib/systemd/systemd-coredump %P %u", "0", 11 | 0x80,
	       "handed to the program in kernel.core_pattern, |/usr/lib/systemd/systemd-coredump",
	       "coredumpctl");
	expect("|/usr/share/apport/apport -p%p", "0", 11, "apport -p%p, did not take it", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_core_is_named_by_its_pattern),
		cmocka_unit_test(a_limit_of_nothing_is_the_reason),
		cmocka_unit_test(a_limit_that_allows_one_is_no_reason),
		cmocka_unit_test(an_unknown_limit_is_said_to_be_unknown),
		cmocka_unit_test(an_empty_pattern_is_the_reason),
		cmocka_unit_test(a_program_that_takes_cores_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
