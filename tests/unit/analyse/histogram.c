/* Is a percentile near the value it stands for? */
#include "analyse/histogram.h"

#include "harness/test.h"

static void an_empty_histogram_has_no_values(void **state)
{
	struct histogram histogram = {};

	assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
}

static void a_single_value_is_all_percentiles(void **state)
{
	struct histogram histogram = {};

	histogram_add(&histogram, 38123456);
	assert_int_equal(histogram_quantile(&histogram, 0), 38123456);
	assert_int_equal(histogram_quantile(&histogram, 0.5), 38123456);
	assert_int_equal(histogram_quantile(&histogram, 0.99), 38123456);
}

static void percentiles_are_right_to_one_part_in_sixteen(void **state)
{
	struct histogram histogram = {};
	uint64_t median_ns, p99_ns;

	for (uint64_t ns = 1; ns <= 1000000; ns += 7)
		histogram_add(&histogram, ns);
	median_ns = histogram_quantile(&histogram, 0.5);
	p99_ns = histogram_quantile(&histogram, 0.99);
	assert_in_range(median_ns, 500000 - 31250, 500000 + 31250);
	assert_in_range(p99_ns, 990000 - 61875, 1000000);
	/* Where the values lie evenly, interpolation does better by far. */
	assert_in_range(median_ns, 499000, 501000);
	assert_in_range(p99_ns, 988000, 992000);
}

static void values_beyond_the_last_bucket_keep_their_extremes(void **state)
{
	struct histogram histogram = {};

	histogram_add(&histogram, 1);
	histogram_add(&histogram, UINT64_MAX);
	assert_int_equal(histogram.max_ns, UINT64_MAX);
	assert_int_equal(histogram.min_ns, 1);
	assert_true(histogram_quantile(&histogram, 0.99) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_histogram_has_no_values),
		cmocka_unit_test(a_single_value_is_all_percentiles),
		cmocka_unit_test(percentiles_are_right_to_one_part_in_sixteen),
		cmocka_unit_test(values_beyond_the_last_bucket_keep_their_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
