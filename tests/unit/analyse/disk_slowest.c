/* Are the slowest requests kept, in order, and the others only counted? */
#include "analyse/disk_state.h"
#include "harness/test.h"

static void slowest_free(struct disk_slowest *slowest)
{
	array_free(&slowest->items);
}

static void take(struct disk_slowest *slowest, uint64_t over_ns, uint64_t id, uint64_t took_ns)
{
	const struct event_request event = { .head.time_ns = 1000000 + took_ns,
					     .start_ns = 1000000,
					     .id = id };

	assert_int_equal(slowest_take(slowest, over_ns, &event, 0), 0);
}

static void the_slowest_come_first(void **state)
{
	owns(slowest_free) struct disk_slowest slowest = {};

	take(&slowest, 0, 1, 50);
	take(&slowest, 0, 2, 90);
	take(&slowest, 0, 3, 70);
	take(&slowest, 0, 4, 90);
	assert_int_equal(slowest.items.items[0].event.id, 2);
	assert_int_equal(slowest.items.items[1].event.id, 4); /* as slow, but later */
	assert_int_equal(slowest.items.items[2].event.id, 3);
	assert_int_equal(slowest.items.items[3].event.id, 1);
}

static void without_a_limit_the_few_slowest_are_kept(void **state)
{
	owns(slowest_free) struct disk_slowest slowest = {};

	for (uint64_t i = 1; i <= 100; i++)
		take(&slowest, 0, i, i * 7 % 101);
	assert_int_equal(slowest.items.count, DISK_SLOWEST);
	assert_int_equal(slowest.count, 100);
	for (size_t i = 0; i < DISK_SLOWEST; i++)
		assert_int_equal(slowest.items.items[i].event.head.time_ns, 1000000 + 100 - i);
}

static void shorter_ones_than_the_limit_do_not_count(void **state)
{
	owns(slowest_free) struct disk_slowest slowest = {};

	take(&slowest, 60, 1, 59);
	take(&slowest, 60, 2, 60);
	assert_int_equal(slowest.count, 1);
	assert_int_equal(slowest.items.count, 1);
}

static void more_than_there_is_room_for_are_counted(void **state)
{
	owns(slowest_free) struct disk_slowest slowest = {};

	for (uint64_t i = 0; i < DISK_SLOWEST_MAX + 50; i++)
		take(&slowest, 1, i, 1 + i);
	assert_int_equal(slowest.items.count, DISK_SLOWEST_MAX);
	assert_int_equal(slowest.count, DISK_SLOWEST_MAX + 50);
	assert_int_equal(slowest.items.items[DISK_SLOWEST_MAX - 1].event.id, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slowest_come_first),
		cmocka_unit_test(without_a_limit_the_few_slowest_are_kept),
		cmocka_unit_test(shorter_ones_than_the_limit_do_not_count),
		cmocka_unit_test(more_than_there_is_room_for_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
