/* Do things that overlap get lanes of their own, and are few lanes used? */
#include "export/lanes.h"

#include <errno.h>

#include "harness/test.h"

static uint32_t take(struct lanes *lanes, uint64_t group, uint64_t start_ns, uint64_t end_ns)
{
	uint32_t lane = UINT32_MAX;
	bool is_new;

	assert_int_equal(lanes_take(lanes, group, start_ns, end_ns, &lane, &is_new), 0);
	return lane;
}

static void what_does_not_overlap_shares_a_lane(void **state)
{
	owns(lanes_free) struct lanes lanes = {};

	assert_int_equal(take(&lanes, 1, 0, 10), 0);
	assert_int_equal(take(&lanes, 1, 10, 20), 0);
	assert_int_equal(take(&lanes, 1, 25, 30), 0);
}

static void what_overlaps_stands_on_different_lanes(void **state)
{
	owns(lanes_free) struct lanes lanes = {};

	assert_int_equal(take(&lanes, 1, 5, 10), 0);
	assert_int_equal(take(&lanes, 1, 0, 11), 1);
	assert_int_equal(take(&lanes, 1, 9, 12), 2);
	assert_int_equal(take(&lanes, 1, 11, 13), 0);
	assert_int_equal(take(&lanes, 1, 11, 14), 1);
}

static void groups_have_lanes_of_their_own(void **state)
{
	owns(lanes_free) struct lanes lanes = {};

	assert_int_equal(take(&lanes, 1, 0, 10), 0);
	assert_int_equal(take(&lanes, 2, 0, 10), 0);
}

static void a_lane_is_new_once(void **state)
{
	owns(lanes_free) struct lanes lanes = {};
	uint32_t lane;
	bool is_new = false;

	assert_int_equal(lanes_take(&lanes, 1, 0, 10, &lane, &is_new), 0);
	assert_true(is_new);
	assert_int_equal(lanes_take(&lanes, 1, 10, 20, &lane, &is_new), 0);
	assert_false(is_new);
}

static void what_finds_no_room_is_counted(void **state)
{
	owns(lanes_free) struct lanes lanes = {};
	uint32_t lane;
	bool is_new;

	for (uint64_t i = 0; i < 1024; i++)
		assert_int_equal(take(&lanes, 1, 0, 1000 + i), i);
	assert_int_equal(lanes_take(&lanes, 1, 0, 3000, &lane, &is_new), -ENOSPC);
	assert_int_equal(lanes.left_out, 1);
	assert_int_equal(take(&lanes, 1, 1000, 3000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_overlap_shares_a_lane),
		cmocka_unit_test(what_overlaps_stands_on_different_lanes),
		cmocka_unit_test(groups_have_lanes_of_their_own),
		cmocka_unit_test(a_lane_is_new_once),
		cmocka_unit_test(what_finds_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
