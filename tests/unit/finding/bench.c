/* Are presets found by their names, and each says what it does? */
#include "finding/bench.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static void presets_are_chosen_by_name(void **state)
{
	uint32_t set = 0;

	assert_int_equal(bench_presets_read("mixed,seq-write", &set), 0);
	assert_int_equal(set, 1u << BENCH_PRESET_MIXED | 1u << BENCH_PRESET_SEQ_WRITE);
	assert_int_equal(bench_presets_read("rand-read", &set), 0);
	assert_int_equal(set, 1u << BENCH_PRESET_RAND_READ);
}

static void a_list_that_is_none_is_refused(void **state)
{
	static const char *const texts[] = { "",       ",",           "mixed,",
					     ",mixed", "mixed,mixed", "Mixed",
					     "mixe",   "seq",         "mixed seq-read" };

	for (size_t i = 0; i < array_count(texts); i++) {
		uint32_t set = 77;

		assert_int_equal(bench_presets_read(texts[i], &set), -EINVAL);
		assert_int_equal(set, 77);
	}
}

static void each_preset_has_a_name_of_its_own_and_names_no_place(void **state)
{
	for (int a = 0; a < BENCH_PRESET_COUNT; a++) {
		const struct bench_preset_row *row = bench_preset_row((enum bench_preset)a);

		assert_true(row->id[0] && row->words[0]);
		assert_non_null(strstr(row->options, "rw="));
		assert_non_null(strstr(row->options, "bs="));
		assert_null(strchr(row->options, '/'));
		for (int b = a + 1; b < BENCH_PRESET_COUNT; b++)
			assert_string_not_equal(row->id,
						bench_preset_row((enum bench_preset)b)->id);
	}
}

static void nothing_is_freed_without_harm(void **state)
{
	struct bench *bench = NULL;

	bench_free(&bench);
	assert_null(bench);
	assert_string_equal(bench_way_name(BENCH_READ), "read");
	assert_string_equal(bench_way_name(BENCH_WRITE), "write");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_are_chosen_by_name),
		cmocka_unit_test(a_list_that_is_none_is_refused),
		cmocka_unit_test(each_preset_has_a_name_of_its_own_and_names_no_place),
		cmocka_unit_test(nothing_is_freed_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
