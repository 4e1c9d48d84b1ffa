/* Are sizes counted, and the nearest taken when there are too many? */
#include "analyse/workload_state.h"
#include "harness/test.h"

static void each_size_is_counted(void **state)
{
	struct sizes sizes = {};

	for (int i = 0; i < 10; i++)
		sizes_add(&sizes, i % 5 ? 4096 : 65536, 1);
	assert_int_equal(sizes.used, 2);
	assert_int_equal(sizes.rounded, 0);
	assert_int_equal(sizes_main(&sizes), 4096);
}

static void one_size_too_many_counts_as_the_nearest(void **state)
{
	struct sizes sizes = {};

	for (uint64_t i = 1; i <= WORKLOAD_SIZES; i++)
		sizes_add(&sizes, i * 1000, 1);
	sizes_add(&sizes, 3100, 5);
	assert_int_equal(sizes.used, WORKLOAD_SIZES);
	assert_int_equal(sizes.rounded, 5);
	assert_int_equal(sizes_main(&sizes), 3000);
}

static void merged_ones_sum_up(void **state)
{
	struct sizes one = {}, other = {};

	sizes_add(&one, 512, 3);
	sizes_add(&other, 512, 4);
	sizes_add(&other, 1024, 1);
	sizes_merge(&one, &other);
	assert_int_equal(one.used, 2);
	assert_int_equal(one.items[0].count, 7);
}

static void nothing_has_no_main_size(void **state)
{
	const struct sizes sizes = {};

	assert_int_equal(sizes_main(&sizes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_is_counted),
		cmocka_unit_test(one_size_too_many_counts_as_the_nearest),
		cmocka_unit_test(merged_ones_sum_up),
		cmocka_unit_test(nothing_has_no_main_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
