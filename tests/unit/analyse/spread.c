/* Does a spread tell the same as a histogram of the same durations? */
#include "analyse/spread.h"

#include <string.h>

#include "harness/test.h"

static void assert_same(const struct spread *spread, const struct histogram *expected)
{
	struct histogram told;

	spread_tell(spread, &told);
	assert_memory_equal(&told, expected, sizeof(told));
}

static void an_empty_one_is_an_empty_histogram(void **state)
{
	const struct spread spread = {};
	const struct histogram none = {};

	assert_same(&spread, &none);
}

/* Forwards, backwards and again: wherever a new bucket comes, it has its place. */
static void durations_are_in_the_buckets_of_a_histogram(void **state)
{
	owns(spread_free) struct spread spread = {};
	struct histogram histogram = {};
	uint64_t ns = 1;

	for (int i = 0; i < 5000; i++) {
		ns = (ns * 6364136223846793005ULL + 1442695040888963407ULL);
		assert_int_equal(spread_add(&spread, ns >> (i % 60)), 0);
		histogram_add(&histogram, ns >> (i % 60));
	}
	assert_same(&spread, &histogram);
	for (size_t i = 1; i < spread.buckets.count; i++)
		assert_true(spread.buckets.items[i - 1].number < spread.buckets.items[i].number);
}

static void tallies_are_added_with_their_extremes(void **state)
{
	union {
		struct event_tally tally;
		char bytes[sizeof(struct event_tally) + 3 * sizeof(uint64_t)];
	} event = {
		.tally = { .count = 5,
			   .total_ns = 900,
			   .min_ns = 100,
			   .max_ns = 300,
			   .first = 40,
			   .buckets = 3 },
	};
	const uint64_t counts[] = { 2, 0, 3 };
	owns(spread_free) struct spread spread = {};
	struct histogram histogram = {};

	memcpy(event.bytes + sizeof(event.tally), counts, sizeof(counts));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(spread_add_tally(&spread, &event.tally), 0);
		histogram_add_tally(&histogram, &event.tally);
	}
	assert_same(&spread, &histogram);
	assert_int_equal(spread.buckets.count, 2);
	assert_int_equal(spread_count(&spread, 42), 6);
	assert_int_equal(spread_count(&spread, 41), 0);
	assert_int_equal(spread_count(&spread, 99), 0);
}

static void a_tally_of_nothing_changes_nothing(void **state)
{
	const struct event_tally nothing = {};
	const struct histogram none = {};
	struct spread spread = {};

	assert_int_equal(spread_add_tally(&spread, &nothing), 0);
	assert_same(&spread, &none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_is_an_empty_histogram),
		cmocka_unit_test(durations_are_in_the_buckets_of_a_histogram),
		cmocka_unit_test(tallies_are_added_with_their_extremes),
		cmocka_unit_test(a_tally_of_nothing_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
