/* Is it told right where a core is, or why there is none? */
#include "analyse/core_words.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

/* The words hold these, and the advice those; NULL: there is none. */
static void expect(struct core_seen core, const char *text, const char *advice)
{
	const struct core_words words = core_say(&core);

	assert_non_null(strstr(words.text, text));
	if (!advice)
		assert_null(words.advice);
	else
		assert_true(words.advice && strstr(words.advice, advice));
}

static void a_written_core_is_where_the_pattern_says(void **state)
{
	expect((struct core_seen){ .state = CORE_WRITTEN, .pattern = "/var/cores/%p" },
	       "a core was written as kernel.core_pattern says, /var/cores/%p", "gdb");
	expect((struct core_seen){ .state = CORE_WRITTEN, .pattern = "core" },
	       "a core was written into the folder that it ran in, as core", "gdb");
	expect((struct core_seen){ .state = CORE_WRITTEN, .pattern = "", .is_dotted = true },
	       "a core was written into the folder that it ran in, as .PID", "gdb");
	expect((struct core_seen){ .state = CORE_WRITTEN },
	       "a core was written as kernel.core_pattern says", "gdb");
}

static void a_core_that_is_being_written_is_on_its_way_there(void **state)
{
	expect((struct core_seen){ .state = CORE_BEING_WRITTEN, .pattern = "core" },
	       "a core is being written into the folder that it ran in, as core", "gdb");
	expect((struct core_seen){ .state = CORE_BEING_WRITTEN, .pattern = "|/usr/bin/x" },
	       "a core is being handed to the program in kernel.core_pattern, |/usr/bin/x", "gdb");
}

static void each_program_that_takes_cores_has_its_way_back(void **state)
{
	static const char *const rows[][2] = {
		{ "|/lib/systemd/systemd-coredump %P", "coredumpctl debug" },
		{ "|/usr/share/apport/apport -p%p", "apport-unpack" },
		{ "|/usr/libexec/abrt-hook-ccpp %s", "abrt list" },
		{ "|/opt/own", "gdb" },
	};

	for (size_t i = 0; i < array_count(rows); i++)
		expect((struct core_seen){ .state = CORE_WRITTEN, .pattern = rows[i][0] },
		       "handed to the program in kernel.core_pattern, |/", rows[i][1]);
}

static void what_forbids_a_core_is_the_reason(void **state)
{
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN,
				   .pattern = "core",
				   .has_limit = true },
	       "no core was written: the limit (ulimit -c) was 0 B", "LimitCORE");
	expect((struct core_seen){ .state = CORE_UNSEEN, .pattern = "core", .has_limit = true },
	       "no core was written: the limit (ulimit -c) was 0 B", "LimitCORE");
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN,
				   .pattern = "|/x",
				   .is_undumpable = true },
	       "is not to be dumped", NULL);
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN, .pattern = "" },
	       "no core was written: kernel.core_pattern is empty", NULL);
}

static void a_limit_does_not_count_for_a_program(void **state)
{
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN,
				   .pattern = "|/x %p",
				   .has_limit = true },
	       "the program in kernel.core_pattern, |/x %p, did not take it", NULL);
}

static void what_is_not_known_is_said_to_be_unknown(void **state)
{
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN },
	       "why is not known: the limit (ulimit -c) was not seen, kernel.core_pattern is not "
	       "known",
	       NULL);
	expect((struct core_seen){ .state = CORE_NOT_WRITTEN,
				   .pattern = "core",
				   .has_limit = true,
				   .limit_bytes = UINT64_MAX },
	       "was unlimited, kernel.core_pattern is core; perhaps the folder", NULL);
	expect((struct core_seen){ .state = CORE_UNSEEN }, "its end was not seen", NULL);
	expect((struct core_seen){ .state = CORE_UNSEEN, .pattern = "|/usr/share/apport/apport" },
	       "its end was not seen; if there is one, it was handed to the program",
	       "apport-unpack");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_core_is_where_the_pattern_says),
		cmocka_unit_test(a_core_that_is_being_written_is_on_its_way_there),
		cmocka_unit_test(each_program_that_takes_cores_has_its_way_back),
		cmocka_unit_test(what_forbids_a_core_is_the_reason),
		cmocka_unit_test(a_limit_does_not_count_for_a_program),
		cmocka_unit_test(what_is_not_known_is_said_to_be_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
