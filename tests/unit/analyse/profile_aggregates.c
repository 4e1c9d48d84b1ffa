/* Are samples that are alike one row, and are no two others?
 */
#include "analyse/profile_state.h"
#include "harness/test.h"

static void alike_samples_are_one_row(void **state)
{
	struct aggregates aggregates = {};

	for (uint32_t i = 0; i < 30000; i++) {
		const struct aggregate amount = {
			.comm = i % 3, .kernel = i % 100, .user = i % 7, .samples = 1, .weight = 2
		};

		assert_int_equal(aggregates_add(&aggregates, &amount), 0);
	}
	/* 3, 100 and 7 have no common factor. */
	assert_int_equal(aggregates.items.count, 2100);
	assert_int_equal(aggregates.samples, 30000);
	assert_int_equal(aggregates.weight, 60000);
	for (size_t i = 0; i < aggregates.items.count; i++)
		assert_true(aggregates.items.items[i].samples >= 14);
	aggregates_free(&aggregates);
}

static void what_finds_no_room_stands_without_its_stack(void **state)
{
	struct aggregates aggregates = { .limit = 10 };

	for (uint32_t i = 0; i < 100; i++) {
		const struct aggregate amount = {
			.comm = i % 2, .kernel = 1 + i, .samples = 1, .weight = 3
		};

		assert_int_equal(aggregates_add(&aggregates, &amount), 0);
	}
	assert_int_equal(aggregates.items.count, 12);
	assert_int_equal(aggregates.crowded, 90);
	assert_int_equal(aggregates.samples, 100);
	assert_int_equal(aggregates.weight, 300);
	assert_int_equal(aggregates.items.items[11].samples, 45);
	aggregates_free(&aggregates);
}

static void room_is_shared_by_all_who_need_it(void **state)
{
	size_t room = 10;
	struct aggregates samples = { .room = &room, .crowd = 1000 };
	struct aggregates waits = { .room = &room };

	for (uint32_t i = 0; i < 100; i++) {
		const struct aggregate amount = { .kernel = 1 + i, .samples = 1, .weight = 3 };
		const struct aggregate wait = { .user = 1 + i, .weight = 3 };

		assert_int_equal(aggregates_add(&samples, &amount), 0);
		assert_int_equal(aggregates_add(&waits, &wait), 0);
	}
	assert_int_equal(samples.items.count, 6);
	assert_int_equal(samples.items.items[5].kernel, 1000);
	assert_int_equal(samples.items.items[5].samples, 95);
	assert_int_equal(samples.crowded, 95);
	assert_int_equal(samples.samples, 100);
	assert_int_equal(waits.items.count, 6);
	assert_int_equal(waits.crowded, 95);
	assert_int_equal(waits.weight, 300);
	aggregates_free(&samples);
	aggregates_free(&waits);
}

static void a_weight_too_large_is_refused_and_counted(void **state)
{
	struct aggregates aggregates = {};
	const struct aggregate amount = { .samples = 1, .weight = UINT64_MAX / 2 + 1 };

	assert_int_equal(aggregates_add(&aggregates, &amount), 0);
	assert_int_equal(aggregates_add(&aggregates, &amount), 0);
	assert_int_equal(aggregates.samples, 1);
	assert_int_equal(aggregates.refused, 1);
	aggregates_free(&aggregates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alike_samples_are_one_row),
		cmocka_unit_test(what_finds_no_room_stands_without_its_stack),
		cmocka_unit_test(room_is_shared_by_all_who_need_it),
		cmocka_unit_test(a_weight_too_large_is_refused_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
