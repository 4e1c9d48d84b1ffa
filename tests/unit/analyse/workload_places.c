/* Is the number of different places estimated well, few and many? */
#include "analyse/workload_state.h"
#include "harness/test.h"

static double estimate_of(uint64_t count, unsigned int times)
{
	struct places places = {};

	for (unsigned int k = 0; k < times; k++) {
		for (uint64_t i = 0; i < count; i++)
			places_add(&places, hash_pair(77, i * 4096));
	}
	return places_estimate(&places);
}

static void few_and_many_are_estimated_within_ten_percent(void **state)
{
	static const uint64_t COUNTS[] = { 1, 2, 10, 100, 1000, 3000, 16384, 100000, 1000000 };

	for (size_t i = 0; i < array_count(COUNTS); i++) {
		double estimate = estimate_of(COUNTS[i], 1);

		assert_true(estimate > 0.9 * (double)COUNTS[i]);
		assert_true(estimate < 1.1 * (double)COUNTS[i]);
	}
}

static void a_place_counts_once_however_often_it_is_visited(void **state)
{
	assert_true(estimate_of(500, 1) == estimate_of(500, 9));
}

static void merged_sets_count_what_is_in_either(void **state)
{
	struct places one = {}, other = {}, both = {};

	for (uint64_t i = 0; i < 4000; i++) {
		places_add(i < 3000 ? &one : &other, hash_pair(1, i));
		places_add(&both, hash_pair(1, i));
	}
	places_merge(&one, &other);
	assert_memory_equal(&one, &both, sizeof(one));
}

static void none_are_none(void **state)
{
	const struct places places = {};

	assert_true(places_estimate(&places) < 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_and_many_are_estimated_within_ten_percent),
		cmocka_unit_test(a_place_counts_once_however_often_it_is_visited),
		cmocka_unit_test(merged_sets_count_what_is_in_either),
		cmocka_unit_test(none_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
