/* Do records of many rings come out in the order of time, and is what came too late said? */
#include "probe/order.h"

#include "harness/test.h"

static void push(struct order *order, size_t queue, uint64_t time_ns)
{
	assert_int_equal(order_push(order, queue, time_ns, &time_ns, sizeof(time_ns)), 0);
}

static void expect(struct order *order, uint64_t horizon_ns, uint64_t time_ns, bool late)
{
	bool is_late = !late;
	const uint64_t *record = order_pop(order, horizon_ns, &is_late);

	assert_non_null(record);
	assert_int_equal(*record, time_ns);
	assert_int_equal(is_late, late);
}

static void rings_are_merged_by_time(void **state)
{
	owns(order_free) struct order *order = NULL;
	bool is_late;

	assert_int_equal(order_new(2, &order), 0);
	push(order, 0, 10);
	push(order, 0, 30);
	push(order, 1, 20);
	push(order, 1, 40);
	for (uint64_t time_ns = 10; time_ns <= 40; time_ns += 10)
		expect(order, 100, time_ns, false);
	assert_null(order_pop(order, 100, &is_late));
}

static void a_ring_out_of_order_is_put_right(void **state)
{
	owns(order_free) struct order *order = NULL;

	assert_int_equal(order_new(1, &order), 0);
	push(order, 0, 10);
	push(order, 0, 12);
	push(order, 0, 11);
	expect(order, 100, 10, false);
	expect(order, 100, 11, false);
	expect(order, 100, 12, false);
}

static void nothing_beyond_the_horizon_comes_out(void **state)
{
	owns(order_free) struct order *order = NULL;
	bool is_late;

	assert_int_equal(order_new(1, &order), 0);
	push(order, 0, 10);
	push(order, 0, 20);
	expect(order, 15, 10, false);
	assert_null(order_pop(order, 15, &is_late));
	expect(order, 20, 20, false);
}

static void a_late_record_is_told_as_late(void **state)
{
	owns(order_free) struct order *order = NULL;

	assert_int_equal(order_new(2, &order), 0);
	push(order, 0, 10);
	expect(order, 100, 10, false);
	push(order, 1, 9);
	push(order, 1, 11);
	expect(order, 100, 9, true);
	expect(order, 100, 11, false);
}

/* The last few records always wait, as they do in a watch: what was told before them must make
 * room. */
static void a_queue_that_never_empties_keeps_its_size(void **state)
{
	owns(order_free) struct order *order = NULL;

	assert_int_equal(order_new(1, &order), 0);
	for (uint64_t i = 1; i <= 100; i++)
		push(order, 0, i);
	for (uint64_t i = 101; i <= 300000; i++) {
		push(order, 0, i);
		expect(order, UINT64_MAX, i - 100, false);
		assert_int_equal(order_bytes(order), 100 * sizeof(uint64_t));
	}
	for (uint64_t i = 300000 - 99; i <= 300000; i++)
		expect(order, UINT64_MAX, i, false);
	assert_int_equal(order_bytes(order), 0);
}

static void compacting_keeps_what_came_out_of_order(void **state)
{
	owns(order_free) struct order *order = NULL;

	assert_int_equal(order_new(1, &order), 0);
	for (uint64_t i = 1; i <= 100000; i++) {
		push(order, 0, 10 * i + 5);
		push(order, 0, 10 * i);
		if (i > 50) {
			expect(order, UINT64_MAX, 10 * (i - 50), false);
			expect(order, UINT64_MAX, 10 * (i - 50) + 5, false);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_are_merged_by_time),
		cmocka_unit_test(a_ring_out_of_order_is_put_right),
		cmocka_unit_test(nothing_beyond_the_horizon_comes_out),
		cmocka_unit_test(a_late_record_is_told_as_late),
		cmocka_unit_test(a_queue_that_never_empties_keeps_its_size),
		cmocka_unit_test(compacting_keeps_what_came_out_of_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
