/* Do a thread's spans stay in order, apart from each other, and findable? */
#include "analyse/timeline.h"

#include "harness/test.h"

static int insert(struct history *history, uint64_t start_ns, uint64_t end_ns)
{
	struct span span = { .kind = SPAN_WAIT, .start_ns = start_ns, .end_ns = end_ns };

	return history_insert(history, &span, 0, 0);
}

static void overlapping_spans_are_clipped(void **state)
{
	struct history history = {};

	assert_int_equal(insert(&history, 0, 100), 1);
	assert_int_equal(insert(&history, 50, 150), 1);
	assert_int_equal(insert(&history, 60, 140), 0);
	assert_int_equal(history.count, 2);
	assert_int_equal(history_at(&history, 1)->start_ns, 100);
	assert_int_equal(history_at(&history, 1)->end_ns, 150);
	history_free(&history);
}

static void what_a_clipped_run_tells_shrinks_with_it(void **state)
{
	struct history history = {};
	struct span run = {
		.kind = SPAN_RUN, .start_ns = 0, .end_ns = 100, .kernel_ns = 60, .irq_ns = 40
	};

	assert_int_equal(history_insert(&history, &run, 50, 0), 1);
	assert_int_equal(history_at(&history, 0)->kernel_ns, 30);
	assert_int_equal(history_at(&history, 0)->irq_ns, 20);
	history_free(&history);
}

static void a_span_told_late_goes_to_its_place(void **state)
{
	struct history history = {};

	assert_int_equal(insert(&history, 0, 10), 1);
	assert_int_equal(insert(&history, 20, 30), 1);
	assert_int_equal(insert(&history, 10, 20), 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(history_at(&history, i)->start_ns, i * 10);
	history_free(&history);
}

static void a_span_finds_its_neighbours_by_time(void **state)
{
	struct history history = {};

	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(insert(&history, i * 10, i * 10 + 5), 1);
	assert_int_equal(history_find(&history, 0), 0);
	assert_int_equal(history_find(&history, 5), 1);
	assert_int_equal(history_find(&history, 5004), 500);
	assert_int_equal(history_find(&history, 99999), 1000);
	history_free(&history);
}

static void forgetting_keeps_the_rest_and_gives_room_back(void **state)
{
	struct history history = {};
	uint32_t widest;

	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(insert(&history, i * 10, i * 10 + 5), 1);
	widest = history.capacity;
	history_forget(&history, 990);
	assert_int_equal(history.count, 10);
	assert_int_equal(history.first_seq, 990);
	assert_int_equal(history_at(&history, 0)->start_ns, 9900);
	assert_true(history.capacity < widest / 8);
	assert_int_equal(insert(&history, 20000, 20001), 1);
	assert_int_equal(history_at(&history, 10)->start_ns, 20000);
	history_free(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlapping_spans_are_clipped),
		cmocka_unit_test(what_a_clipped_run_tells_shrinks_with_it),
		cmocka_unit_test(a_span_told_late_goes_to_its_place),
		cmocka_unit_test(a_span_finds_its_neighbours_by_time),
		cmocka_unit_test(forgetting_keeps_the_rest_and_gives_room_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
