/* Is the order in which places are visited told apart: in sequence, in steps, in turn, at random?
 */
#include "analyse/workload_state.h"
#include "harness/test.h"

enum {
	BLOCK = 4096
};

static enum workload_access access_of(struct order *order)
{
	order_end(order);
	return order_access(&order->sums);
}

static double streams_of(const struct order *order)
{
	return (double)order->sums.apart / (double)(order->sums.follows + order->sums.strides);
}

static uint64_t dice(uint64_t *state, uint64_t limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % limit;
}

static void one_after_the_other_is_sequential(void **state)
{
	struct order order = {};

	for (uint64_t i = 0; i < 100; i++)
		order_take(&order, i * BLOCK, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
	assert_true(streams_of(&order) == 1);
}

static void sizes_may_differ_in_a_sequence(void **state)
{
	struct order order = {};
	uint64_t offset = 0;

	for (uint64_t i = 0; i < 100; i++) {
		order_take(&order, offset, (i % 3 + 1) * 512);
		offset += (i % 3 + 1) * 512;
	}
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
}

static void beginning_again_at_the_end_goes_on(void **state)
{
	struct order order = {};

	for (uint64_t i = 0; i < 100; i++)
		order_take(&order, i % 4 * BLOCK, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
	assert_int_equal(order.sums.follows, 99);
}

static void the_same_place_again_and_again_is_a_sequence(void **state)
{
	struct order order = {};

	for (uint64_t i = 0; i < 50; i++)
		order_take(&order, 8192, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
}

static void streams_in_turn_are_told_apart_and_counted(void **state)
{
	for (uint64_t streams = 2; streams <= 12; streams += 5) {
		struct order order = {};

		for (uint64_t i = 0; i < 600; i++)
			order_take(&order, (i % streams << 30) + i / streams * BLOCK, BLOCK);
		assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
		assert_true(streams_of(&order) > (double)streams - 0.4 &&
			    streams_of(&order) < (double)streams + 0.4);
	}
}

static void streams_that_interleave_unevenly_are_counted_too(void **state)
{
	struct order order = {};
	uint64_t next[3] = { 0, 1ULL << 30, 2ULL << 30 }, seed = 1;

	for (int i = 0; i < 2000; i++) {
		uint64_t which = dice(&seed, 3);

		order_take(&order, next[which], BLOCK);
		next[which] += BLOCK;
	}
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_SEQUENTIAL);
	assert_true(streams_of(&order) > 2.8 && streams_of(&order) < 3.2);
}

static void even_steps_are_strides(void **state)
{
	static const int64_t STEPS[] = { 8 * BLOCK, -BLOCK, -3 * BLOCK };

	for (size_t k = 0; k < array_count(STEPS); k++) {
		struct order order = {};

		for (int64_t i = 0; i < 100; i++)
			order_take(&order, (1ULL << 30) + (uint64_t)(i * STEPS[k]), BLOCK);
		assert_int_equal(access_of(&order), WORKLOAD_ACCESS_STRIDED);
		assert_int_equal(order.sums.stride, STEPS[k]);
	}
}

static void strides_in_turn_are_told_apart(void **state)
{
	struct order order = {};

	for (uint64_t i = 0; i < 300; i++)
		order_take(&order, (i % 3 << 30) + i / 3 * 5 * BLOCK, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_STRIDED);
	assert_int_equal(order.sums.stride, 5 * BLOCK);
	assert_true(streams_of(&order) > 2.9 && streams_of(&order) < 3.1);
}

static void random_places_are_random(void **state)
{
	struct order order = {};
	uint64_t seed = 42;

	for (int i = 0; i < 5000; i++)
		order_take(&order, dice(&seed, 16384) * BLOCK, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_RANDOM);
	assert_true(order.sums.strides < 50);
}

static void even_runs_at_random_places_are_runs(void **state)
{
	struct order order = {};
	uint64_t seed = 7, offset = 0;

	for (int i = 0; i < 4000; i++) {
		offset = i % 8 ? offset + BLOCK : dice(&seed, 1 << 20) * BLOCK;
		order_take(&order, offset, BLOCK);
	}
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_RUNS);
}

static void some_at_random_is_partly_random(void **state)
{
	struct order order = {};
	uint64_t seed = 7, offset = 0;

	for (int i = 0; i < 4000; i++) {
		offset = dice(&seed, 100) < 50 ? offset + BLOCK : dice(&seed, 1 << 20) * BLOCK;
		order_take(&order, offset, BLOCK);
	}
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_PARTLY);
	assert_true(order.sums.follows > 1850 && order.sums.follows < 2150);
}

static void one_operation_does_not_tell(void **state)
{
	struct order order = {};

	order_take(&order, 0, BLOCK);
	assert_int_equal(access_of(&order), WORKLOAD_ACCESS_UNKNOWN);
}

static void the_largest_offsets_do_no_harm(void **state)
{
	struct order order = {};

	for (int i = 0; i < 40; i++)
		order_take(&order, i % 2 ? UINT64_MAX - 1 : 0, i % 3 ? UINT64_MAX : 1);
	order_end(&order);
	assert_int_equal(order.sums.turns, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other_is_sequential),
		cmocka_unit_test(sizes_may_differ_in_a_sequence),
		cmocka_unit_test(beginning_again_at_the_end_goes_on),
		cmocka_unit_test(the_same_place_again_and_again_is_a_sequence),
		cmocka_unit_test(streams_in_turn_are_told_apart_and_counted),
		cmocka_unit_test(streams_that_interleave_unevenly_are_counted_too),
		cmocka_unit_test(even_steps_are_strides),
		cmocka_unit_test(strides_in_turn_are_told_apart),
		cmocka_unit_test(random_places_are_random),
		cmocka_unit_test(even_runs_at_random_places_are_runs),
		cmocka_unit_test(some_at_random_is_partly_random),
		cmocka_unit_test(one_operation_does_not_tell),
		cmocka_unit_test(the_largest_offsets_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
