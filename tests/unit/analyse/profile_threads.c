/* Is a thread known by its number for as long as it lives, and no longer? */
#include "harness/test.h"
#include "profiled.h"

static void a_number_used_again_is_another_thread(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_child(&stream, 10, "first", 1, 5);
	stream_run(&stream, 10, 5, 10, 0);
	stream_death(&stream, 10, 10);
	stream_child(&stream, 10, "second", 1, 20);
	stream_run(&stream, 10, 20, 40, 0);
	/* Its death was lost. */
	stream_child(&stream, 10, "third", 1, 50);
	stream_run(&stream, 10, 50, 51, 0);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm", 0, false);
	profile = profiles.items.items[0];
	assert_int_equal(profile_pool(profile, "first")->run_ns, MS(5));
	assert_int_equal(profile_pool(profile, "second")->run_ns, MS(20));
	assert_int_equal(profile_pool(profile, "second")->died, 1);
	assert_int_equal(profile_pool(profile, "third")->run_ns, MS(1));
	assert_int_equal(profile_pool(profile, "third")->died, 0);
}

static void what_is_told_after_a_death_still_counts(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_child(&stream, 10, "short", 1, 5);
	stream_death(&stream, 10, 10);
	stream_usage(&stream, 10, 10, 4, 1);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm", 0, false);
	assert_int_equal(profile_pool(profiles.items.items[0], "short")->run_ns, MS(4));
	assert_int_equal(profile_pool(profiles.items.items[0], "short")->threads, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_used_again_is_another_thread),
		cmocka_unit_test(what_is_told_after_a_death_still_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
