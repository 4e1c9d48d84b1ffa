/* Is it told right how a thread stands, by the two looks at it? */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static enum plight plight_of(struct stream *stream, uint32_t tid)
{
	owns(stuck_free) struct stuck *stuck = looked_judge(stream);
	const struct thread_seen *thread = stuck_thread(stuck, tid);

	assert_non_null(thread);
	return (enum plight)thread->plight;
}

/* A thread that is the same at both looks but for what the second one has. */
static enum plight plight_between(struct event_thread first, struct event_thread second)
{
	owns(stream_free) struct stream stream = {};

	looked_begin(&stream, 0);
	first.tid = second.tid = 7;
	looked_task(&stream, 7, 0, "subject", 0);
	looked_once(&stream, 1, first);
	looked_once(&stream, 2, second);
	return plight_of(&stream, 7);
}

static enum plight plight_at_both(struct event_thread thread)
{
	return plight_between(thread, thread);
}

static void who_sleeps_at_both_looks_and_did_nothing_between_is_unmoved(void **state)
{
	struct event_thread thread = { .state = 1, .run_ns = MS(5), .switches = 3 };

	assert_int_equal(plight_at_both(thread), PLIGHT_ASLEEP);
	thread.state = 2;
	assert_int_equal(plight_at_both(thread), PLIGHT_BLOCKED);
	thread.state = 0x102;
	assert_int_equal(plight_at_both(thread), PLIGHT_BLOCKED);
}

static void an_idle_thread_of_the_kernel_is_not_blocked(void **state)
{
	assert_int_equal(plight_at_both((struct event_thread){ .state = 0x402 }), PLIGHT_ASLEEP);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 0x40 }), PLIGHT_ASLEEP);
}

static void any_count_that_grew_is_a_move(void **state)
{
	const struct event_thread before = { .state = 1 };
	struct event_thread after[] = { before, before, before, before };

	after[0].run_ns = 1;
	after[1].switches = 1;
	after[2].io_calls = 1;
	after[3].io_bytes = 1;
	for (size_t i = 0; i < array_count(after); i++)
		assert_int_equal(plight_between(before, after[i]), PLIGHT_MOVES);
}

static void stops_zombies_and_dumps_are_told_from_sleeps(void **state)
{
	assert_int_equal(plight_at_both((struct event_thread){ .state = 4 }), PLIGHT_STOPPED);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 8 }), PLIGHT_TRACED);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 32 }), PLIGHT_ZOMBIE);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 16 }), PLIGHT_ZOMBIE);
	assert_int_equal(
		plight_at_both((struct event_thread){ .state = 2, .flags = THREAD_DUMPING }),
		PLIGHT_DUMPING);
	assert_int_equal(
		plight_at_both((struct event_thread){ .state = 1, .flags = THREAD_FROZEN }),
		PLIGHT_FROZEN);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 0x8000 }), PLIGHT_FROZEN);
	assert_int_equal(
		plight_at_both((struct event_thread){ .state = 4, .flags = THREAD_FROZEN }),
		PLIGHT_STOPPED);
	assert_int_equal(plight_at_both((struct event_thread){ .state = 0x1000 }), PLIGHT_BLOCKED);
}

static void who_is_stopped_for_a_moment_moves(void **state)
{
	const struct event_thread before = { .state = 1 };
	const struct event_thread after = { .state = 8, .switches = 2 };

	assert_int_equal(plight_between(before, after), PLIGHT_MOVES);
}

/* Ran so long of a second, with system calls at the two looks. */
static enum plight plight_running(double ran_ms, int32_t first_call, int32_t second_call)
{
	const struct event_thread before = { .syscall = first_call, .flags = THREAD_ON_CPU };
	const struct event_thread after = { .syscall = second_call,
					    .flags = THREAD_ON_CPU,
					    .run_ns = (uint64_t)(ran_ms * 1e6),
					    .switches = 4 };

	return plight_between(before, after);
}

static void who_runs_its_own_code_all_the_time_spins(void **state)
{
	assert_int_equal(plight_running(999, THREAD_SYSCALL_NONE, THREAD_SYSCALL_NONE),
			 PLIGHT_SPINS);
	assert_int_equal(plight_running(450, THREAD_SYSCALL_NONE, CALL_SCHED_YIELD), PLIGHT_SPINS);
}

/* With so many others that want to run, on two CPUs. */
static enum plight plight_among(double ran_ms, uint64_t switches, uint32_t others)
{
	owns(stream_free) struct stream stream = {};
	struct event_thread thread = { .tid = 7, .syscall = THREAD_SYSCALL_NONE };

	looked_begin(&stream, 0);
	looked_task(&stream, 7, 0, "subject", 0);
	for (uint32_t tid = 8; tid < 8 + others; tid++) {
		looked_task(&stream, tid, 0, "other", 0);
		looked_running(&stream, tid, 100, (struct event_thread){ .syscall = CALL_READ });
	}
	looked_once(&stream, 1, thread);
	thread.run_ns = (uint64_t)(ran_ms * 1e6);
	thread.switches = switches;
	looked_once(&stream, 2, thread);
	return plight_of(&stream, 7);
}

static void on_a_crowded_machine_a_spinner_gets_little(void **state)
{
	assert_int_equal(plight_among(97, 33, 5), PLIGHT_SPINS);
	assert_int_equal(plight_among(97, 330, 5), PLIGHT_MOVES);
	assert_int_equal(plight_among(97, 33, 0), PLIGHT_MOVES);
	assert_int_equal(plight_among(5, 1, 5), PLIGHT_MOVES);
}

static void where_a_running_thread_hides_its_call_its_functions_tell(void **state)
{
	owns(stream_free) struct stream stream = {};
	struct event_thread thread = { .syscall = THREAD_SYSCALL_UNKNOWN, .tid = 7 };

	looked_begin(&stream, 0);
	looked_task(&stream, 7, 0, "subject", 0);
	thread.user_stack = stream_user_stack(&stream, "spin", "main", NULL);
	looked_running(&stream, 7, 999, thread);
	assert_int_equal(plight_of(&stream, 7), PLIGHT_SPINS);
	assert_int_equal(plight_running(999, THREAD_SYSCALL_NONE, THREAD_SYSCALL_UNKNOWN),
			 PLIGHT_SPINS);
}

static void who_runs_little_or_makes_system_calls_does_not_spin(void **state)
{
	assert_int_equal(plight_running(300, THREAD_SYSCALL_NONE, THREAD_SYSCALL_NONE),
			 PLIGHT_MOVES);
	assert_int_equal(plight_running(999, THREAD_SYSCALL_NONE, CALL_READ), PLIGHT_MOVES);
	assert_int_equal(plight_running(999, CALL_READ, CALL_READ), PLIGHT_MOVES);
	assert_int_equal(plight_running(999, THREAD_SYSCALL_UNKNOWN, THREAD_SYSCALL_UNKNOWN),
			 PLIGHT_MOVES);
}

static void who_reads_or_writes_does_not_spin(void **state)
{
	const struct event_thread before = { .syscall = THREAD_SYSCALL_NONE };
	const struct event_thread after = { .syscall = THREAD_SYSCALL_NONE,
					    .run_ns = MS(999),
					    .io_calls = 1 };

	assert_int_equal(plight_between(before, after), PLIGHT_MOVES);
}

static void who_is_in_another_function_of_its_own_computes(void **state)
{
	owns(stream_free) struct stream stream = {};
	struct event_thread thread = { .syscall = THREAD_SYSCALL_NONE, .tid = 7 };
	uint64_t one, other;

	looked_begin(&stream, 0);
	one = stream_user_stack(&stream, "parse", "main", NULL);
	other = stream_user_stack(&stream, "emit", "main", NULL);
	looked_task(&stream, 7, 0, "subject", 0);
	thread.user_stack = one;
	looked_once(&stream, 1, thread);
	thread.user_stack = other;
	thread.run_ns = MS(999);
	looked_once(&stream, 2, thread);
	assert_int_equal(plight_of(&stream, 7), PLIGHT_MOVES);
}

static void who_is_ready_but_never_ran_is_starved(void **state)
{
	assert_int_equal(plight_at_both((struct event_thread){ .state = 0 }), PLIGHT_QUEUED);
	assert_int_equal(plight_at_both((struct event_thread){ .flags = THREAD_ON_CPU }),
			 PLIGHT_MOVES);
}

static void who_is_not_in_the_last_look_has_ended(void **state)
{
	owns(stream_free) struct stream stream = {};
	const struct event_thread thread = { .tid = 7, .state = 1 };

	looked_begin(&stream, 0);
	looked_task(&stream, 7, 0, "subject", 0);
	looked_task(&stream, 8, 0, "other", 0);
	looked_once(&stream, 1, thread);
	looked_asleep(&stream, 8, 5000, (struct event_thread){});
	assert_int_equal(plight_of(&stream, 7), PLIGHT_ENDED);
}

static void with_a_single_look_a_long_sleep_counts(void **state)
{
	owns(stream_free) struct stream stream = {};
	struct event_thread thread = { .tid = 7, .state = 1 };

	looked_begin(&stream, 0);
	looked_task(&stream, 7, 0, "subject", 0);
	looked_task(&stream, 8, 0, "other", 0);
	thread.since_ns = AT(FIRST_LOOK_MS - 2000);
	looked_once(&stream, 1, thread);
	thread.tid = 8;
	thread.since_ns = AT(FIRST_LOOK_MS - 20);
	looked_once(&stream, 1, thread);
	assert_int_equal(plight_of(&stream, 7), PLIGHT_ASLEEP);
	assert_int_equal(plight_of(&stream, 8), PLIGHT_MOVES);
}

static void a_number_that_is_used_anew_is_another_thread(void **state)
{
	owns(stream_free) struct stream stream = {};
	const struct event_thread thread = { .tid = 7, .state = 1, .switches = 900 };

	looked_begin(&stream, 0);
	looked_task(&stream, 7, 6, "first", 0);
	looked_once(&stream, 1, thread);
	stream_child(&stream, 7, "second", 1, FIRST_LOOK_MS + 500);
	looked_once(&stream, 2, (struct event_thread){ .tid = 7, .state = 1, .switches = 901 });
	assert_int_equal(plight_of(&stream, 7), PLIGHT_MOVES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sleeps_at_both_looks_and_did_nothing_between_is_unmoved),
		cmocka_unit_test(an_idle_thread_of_the_kernel_is_not_blocked),
		cmocka_unit_test(any_count_that_grew_is_a_move),
		cmocka_unit_test(stops_zombies_and_dumps_are_told_from_sleeps),
		cmocka_unit_test(who_is_stopped_for_a_moment_moves),
		cmocka_unit_test(who_runs_its_own_code_all_the_time_spins),
		cmocka_unit_test(on_a_crowded_machine_a_spinner_gets_little),
		cmocka_unit_test(where_a_running_thread_hides_its_call_its_functions_tell),
		cmocka_unit_test(who_runs_little_or_makes_system_calls_does_not_spin),
		cmocka_unit_test(who_reads_or_writes_does_not_spin),
		cmocka_unit_test(who_is_in_another_function_of_its_own_computes),
		cmocka_unit_test(who_is_ready_but_never_ran_is_starved),
		cmocka_unit_test(who_is_not_in_the_last_look_has_ended),
		cmocka_unit_test(with_a_single_look_a_long_sleep_counts),
		cmocka_unit_test(a_number_that_is_used_anew_is_another_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
