/* Is a percentile near the value it stands for? */
#include "analyse/histogram.h"

#include <stdlib.h>

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

static void a_time_lies_in_its_bucket(void **state)
{
	for (uint64_t ns = 0; ns < 1ULL << 41; ns += ns / 37 + 1) {
		uint64_t width, start = tally_bucket_start(tally_bucket(ns), &width);

		assert_in_range(ns, start, start + width - 1);
	}
	assert_int_equal(tally_bucket(UINT64_MAX), TALLY_BUCKETS - 1);
}

/* With room for all buckets. */
static struct event_tally *new_tally(uint32_t first)
{
	struct event_tally *tally =
		calloc(1, sizeof(*tally) + TALLY_BUCKETS * sizeof(tally->bucket[0]));

	assert_non_null(tally);
	tally->first = first;
	return tally;
}

static void tallies_and_histograms_sum_to_what_single_times_do(void **state)
{
	owns(own_free) struct event_tally *tally = new_tally(tally_bucket(100));
	struct histogram singles = {}, sums = {}, part = {};
	struct latency of_singles, of_sums;

	tally->min_ns = 100;
	for (uint64_t ns = 100; ns < 5000; ns += 3) {
		histogram_add(&singles, ns);
		if (ns >= 3000) {
			histogram_add(&part, ns);
			continue;
		}
		tally->count++;
		tally->total_ns += ns;
		tally->max_ns = ns;
		tally->buckets = tally_bucket(ns) - tally->first + 1;
		tally->bucket[tally_bucket(ns) - tally->first]++;
	}
	histogram_add_tally(&sums, tally);
	histogram_merge(&sums, &part);
	histogram_tell(&singles, &of_singles);
	histogram_tell(&sums, &of_sums);
	assert_memory_equal(&of_singles, &of_sums, sizeof(of_sums));
	assert_int_equal(of_sums.min_ns, 100);
	assert_int_equal(of_sums.doubling[6], 10); /* 100, 103 … 127 */
}

static void a_tally_that_claims_too_many_buckets_is_cut(void **state)
{
	owns(own_free) struct event_tally *tally = new_tally(TALLY_BUCKETS - 1);
	struct histogram histogram = {};

	tally->count = tally->buckets = 2;
	tally->bucket[0] = tally->bucket[1] = 1;
	histogram_add_tally(&histogram, tally);
	assert_int_equal(histogram.buckets[TALLY_BUCKETS - 1], 1);
	tally->first = UINT32_MAX;
	histogram_add_tally(&histogram, tally);
	assert_int_equal(histogram.buckets[TALLY_BUCKETS - 1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_histogram_has_no_values),
		cmocka_unit_test(a_single_value_is_all_percentiles),
		cmocka_unit_test(percentiles_are_right_to_one_part_in_sixteen),
		cmocka_unit_test(values_beyond_the_last_bucket_keep_their_extremes),
		cmocka_unit_test(a_time_lies_in_its_bucket),
		cmocka_unit_test(tallies_and_histograms_sum_to_what_single_times_do),
		cmocka_unit_test(a_tally_that_claims_too_many_buckets_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
