/* Do the samples of a stream become the profiles they should? */
#include "analyse/profile.h"

#include <string.h>

#include "harness/test.h"
#include "profiled.h"

#define ALL "comm,dso,symbol"

static void watch_of_two(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "worker", TASK_TARGET);
	stream_task(stream, 20, "other", 0);
	stream_task(stream, 30, "z_rd_int_0", TASK_KERNEL);
}

static void only_the_targets_samples_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	watch_of_two(&stream);
	stack = stream_stack(&stream, "leaf", "root", NULL);
	stream_samples(&stream, 10, 3, 0, stack);
	stream_samples(&stream, 20, 5, 0, stack);
	stream_samples(&stream, 30, 7, 0, stack);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profiles.items.count, 1);
	assert_int_equal(profiles.items.items[0]->samples, 3);
	assert_int_equal(profiles.items.items[0]->amount, MS(3));
	/* The kernel's thread worked, perhaps for the target: it has its pool. */
	assert_int_equal(profile_pool(profiles.items.items[0], "z_rd_int_*")->run_ns, MS(7));
	assert_null(profile_pool(profiles.items.items[0], "other"));
}

static void samples_of_kernel_threads_count_where_that_is_wanted(void **state)
{
	const struct profiler_options wanted = {
		.keys = { .items = { PROFILE_POOL, PROFILE_SYMBOL }, .count = 2 },
		.with_kernel = true,
	};
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles first = {}, profiles = {};
	owns(profiler_free) struct profiler *profiler = NULL;
	uint64_t stack;

	watch_of_two(&stream);
	stack = stream_stack(&stream, "leaf", "root", NULL);
	stream_samples(&stream, 10, 3, 0, stack);
	stream_samples(&stream, 20, 5, 0, stack);
	stream_samples(&stream, 30, 7, 0, stack);
	stream_end(&stream, 100);
	/* Puts them in order as well. */
	first = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profiler_new(&wanted, &profiler), 0);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(profiler_take(profiler, stream.items.items[i].event, NULL), 0);
	assert_int_equal(profiler_profiles(profiler, &profiles, NULL), 0);
	assert_int_equal(profiles.items.items[0]->samples, 10);
	assert_int_equal(profile_pool(profiles.items.items[0], "z_rd_int_*")->run_ns, MS(7));
	assert_int_equal(profile_pool(profiles.items.items[0], "worker")->run_ns, MS(3));
}

static void a_machine_is_all_its_threads(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "one", 0);
	stack = stream_stack(&stream, "leaf", NULL);
	stream_samples(&stream, 10, 1, 0, stack);
	stream_samples(&stream, 99, 1, 0, stack);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profiles.items.items[0]->samples, 2);
	assert_non_null(profile_row(profiles.items.items[0], ":99", "leaf"));
}

static void each_sampler_has_its_profile_in_its_unit(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;
	uint64_t stack;

	watch_of_two(&stream);
	stream_sampler(&stream, 1, SAMPLER_COUNT, "cycles:u");
	stream_sampler(&stream, 2, SAMPLER_NS, "cpu-clock");
	stack = stream_stack(&stream, "leaf", NULL);
	stream_period(&stream, 1, 10, stack, 1000);
	stream_period(&stream, 1, 20, stack, 2000);
	stream_period(&stream, 2, 20, stack, 30);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profiles.items.count, 2);
	profile = profiles.items.items[0];
	assert_string_equal(profile->sampler, "cycles:u");
	assert_int_equal(profile->unit, PROFILE_COUNT);
	/* Another tool chose what to sample: all of it counts. */
	assert_int_equal(profile->amount, 3000);
	profile = profiles.items.items[1];
	assert_int_equal(profile->unit, PROFILE_NS);
	assert_int_equal(profile->amount, 30);
}

static void idle_cpus_are_swapper(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	stream_sampler(&stream, 1, SAMPLER_COUNT, "cycles");
	stack = stream_stack(&stream, "default_idle", NULL);
	stream_task(&stream, 10, "one", 0);
	stream_period(&stream, 1, 0, stack, 60);
	stream_period(&stream, 1, 10, stack, 40);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profile_row(profiles.items.items[0], "swapper", NULL)->self, 60);
	assert_true(profile_tells(profiles.items.items[0], "60 % of it is idle CPUs"));
	assert_null(profile_pool(profiles.items.items[0], "swapper"));
}

static void a_name_counts_as_it_was_when_the_sample_was_taken(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stack = stream_stack(&stream, "leaf", NULL);
	stream_task(&stream, 10, "sh", 0);
	stream_samples(&stream, 10, 1, 0, stack);
	stream_task(&stream, 10, "make", 0);
	stream_samples(&stream, 10, 2, 0, stack);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profile_row(profiles.items.items[0], "sh", "leaf")->self_samples, 1);
	assert_int_equal(profile_row(profiles.items.items[0], "make", "leaf")->self_samples, 2);
}

static void a_stack_that_was_lost_is_unknown_and_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_row *row;

	watch_of_two(&stream);
	stream_samples(&stream, 10, 2, 0, 4711);
	profiles = stream_profile(&stream, ALL, 0, false);
	row = profile_row(profiles.items.items[0], "worker", "");
	assert_int_equal(row->self_samples, 2);
	assert_int_equal(profiles.items.items[0]->frames.items[row->frame].kind, FRAME_KERNEL);
	assert_true(profile_tells(profiles.items.items[0], "2 stacks of samples were lost"));
}

static void a_stream_without_samples_has_one_empty_profile(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	watch_of_two(&stream);
	stream_run(&stream, 10, 10, 30, 5);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, ALL, 0.005, false);
	assert_int_equal(profiles.items.count, 1);
	assert_int_equal(profiles.items.items[0]->amount, 0);
	assert_int_equal(profiles.items.items[0]->window_ns, MS(100));
	assert_int_equal(profile_pool(profiles.items.items[0], "worker")->run_ns, MS(20));
}

static void weights_that_no_sum_can_hold_are_counted_as_lost(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	stream_sampler(&stream, 1, SAMPLER_COUNT, "cycles");
	stack = stream_stack(&stream, "leaf", NULL);
	stream_period(&stream, 1, 10, stack, UINT64_MAX - 1);
	stream_period(&stream, 1, 10, stack, 2);
	profiles = stream_profile(&stream, ALL, 0, false);
	assert_int_equal(profiles.items.items[0]->samples, 1);
	assert_int_equal(profiles.items.items[0]->lost_samples, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_targets_samples_count),
		cmocka_unit_test(samples_of_kernel_threads_count_where_that_is_wanted),
		cmocka_unit_test(a_machine_is_all_its_threads),
		cmocka_unit_test(each_sampler_has_its_profile_in_its_unit),
		cmocka_unit_test(idle_cpus_are_swapper),
		cmocka_unit_test(a_name_counts_as_it_was_when_the_sample_was_taken),
		cmocka_unit_test(a_stack_that_was_lost_is_unknown_and_told),
		cmocka_unit_test(a_stream_without_samples_has_one_empty_profile),
		cmocka_unit_test(weights_that_no_sum_can_hold_are_counted_as_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
