/* Does each slice of the watch have the time that was charged in it? */
#include "analyse/slices.h"

#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static uint64_t sum_of(const struct cause_slices *told, enum cause cause)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < CAUSE_SLICES_MAX; i++)
		sum += told->ns[i][cause];
	return sum;
}

static void time_lies_in_the_slices_that_it_was_spent_in(void **state)
{
	struct slices slices = { .begin_ns = MS(100) };
	struct cause_slices told;

	slices_add(&slices, CAUSE_FS_SYNC, MS(105), MS(125), MS(10));
	slices_add(&slices, CAUSE_CPU_USER, MS(125), MS(128), MS(3));
	slices_tell(&slices, MS(130), &told);
	assert_int_equal(told.slice_ns, MS(10));
	assert_int_equal(told.count, 3);
	assert_int_equal(told.ns[0][CAUSE_FS_SYNC], 2500000);
	assert_int_equal(told.ns[1][CAUSE_FS_SYNC], MS(5));
	assert_int_equal(told.ns[2][CAUSE_FS_SYNC], 2500000);
	assert_int_equal(told.ns[2][CAUSE_CPU_USER], MS(3));
}

static void slices_grow_and_no_time_is_lost(void **state)
{
	struct slices slices = { .begin_ns = 1 };
	struct cause_slices told;
	uint64_t sum = 0;

	for (uint64_t at_ns = 1; at_ns < MS(20000); at_ns += 7654321) {
		slices_add(&slices, CAUSE_DISK_DEVICE, at_ns, at_ns + 7654321, 1234567);
		sum += 1234567;
	}
	slices_tell(&slices, MS(20000), &told);
	assert_in_range(told.count, CAUSE_SLICES_MAX / 2, CAUSE_SLICES_MAX);
	assert_int_equal(sum_of(&told, CAUSE_DISK_DEVICE), sum);
	for (uint32_t i = 0; i < told.count; i++)
		assert_in_range(told.ns[i][CAUSE_DISK_DEVICE],
				told.slice_ns / 7654321 * 1234567 - 1234567,
				told.slice_ns / 7654321 * 1234567 + 2 * 1234567);
}

static void what_makes_no_sense_is_left_out(void **state)
{
	struct slices slices = { .begin_ns = MS(10) };
	struct cause_slices told;

	slices_tell(&slices, MS(20), &told);
	assert_int_equal(told.slice_ns, 0);
	assert_int_equal(told.count, 0);
	slices_add(&slices, CAUSE_FS_SYNC, MS(20), MS(15), 5);
	slices_add(&slices, CAUSE_FS_SYNC, MS(20), MS(20), 5);
	slices_add(&slices, CAUSE_COUNT, MS(20), MS(30), 5);
	slices_tell(&slices, MS(20), &told);
	assert_int_equal(told.count, 0);
	/* It began before the watch: it counts as of its first moment. */
	slices_add(&slices, CAUSE_FS_SYNC, MS(5), MS(15), MS(10));
	slices_tell(&slices, MS(20), &told);
	assert_int_equal(told.ns[0][CAUSE_FS_SYNC], MS(10));
}

static void a_moment_far_away_does_not_break_it(void **state)
{
	struct slices slices = { .begin_ns = 1 };
	struct cause_slices told;

	slices_add(&slices, CAUSE_FS_SYNC, 1, UINT64_MAX / 2, 1000);
	slices_tell(&slices, UINT64_MAX / 2, &told);
	assert_int_equal(sum_of(&told, CAUSE_FS_SYNC), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_lies_in_the_slices_that_it_was_spent_in),
		cmocka_unit_test(slices_grow_and_no_time_is_lost),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(a_moment_far_away_does_not_break_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
