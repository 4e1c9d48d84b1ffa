/* Do records leave in order, and no earlier than they may? */
#include "import/perf_order.h"

#include "harness/test.h"

struct out {
	uint64_t times[64];
	size_t count;
};

static int deliver(void *self, const struct perf_entry *entry, struct diag *why)
{
	struct out *out = self;

	out->times[out->count++] = entry->time_ns;
	return 0;
}

static void put(struct perf_order *order, uint64_t time_ns)
{
	assert_int_equal(perf_order_put(order, time_ns, NULL), 0);
}

static void a_round_delivers_up_to_the_end_of_the_round_before(void **state)
{
	struct out out = {};
	struct perf_order order = { .deliver = deliver, .self = &out };

	put(&order, 30);
	put(&order, 10);
	assert_int_equal(perf_order_round(&order, NULL), 0);
	assert_int_equal(out.count, 0);
	put(&order, 20);
	put(&order, 40);
	assert_int_equal(perf_order_round(&order, NULL), 0);
	assert_int_equal(out.count, 3);
	assert_int_equal(out.times[0], 10);
	assert_int_equal(out.times[1], 20);
	assert_int_equal(out.times[2], 30);
	assert_int_equal(perf_order_finish(&order, NULL), 0);
	assert_int_equal(out.count, 4);
	perf_order_free(&order);
}

static void what_has_no_time_leaves_at_the_next_round(void **state)
{
	struct out out = {};
	struct perf_order order = { .deliver = deliver, .self = &out };

	put(&order, 10);
	put(&order, 0);
	assert_int_equal(perf_order_round(&order, NULL), 0);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.times[0], 0);
	perf_order_free(&order);
}

static void relief_delivers_the_older_half(void **state)
{
	struct out out = {};
	struct perf_order order = { .deliver = deliver, .self = &out };

	for (uint64_t i = 0; i < 40; i++)
		put(&order, 40 - i);
	assert_int_equal(perf_order_relieve(&order, NULL), 0);
	assert_int_equal(out.count, 20);
	for (size_t i = 0; i < out.count; i++)
		assert_int_equal(out.times[i], i + 1);
	perf_order_free(&order);
}

static void any_order_is_sorted(void **state)
{
	struct out out = {};
	struct perf_order order = { .deliver = deliver, .self = &out };

	for (uint64_t i = 0; i < 61; i++)
		put(&order, i * 17 % 61);
	assert_int_equal(perf_order_finish(&order, NULL), 0);
	for (size_t i = 0; i < 61; i++)
		assert_int_equal(out.times[i], i);
	perf_order_free(&order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_delivers_up_to_the_end_of_the_round_before),
		cmocka_unit_test(what_has_no_time_leaves_at_the_next_round),
		cmocka_unit_test(relief_delivers_the_older_half),
		cmocka_unit_test(any_order_is_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
