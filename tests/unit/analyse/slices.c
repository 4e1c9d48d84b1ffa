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

static uint64_t told_of(const struct thread_account *thread, unsigned int state, size_t slice)
{
	for (size_t i = 0; i < thread->over_time.count; i++) {
		if (thread->over_time.items[i].state == state)
			return thread->over_time.items[i].ns[slice];
	}
	return 0;
}

static void each_thread_has_its_states_in_the_same_slices(void **state)
{
	struct slices slices = { .begin_ns = MS(100) };
	struct thread_account one = {}, two = {};
	uint32_t rows_one = 0, rows_two = 0;

	slices_add_state(&slices, &rows_one, THREAD_RUNS_USER, MS(100), MS(115), MS(15));
	slices_add_state(&slices, &rows_two, CAUSE_FS_SYNC, MS(110), MS(120), MS(10));
	slices_add_state(&slices, &rows_one, CAUSE_UNKNOWN, MS(115), MS(120), MS(5));
	slices_add_state(&slices, &rows_one, THREAD_RUNS_USER, MS(120), MS(121), MS(1));
	/* All slices become twice as wide, whoever makes them. */
	slices_add(&slices, CAUSE_FS_SYNC, MS(100), MS(800), MS(7));
	assert_int_equal(slices.width_ns, MS(20));
	assert_int_equal(slices_tell_states(&slices, rows_one, &one), 0);
	assert_int_equal(slices_tell_states(&slices, rows_two, &two), 0);
	assert_int_equal(one.over_time.count, 2);
	assert_int_equal(told_of(&one, THREAD_RUNS_USER, 0), MS(15));
	assert_int_equal(told_of(&one, THREAD_RUNS_USER, 1), MS(1));
	assert_int_equal(told_of(&one, CAUSE_UNKNOWN, 0), MS(5));
	assert_int_equal(two.over_time.count, 1);
	assert_int_equal(told_of(&two, CAUSE_FS_SYNC, 0), MS(10));
	assert_int_equal(slices.left_out_ns, 0);
	array_free(&one.over_time);
	array_free(&two.over_time);
	slices_free(&slices);
}

static void those_that_went_are_added_up_and_leave_their_room(void **state)
{
	struct slices slices = { .begin_ns = 1 };
	struct thread_account told = {};
	uint32_t gone = 0;

	for (int i = 0; i < 3 * SLICE_ROWS_MAX; i++) {
		uint32_t rows = 0;

		slices_add_state(&slices, &rows, THREAD_RUNS_USER, 1, 11, 10);
		slices_add_state(&slices, &rows, THREAD_QUEUES, 11, 13, 2);
		slices_merge(&slices, &rows, &gone);
		assert_int_equal(rows, 0);
	}
	assert_in_range(slices.rows.count, 1, 8);
	assert_int_equal(slices.left_out_ns, 0);
	assert_int_equal(slices_tell_states(&slices, gone, &told), 0);
	assert_int_equal(told.over_time.count, 2);
	assert_int_equal(told_of(&told, THREAD_RUNS_USER, 0), 3 * SLICE_ROWS_MAX * 10);
	assert_int_equal(told_of(&told, THREAD_QUEUES, 0), 3 * SLICE_ROWS_MAX * 2);
	array_free(&told.over_time);
	slices_free(&slices);
}

static void what_finds_no_room_is_counted(void **state)
{
	struct slices slices = { .begin_ns = 1 };
	struct thread_account told = {};
	uint32_t last = 0;

	for (int i = 0; i < SLICE_ROWS_MAX + 5; i++) {
		last = 0;
		slices_add_state(&slices, &last, THREAD_RUNS_KERNEL, 1, 11, 10);
	}
	assert_int_equal(slices.rows.count, SLICE_ROWS_MAX);
	assert_int_equal(last, 0);
	assert_int_equal(slices.left_out_ns, 5 * 10);
	assert_int_equal(slices_tell_states(&slices, last, &told), 0);
	assert_int_equal(told.over_time.count, 0);
	slices_free(&slices);
}

static void a_state_has_a_name(void **state)
{
	assert_string_equal(thread_state_name(CAUSE_FS_SYNC), cause_id(CAUSE_FS_SYNC));
	assert_string_equal(thread_state_name(THREAD_RUNS_USER), "runs.user");
	assert_string_equal(thread_state_name(THREAD_QUEUES), "cpu.queue");
	assert_string_equal(thread_state_name(THREAD_STATE_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_lies_in_the_slices_that_it_was_spent_in),
		cmocka_unit_test(slices_grow_and_no_time_is_lost),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(a_moment_far_away_does_not_break_it),
		cmocka_unit_test(each_thread_has_its_states_in_the_same_slices),
		cmocka_unit_test(those_that_went_are_added_up_and_leave_their_room),
		cmocka_unit_test(what_finds_no_room_is_counted),
		cmocka_unit_test(a_state_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
