/* Does the call tree hold what the stacks say? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "profiled.h"

static void user_code_calls_the_kernel(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;
	uint64_t user, kernel;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	kernel = stream_stack(&stream, "copy_page", "do_read", NULL);
	user = stream_user_stack(&stream, "read", "main", NULL);
	stream_samples(&stream, 10, 3, user, kernel);
	stream_samples(&stream, 10, 1, user, 0);
	profiles = stream_profile(&stream, "comm,dso,symbol", 0, false);
	profile = profiles.items.items[0];
	assert_int_equal(profile_path(profile, "worker", "main", "read", NULL)->self_samples, 1);
	assert_int_equal(
		profile_path(profile, "worker", "main", "read", "do_read", "copy_page", NULL)->self,
		MS(3));
	assert_null(profile_path(profile, "worker", "do_read", NULL));
}

/* The same function name in a program and in the kernel are two functions. */
static void functions_of_user_code_and_of_the_kernel_are_apart(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t user, kernel;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	kernel = stream_stack(&stream, "memcpy", NULL);
	user = stream_user_stack(&stream, "memcpy", NULL);
	stream_samples(&stream, 10, 2, 0, kernel);
	stream_samples(&stream, 10, 1, user, 0);
	profiles = stream_profile(&stream, "symbol", 0, false);
	assert_int_equal(profiles.items.items[0]->rows.count, 2);
	assert_int_equal(profiles.items.items[0]->nodes.count, 4);
}

/* Random stacks: that each node is the sum of its parts is asserted by stream_profile(). */
static void every_tree_adds_up_whatever_is_hidden(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const double shares[] = { 0, 0.001, 0.01, 0.1, 0.5, 1 };
	unsigned int seed = 1;

	for (size_t i = 0; i < array_count(shares); i++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles profiles = {};

		stream_watch(&stream, WATCH_MACHINE, 0);
		stream_task(&stream, 10, "one", 0);
		stream_task(&stream, 11, "two", 0);
		for (int n = 0; n < 500; n++) {
			const char *path[8] = {};
			uint64_t stack;

			for (int depth = 0; depth < 1 + rand_r(&seed) % 6; depth++)
				path[depth] = names[(size_t)(rand_r(&seed) % 4)];
			stack = stream_stack(&stream, path[0], path[1], path[2], path[3], path[4],
					     path[5], NULL);
			stream_samples(&stream, 10 + (uint32_t)(rand_r(&seed) % 2),
				       1 + (unsigned int)(rand_r(&seed) % 3), 0, stack);
		}
		profiles = stream_profile(&stream, "comm,symbol", shares[i], false);
		assert_true(profiles.items.items[0]->samples >= 500);
	}
}

static void a_thread_without_a_stack_has_it_all_itself(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	stream_samples(&stream, 10, 3, 0, 0);
	profiles = stream_profile(&stream, "comm,symbol", 0.005, false);
	assert_int_equal(profile_path(profiles.items.items[0], "worker", NULL)->self, MS(3));
	assert_int_equal(profile_row(profiles.items.items[0], "worker", "")->self, MS(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_code_calls_the_kernel),
		cmocka_unit_test(functions_of_user_code_and_of_the_kernel_are_apart),
		cmocka_unit_test(every_tree_adds_up_whatever_is_hidden),
		cmocka_unit_test(a_thread_without_a_stack_has_it_all_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
