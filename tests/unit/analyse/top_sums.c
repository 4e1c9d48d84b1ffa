/* Is each amount in its second, and the oldest second forgotten? */
#include "analyse/top_sums.h"

#include <errno.h>

#include "harness/test.h"

#define SECOND 1000000000u

static struct top_sum amount(uint32_t thread, uint64_t ns)
{
	return (struct top_sum){
		.key = { .what = TOP_CHARGE, .thread = thread, .a = 7, .b = 8, .c = 9 },
		.ns = ns,
		.longest_ns = ns,
		.count = 1,
		.path = (uint32_t)ns,
		.tgid = 11,
	};
}

static void add(struct top_sums *sums, uint64_t time_ns, struct top_sum sum)
{
	assert_int_equal(top_sums_add(sums, time_ns, &sum), 0);
}

/* The second that goes on ends. */
static void turn(struct top_sums *sums, uint64_t at_ns)
{
	top_sums_mark(sums, at_ns);
	top_sums_turn(sums);
}

static void begin(struct top_sums *sums, uint64_t at_ns)
{
	top_sums_mark(sums, at_ns);
	top_sums_begin(sums);
}

static uint64_t sum_of(const struct top_sums *sums, uint32_t thread)
{
	struct top_merged merged = {};
	const struct top_sum *found;
	uint64_t ns = 0;
	size_t count;

	assert_int_equal(top_sums_merge(sums, &merged), 0);
	found = top_merged_find(&merged, TOP_CHARGE, thread, &count);
	for (size_t i = 0; i < count; i++)
		ns += found[i].ns;
	array_free(&merged.sums);
	return ns;
}

static void what_was_before_the_first_mark_is_forgotten(void **state)
{
	struct top_sums sums = {};

	add(&sums, SECOND, amount(1, 100));
	begin(&sums, 2 * SECOND);
	assert_int_equal(top_sums_window_ns(&sums), 0);
	assert_int_equal(sum_of(&sums, 1), 0);
	add(&sums, 2 * SECOND + 1, amount(1, 20));
	turn(&sums, 3ULL * SECOND);
	assert_int_equal(top_sums_window_ns(&sums), SECOND);
	assert_int_equal(sum_of(&sums, 1), 20);
	top_sums_free(&sums);
}

/* A second is judged a moment after its end; what comes in between is of the next. */
static void what_ended_after_the_mark_is_of_the_next_second(void **state)
{
	struct top_sums sums = {};

	begin(&sums, SECOND);
	top_sums_mark(&sums, 2 * SECOND);
	add(&sums, 2 * SECOND, amount(1, 1));
	add(&sums, 2 * SECOND + 1, amount(1, 10));
	top_sums_turn(&sums);
	assert_int_equal(sum_of(&sums, 1), 1);
	turn(&sums, 3ULL * SECOND);
	assert_int_equal(sum_of(&sums, 1), 11);
	top_sums_free(&sums);
}

static void the_window_is_the_last_seconds_that_are_over(void **state)
{
	struct top_sums sums = {};

	begin(&sums, SECOND);
	for (uint64_t i = 1; i <= 20; i++) {
		add(&sums, (i + 1) * SECOND, amount(1, i));
		turn(&sums, (i + 1) * SECOND);
		if (i < TOP_TURNS)
			continue;
		assert_int_equal(top_sums_window_ns(&sums), TOP_TURNS * (uint64_t)SECOND);
		assert_int_equal(sum_of(&sums, 1), 5 * i - 10);
	}
	top_sums_free(&sums);
}

static void like_amounts_are_one_with_the_path_of_the_longest(void **state)
{
	struct top_merged merged = {};
	struct top_sums sums = {};
	const struct top_sum *found;
	struct top_sum other = amount(1, 500);
	size_t count;

	begin(&sums, SECOND);
	add(&sums, 2 * SECOND, amount(1, 30));
	add(&sums, 2 * SECOND, amount(1, 200));
	turn(&sums, 2 * SECOND);
	add(&sums, 3ULL * SECOND, amount(1, 100));
	other.key.c = 10;
	add(&sums, 3ULL * SECOND, other);
	add(&sums, 3ULL * SECOND, amount(2, 1));
	turn(&sums, 3ULL * SECOND);
	assert_int_equal(top_sums_merge(&sums, &merged), 0);
	found = top_merged_find(&merged, TOP_CHARGE, 1, &count);
	assert_int_equal(count, 2);
	assert_int_equal(found[0].ns, 330);
	assert_int_equal(found[0].count, 3);
	assert_int_equal(found[0].longest_ns, 200);
	assert_int_equal(found[0].path, 200);
	assert_int_equal(found[0].tgid, 11);
	assert_int_equal(found[1].ns, 500);
	(void)top_merged_all(&merged, TOP_CHARGE, &count);
	assert_int_equal(count, 3);
	(void)top_merged_find(&merged, TOP_CHARGE, 3, &count);
	assert_int_equal(count, 0);
	(void)top_merged_all(&merged, TOP_DISK, &count);
	assert_int_equal(count, 0);
	array_free(&merged.sums);
	top_sums_free(&sums);
}

static void the_process_is_told_only_when_all_are_of_it(void **state)
{
	struct top_merged merged = {};
	struct top_sums sums = {};
	struct top_sum other = amount(1, 5);
	size_t count;

	other.tgid = 12;
	begin(&sums, SECOND);
	add(&sums, 2 * SECOND, amount(1, 5));
	add(&sums, 2 * SECOND, other);
	turn(&sums, 2 * SECOND);
	assert_int_equal(top_sums_merge(&sums, &merged), 0);
	assert_int_equal(top_merged_find(&merged, TOP_CHARGE, 1, &count)->tgid, 0);
	array_free(&merged.sums);
	top_sums_free(&sums);
}

/* However many kinds of amounts there are, memory is bounded, and no thread's time goes missing. */
static void what_finds_no_room_is_the_rest_of_its_thread_or_counted(void **state)
{
	struct top_sum sum = amount(1, 1);
	struct top_sums sums = {};

	begin(&sums, SECOND);
	for (uint32_t i = 0; i < TOP_SUMS_MAX + 1000; i++) {
		sum.key.c = i;
		add(&sums, 2 * SECOND, sum);
	}
	sum.key.what = TOP_STACK;
	add(&sums, 2 * SECOND, sum);
	turn(&sums, 2 * SECOND);
	assert_int_equal(sum_of(&sums, 1), TOP_SUMS_MAX + 1000);
	assert_int_equal(top_sums_refused(&sums), 1);
	/* Until that second is forgotten. */
	for (uint64_t i = 3; i < 3 + TOP_TURNS; i++)
		turn(&sums, i * SECOND);
	assert_int_equal(top_sums_refused(&sums), 0);
	assert_int_equal(sum_of(&sums, 1), 0);
	top_sums_free(&sums);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_before_the_first_mark_is_forgotten),
		cmocka_unit_test(what_ended_after_the_mark_is_of_the_next_second),
		cmocka_unit_test(the_window_is_the_last_seconds_that_are_over),
		cmocka_unit_test(like_amounts_are_one_with_the_path_of_the_longest),
		cmocka_unit_test(the_process_is_told_only_when_all_are_of_it),
		cmocka_unit_test(what_finds_no_room_is_the_rest_of_its_thread_or_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
