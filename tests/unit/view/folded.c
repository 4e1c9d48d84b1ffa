/* Do folded stacks hold the whole tree, and nothing that their readers trip over? */
#include "view/folded.h"

#include <stdlib.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "unit/view/sample_profile.h"

static char *fold(const struct profile *profile)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(view_folded(profile, printed.out), 0);
	return printed_end(&printed);
}

static void folded_stacks_look_as_accepted(void **state)
{
	owns(profiles_free) struct profiles cpu = sample_profiles();
	owns(profiles_free) struct profiles wall = sample_wall();
	owns(own_free) char *cpu_text = fold(cpu.items.items[0]);
	owns(own_free) char *wall_text = fold(wall.items.items[0]);

	assert_harmless(cpu_text);
	golden_assert("folded", cpu_text);
	golden_assert("folded-wall", wall_text);
}

/* The last space parts the count from the path, semicolons part the frames: no name has one. */
static void the_counts_of_all_lines_are_all_samples(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(own_free) char *text = fold(profiles.items.items[0]);
	uint64_t sum = 0;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *count = strrchr(line, ' ');
		size_t frames = 1;

		assert_non_null(count);
		sum += strtoull(count, NULL, 10);
		for (const char *c = line; *c; c++)
			frames += *c == ';';
		assert_in_range(frames, 2, 4);
	}
	assert_int_equal(sum, profiles.items.items[0]->samples);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_true(view_folded(profiles.items.items[0], full) < 0);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_stacks_look_as_accepted),
		cmocka_unit_test(the_counts_of_all_lines_are_all_samples),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
