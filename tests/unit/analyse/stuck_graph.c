/* Are deadlocks told exactly: all that are, and none that is not? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static struct stuck *judge(struct stream *stream)
{
	return looked_judge(stream);
}

static bool is_in_circle(const struct stuck *stuck, uint32_t tid)
{
	return stuck_thread(stuck, tid)->circle != NONE;
}

/* So many processes of one thread each, numbered from 1 on, all asleep in a futex. */
static void add_sleepers(struct stream *stream, uint32_t count)
{
	uint64_t stack = stream_stack(stream, "futex_do_wait", "__futex_wait", "futex_wait",
				      "do_futex", "__x64_sys_futex", NULL);

	for (uint32_t tid = 1; tid <= count; tid++) {
		looked_task(stream, tid, 0, "sleeper", 0);
		looked_asleep(stream, tid, 5000, looked_futex(stack, 0x1000 + tid, 0));
	}
}

static void two_that_wait_for_each_other_are_a_circle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct chain chain;

	looked_begin(&stream, 0);
	add_sleepers(&stream, 3);
	looked_relation(&stream, 1, RELATION_FUTEX, 2, 0, "");
	looked_relation(&stream, 2, RELATION_FUTEX, 1, 0, "");
	looked_relation(&stream, 3, RELATION_FUTEX, 1, 0, "");
	stuck = judge(&stream);
	assert_true(is_in_circle(stuck, 1) && is_in_circle(stuck, 2));
	assert_false(is_in_circle(stuck, 3));
	assert_int_equal(stuck->circles, 1);
	chain = graph_follow(stuck, stuck_thread(stuck, 1));
	assert_int_equal(chain.end, END_CIRCLE);
	assert_int_equal(chain.count, 3);
	/* Who waits for one of a circle is behind it. */
	chain = graph_follow(stuck, stuck_thread(stuck, 3));
	assert_int_equal(chain.end, END_CIRCLE);
	assert_int_equal(stuck_thread(stuck, 3)->row, ROW_BEHIND);
}

static void who_waits_for_itself_is_a_circle_of_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	add_sleepers(&stream, 1);
	looked_relation(&stream, 1, RELATION_FUTEX, 1, 0, "");
	stuck = judge(&stream);
	assert_true(is_in_circle(stuck, 1));
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_USER_CIRCLE);
}

static void a_limit_of_time_is_no_deadlock(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread timed = looked_futex(0, 0x1000, 0);

	timed.arguments[3] = 0x7ffe0000;
	looked_begin(&stream, 0);
	add_sleepers(&stream, 1);
	looked_task(&stream, 2, 0, "timed", 0);
	looked_asleep(&stream, 2, 5000, timed);
	looked_relation(&stream, 1, RELATION_FUTEX, 2, 0, "");
	looked_relation(&stream, 2, RELATION_FUTEX, 1, 0, "");
	stuck = judge(&stream);
	assert_false(is_in_circle(stuck, 1) || is_in_circle(stuck, 2));
	assert_true(stuck_thread(stuck, 1)->is_live);
}

static void who_moved_between_the_looks_is_in_no_circle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread thread = { .tid = 2, .state = 1, .syscall = CALL_FUTEX };

	looked_begin(&stream, 0);
	add_sleepers(&stream, 1);
	looked_task(&stream, 2, 0, "mover", 0);
	looked_once(&stream, 1, thread);
	thread.switches = 2;
	looked_once(&stream, 2, thread);
	looked_relation(&stream, 1, RELATION_FUTEX, 2, 0, "");
	looked_relation(&stream, 2, RELATION_FUTEX, 1, 0, "");
	stuck = judge(&stream);
	assert_false(is_in_circle(stuck, 1) || is_in_circle(stuck, 2));
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_BUSY_PEER);
}

/* Two processes wait for each other over pipes; the second has another thread. */
static struct stuck *pipes_with(struct stream *stream, struct event_thread other)
{
	uint64_t stack = stream_stack(stream, "anon_pipe_read", "vfs_read", "ksys_read", NULL);
	const struct event_thread reader = { .stack = stack, .syscall = CALL_READ };

	looked_begin(stream, 0);
	looked_task(stream, 10, 0, "one", 0);
	looked_task(stream, 20, 0, "two", 0);
	looked_task(stream, 21, 20, "two-b", 0);
	looked_asleep(stream, 10, 5000, reader);
	looked_asleep(stream, 20, 5000, reader);
	looked_asleep(stream, 21, 5000, other);
	looked_relation(stream, 10, RELATION_PIPE, 20, RELATION_PROCESS, "pipe:[1]");
	looked_relation(stream, 20, RELATION_PIPE, 10, RELATION_PROCESS, "pipe:[2]");
	return judge(stream);
}

static void a_process_answers_as_long_as_one_thread_of_it_may(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread idle = {};

	idle.stack = stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL);
	idle.syscall = 232;
	stuck = pipes_with(&stream, idle);
	assert_false(is_in_circle(stuck, 10) || is_in_circle(stuck, 20));
	assert_int_equal(stuck_thread(stuck, 10)->row, ROW_IDLE_PEER);
}

static void a_process_whose_threads_are_all_blocked_in_it_is_in_the_circle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	/* It waits for any thread of its own process: for the other one, then. */
	stuck = pipes_with(&stream, looked_futex(0, 0x2000, 0x80));
	assert_true(is_in_circle(stuck, 10) && is_in_circle(stuck, 20) && is_in_circle(stuck, 21));
	assert_int_equal(stuck->circles, 1);
}

static void who_waits_for_a_thread_that_is_no_more_waits_for_nobody(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	add_sleepers(&stream, 2);
	looked_relation(&stream, 1, RELATION_FUTEX, 4711, RELATION_GONE, "");
	looked_task(&stream, 9, 2, "dead", 0);
	looked_asleep(&stream, 9, 5000, (struct event_thread){ .state = 32 });
	looked_relation(&stream, 2, RELATION_FUTEX, 9, 0, "");
	stuck = judge(&stream);
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_PEER_GONE);
	assert_int_equal(stuck_thread(stuck, 2)->row, ROW_PEER_GONE);
	assert_int_equal(stuck->circles, 0);
}

static void threads_that_wait_for_just_any_other_are_no_circle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 30, 0, "pool", 0);
	looked_task(&stream, 31, 30, "pool", 0);
	looked_asleep(&stream, 30, 5000, looked_futex(0, 0x1000, 0x80));
	looked_asleep(&stream, 31, 5000, looked_futex(0, 0x2000, 0x80));
	stuck = judge(&stream);
	assert_int_equal(stuck->circles, 0);
	assert_false(stuck_thread(stuck, 30)->is_live);
	assert_int_equal(stuck_thread(stuck, 30)->row, ROW_UNWAKEABLE);
}

static void who_joins_a_thread_waits_for_that_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread join = looked_futex(0, 0x1000, 0x109);
	struct chain chain;

	join.arguments[2] = 31;
	looked_begin(&stream, 0);
	looked_task(&stream, 30, 0, "main", 0);
	looked_task(&stream, 31, 30, "worker", 0);
	looked_asleep(&stream, 30, 5000, join);
	looked_asleep(&stream, 31, 5000, looked_futex(0, 0x2000, 0x80));
	stuck = judge(&stream);
	chain = graph_follow(stuck, stuck_thread(stuck, 30));
	assert_int_equal(chain.steps[0].edge->kind, EDGE_END);
	assert_int_equal(chain.steps[1].tid, 31);
	/* The worker waits for its process, in which only the one is left that waits for it: a
	 * signal's handler may still wake it. */
	assert_int_equal(stuck->circles, 0);
	assert_int_equal(stuck_thread(stuck, 30)->row, ROW_UNWAKEABLE);
}

static void kernel_locks_are_followed_to_their_owner(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread blocked = { .state = 2, .lock = 0xffff888000001000 };

	blocked.stack = stream_stack(&stream, "do_unlinkat", "__x64_sys_unlink", NULL);
	blocked.lock_kind = BLOCKER_RWSEM_WRITER;
	blocked.lock_owner = 2;
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "rm", 0);
	looked_task(&stream, 2, 0, "holder", 0);
	looked_asleep(&stream, 1, 5000, blocked);
	blocked.lock_owner = 1;
	looked_asleep(&stream, 2, 5000, blocked);
	stuck = judge(&stream);
	assert_true(is_in_circle(stuck, 1) && is_in_circle(stuck, 2));
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_KERNEL_CIRCLE);
}

/* --- against plain search --- */

enum {
	NODES = 9,
	ROUNDS = 4000,
};

struct plain {
	bool waits_for[NODES][NODES]; /* that thread */
	bool is_idle[NODES];          /* it is live by itself */
	bool is_live[NODES];
	bool reaches[NODES][NODES]; /* among the dead */
};

static void make_plain(struct plain *plain)
{
	memset(plain, 0, sizeof(*plain));
	for (int i = 0; i < NODES; i++) {
		int count = rand() % 3;

		plain->is_idle[i] = rand() % 5 == 0;
		for (int k = 0; k < count && !plain->is_idle[i]; k++)
			plain->waits_for[i][rand() % NODES] = true;
	}
}

static bool has_edge(const struct plain *plain, int i)
{
	for (int k = 0; k < NODES; k++) {
		if (plain->waits_for[i][k])
			return true;
	}
	return false;
}

static void solve_plain(struct plain *plain)
{
	for (int i = 0; i < NODES; i++)
		plain->is_live[i] = plain->is_idle[i] || !has_edge(plain, i);
	for (int round = 0; round < NODES; round++) {
		for (int i = 0; i < NODES; i++) {
			for (int k = 0; k < NODES; k++)
				plain->is_live[i] |= plain->waits_for[i][k] && plain->is_live[k];
		}
	}
	for (int i = 0; i < NODES; i++) {
		for (int k = 0; k < NODES; k++)
			plain->reaches[i][k] =
				plain->waits_for[i][k] && !plain->is_live[i] && !plain->is_live[k];
	}
	for (int via = 0; via < NODES; via++) {
		for (int i = 0; i < NODES; i++) {
			for (int k = 0; k < NODES; k++)
				plain->reaches[i][k] |=
					plain->reaches[i][via] && plain->reaches[via][k];
		}
	}
}

static void tell_plain(struct stream *stream, const struct plain *plain)
{
	looked_begin(stream, 0);
	for (uint32_t i = 0; i < NODES; i++) {
		looked_task(stream, i + 1, 0, "node", 0);
		looked_asleep(stream, i + 1, 5000, looked_futex(0, i, 0));
		for (uint32_t k = 0; k < NODES; k++) {
			if (plain->waits_for[i][k])
				looked_relation(stream, i + 1, RELATION_FUTEX, k + 1, 0, "");
		}
	}
}

static void circles_are_those_of_a_plain_search(void **state)
{
	srand(20261127);
	for (int round = 0; round < ROUNDS; round++) {
		owns(stream_free) struct stream stream = {};
		owns(stuck_free) struct stuck *stuck = NULL;
		struct plain plain;

		make_plain(&plain);
		solve_plain(&plain);
		tell_plain(&stream, &plain);
		stuck = judge(&stream);
		for (uint32_t i = 0; i < NODES; i++) {
			const struct thread_seen *one = stuck_thread(stuck, i + 1);

			assert_int_equal(one->is_live, plain.is_live[i]);
			assert_int_equal(one->circle != NONE, plain.reaches[i][i]);
			for (uint32_t k = 0; k < NODES; k++) {
				const struct thread_seen *other = stuck_thread(stuck, k + 1);

				if (one->circle != NONE && other->circle != NONE)
					assert_int_equal(one->circle == other->circle,
							 i == k || (plain.reaches[i][k] &&
								    plain.reaches[k][i]));
			}
		}
	}
}

static void a_long_line_of_waiters_is_no_burden(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct chain chain;

	looked_begin(&stream, 0);
	add_sleepers(&stream, 20000);
	for (uint32_t tid = 1; tid < 20000; tid++)
		looked_relation(&stream, tid, RELATION_FUTEX, tid + 1, 0, "");
	looked_relation(&stream, 20000, RELATION_FUTEX, 1, 0, "");
	stuck = judge(&stream);
	assert_int_equal(stuck->circles, 1);
	assert_true(is_in_circle(stuck, 1) && is_in_circle(stuck, 10000));
	chain = graph_follow(stuck, stuck_thread(stuck, 1));
	assert_int_equal(chain.count, CHAIN_MAX);
	assert_int_equal(chain.end, END_CIRCLE);
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_USER_CIRCLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_wait_for_each_other_are_a_circle),
		cmocka_unit_test(who_waits_for_itself_is_a_circle_of_one),
		cmocka_unit_test(a_limit_of_time_is_no_deadlock),
		cmocka_unit_test(who_moved_between_the_looks_is_in_no_circle),
		cmocka_unit_test(a_process_answers_as_long_as_one_thread_of_it_may),
		cmocka_unit_test(a_process_whose_threads_are_all_blocked_in_it_is_in_the_circle),
		cmocka_unit_test(who_waits_for_a_thread_that_is_no_more_waits_for_nobody),
		cmocka_unit_test(threads_that_wait_for_just_any_other_are_no_circle),
		cmocka_unit_test(who_joins_a_thread_waits_for_that_one),
		cmocka_unit_test(kernel_locks_are_followed_to_their_owner),
		cmocka_unit_test(circles_are_those_of_a_plain_search),
		cmocka_unit_test(a_long_line_of_waiters_is_no_burden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
