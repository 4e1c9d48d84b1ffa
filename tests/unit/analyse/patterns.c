/* Do patterns fit what they should, and keep what the last wildcard stood for? */
#include "analyse/patterns.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static void names_fit_or_do_not(void **state)
{
	static const struct {
		const char *name;
		const char *pattern;
		const char *part; /* NULL: it does not fit */
	} rows[] = {
		{ "jbd2/vda1-8", "jbd2/*-#", "vda1" },
		{ "jbd2/dm-0-8", "jbd2/*-#", "dm-0" },
		{ "jbd2/vda1", "jbd2/*-#", NULL },
		{ "CPU 12/KVM", "CPU #/KVM", "12" },
		{ "CPU x/KVM", "CPU #/KVM", NULL },
		{ "CPU 1/KVM ", "CPU #/KVM", NULL },
		{ "loop7", "loop#", "7" },
		{ "loop", "loop#", NULL },
		{ "md0_raid5", "md#_raid#", "5" },
		{ "anything", "*", "anything" },
		{ "", "*", "" },
		{ "", "", "" },
		{ "x", "", NULL },
		{ "xfs-conv/dm-1", "xfs-*/*", "dm-1" },
		{ "kworker/u8:2-flush-8:0", "kworker/*-*", "flush-8:0" },
		{ "aaaaaaaaaaaaaaaaaaaaaaab", "*a*a*b", "aaaaaaaaaaaaaaaaaaaaa" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		struct pattern_part part = {};

		assert_int_equal(pattern_fits(rows[i].name, rows[i].pattern, &part),
				 rows[i].part != NULL);
		assert_int_equal(pattern_fits(rows[i].name, rows[i].pattern, NULL),
				 rows[i].part != NULL);
		if (!rows[i].part)
			continue;
		assert_int_equal(part.bytes, strlen(rows[i].part));
		if (part.bytes)
			assert_memory_equal(part.text, rows[i].part, part.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_or_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
