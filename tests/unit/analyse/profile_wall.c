/* Does the tree of wall time sum to the threads' lives, with each wait below the code that waited?
 */
#include <string.h>

#include "harness/test.h"
#include "profiled.h"

#define READ  0
#define FSYNC 74

static void a_thread_of_all_states_sums_to_its_life(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;
	uint64_t sleep, user, caller, leaf;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	sleep = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	caller = stream_user_stack(&stream, "fsync", "main", NULL);
	user = stream_user_stack(&stream, "work", "main", NULL);
	leaf = stream_stack(&stream, "copy", NULL);
	stream_run(&stream, 10, 0, 30, 0);
	stream_samples(&stream, 10, 2, user, 0);
	stream_samples(&stream, 10, 1, user, leaf);
	stream_wait(&stream, 10, 30, 70, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	stream_queue(&stream, 10, 0, 70, 75);
	stream_run(&stream, 10, 75, 80, 0);
	stream_call(&stream, 10, FSYNC, (const double[]){ 29, 76 }, caller);
	/* From 80 to 100 nothing is told. */
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	profile = profiles.items.items[0];
	assert_true(profile->is_wall && profile->unit == PROFILE_NS);
	assert_int_equal(profile->amount, MS(100));
	assert_int_equal(profile_path(profile, "worker", NULL)->total, MS(100));
	/* 35 ms of running, as the samples are. */
	assert_int_equal(profile_path(profile, "worker", "main", "work", NULL)->total, MS(35));
	assert_in_range(profile_path(profile, "worker", "main", "work", "copy", NULL)->total,
			MS(35) / 3, MS(35) / 3 + 1);
	assert_int_equal(profile_path(profile, "worker", "main", "fsync", "ext4_sync_file",
				      "jbd2_log_wait_commit", NULL)
				 ->total,
			 MS(40));
	assert_int_equal(profile->samples, 3);
}

static const struct profile_node *find_kind(const struct profile *profile,
					    enum profile_frame_kind kind, const char *name)
{
	for (size_t i = 1; i < profile->nodes.count; i++) {
		const struct profile_frame *frame =
			&profile->frames.items[profile->nodes.items[i].frame];

		if (frame->kind == kind && strcmp(frame->name, name) == 0)
			return &profile->nodes.items[i];
	}
	return NULL;
}

static void a_wait_ends_with_what_was_waited_for(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_node *node;
	uint64_t sleep;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	sleep = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	stream_wait(&stream, 10, 0, 60, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	stream_queue(&stream, 10, 0, 60, 90);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	node = profile_path(profiles.items.items[0], "worker", "ext4_sync_file",
			    "jbd2_log_wait_commit", NULL);
	assert_int_equal(node->self, 0);
	node++;
	assert_int_equal(node->total, MS(60));
	assert_string_equal(profiles.items.items[0]->frames.items[node->frame].module,
			    "fs.journal");
	assert_true(profiles.items.items[0]->frames.items[node->frame].name[0] != '\0');
	assert_int_equal(find_kind(profiles.items.items[0], FRAME_RUNNABLE, "")->total, MS(30));
	/* What was not told is unknown. */
	assert_int_equal(find_kind(profiles.items.items[0], FRAME_BLOCKED, "")->total, MS(10));
}

static void a_wait_without_a_told_call_stands_below_the_last_such_call(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;
	uint64_t sleep, caller;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	sleep = stream_stack(&stream, "pipe_read", NULL);
	caller = stream_user_stack(&stream, "reader", NULL);
	stream_wait(&stream, 10, 0, 10, (struct event_wait){ .stack = sleep, .syscall = READ });
	stream_call(&stream, 10, READ, (const double[]){ 0, 11 }, caller);
	stream_wait(&stream, 10, 20, 25, (struct event_wait){ .stack = sleep, .syscall = READ });
	stream_wait(&stream, 10, 30, 37, (struct event_wait){ .stack = sleep, .syscall = FSYNC });
	stream_wait(&stream, 10, 40, 41, (struct event_wait){ .stack = sleep, .syscall = -1 });
	stream_end(&stream, 41);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	profile = profiles.items.items[0];
	assert_int_equal(profile->amount, MS(41));
	assert_int_equal(profile_path(profile, "worker", "reader", "pipe_read", NULL)->total,
			 MS(15));
	/* Of fsync no call was ever told, and a page fault is in none. */
	assert_int_equal(profile_path(profile, "worker", "pipe_read", NULL)->total, MS(8));
}

static void a_name_that_was_never_sampled_keeps_its_running_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	stream_child(&stream, 11, "child", 10, 20);
	stream_run(&stream, 11, 20, 50, 0);
	stream_death(&stream, 11, 50);
	stream_run(&stream, 10, 0, 100, 0);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	assert_int_equal(profile_path(profiles.items.items[0], "child", NULL)->self, MS(30));
	assert_int_equal(profile_path(profiles.items.items[0], "worker", NULL)->self, MS(100));
}

static void threads_that_only_helped_have_no_wall_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	stream_task(&stream, 20, "helper", 0);
	stream_run(&stream, 20, 0, 50, 0);
	stream_wait(&stream, 20, 50, 90, (struct event_wait){ .syscall = READ });
	stream_run(&stream, 10, 0, 100, 0);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	assert_int_equal(profiles.items.items[0]->amount, MS(100));
	assert_null(profile_path(profiles.items.items[0], "helper", NULL));
}

/* Spans that overlap, come twice, or lie outside of the thread's life. */
static void the_sum_is_the_life_whatever_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "worker", TASK_TARGET);
	stream_run(&stream, 10, -50, 20, 0);
	stream_run(&stream, 10, 10, 20, 0);
	stream_wait(&stream, 10, 15, 40, (struct event_wait){ .syscall = -1 });
	stream_queue(&stream, 10, 0, 35, 45);
	for (int i = 0; i < 100; i++) {
		uint64_t stack = stream_stack(&stream, i % 2 ? "odd" : "even", NULL);

		stream_wait(&stream, 10, 45 + i * 0.1, 45.1 + i * 0.1,
			    (struct event_wait){ .syscall = READ + i % 3, .stack = stack });
	}
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm,symbol", 0, true);
	assert_int_equal(profiles.items.items[0]->amount, MS(100));
	assert_int_equal(find_kind(profiles.items.items[0], FRAME_RUNNABLE, "")->total, MS(5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_of_all_states_sums_to_its_life),
		cmocka_unit_test(a_wait_ends_with_what_was_waited_for),
		cmocka_unit_test(a_wait_without_a_told_call_stands_below_the_last_such_call),
		cmocka_unit_test(a_name_that_was_never_sampled_keeps_its_running_time),
		cmocka_unit_test(threads_that_only_helped_have_no_wall_time),
		cmocka_unit_test(the_sum_is_the_life_whatever_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
