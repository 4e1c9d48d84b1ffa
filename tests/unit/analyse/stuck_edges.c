/* Is it found who could end a wait, and is nothing believed that is over? */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static const struct edge *only_edge(const struct stuck *stuck, uint32_t tid)
{
	const struct thread_seen *thread = stuck_thread(stuck, tid);

	assert_int_equal(thread->edge_count, 1);
	return &stuck->edges.items[thread->edges];
}

static void what_was_told_twice_is_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_task(&stream, 2, 0, "two", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	stuck = looked_judge(&stream);
	assert_true(only_edge(stuck, 1)->is_process);
}

static void what_is_told_of_one_that_moved_is_over(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_task(&stream, 2, 0, "two", 0);
	looked_running(&stream, 1, 100, (struct event_thread){});
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	stuck = looked_judge(&stream);
	assert_int_equal(stuck_thread(stuck, 1)->edge_count, 0);
}

static void a_peer_that_was_not_told_leaves_it_open(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_PIPE, 99, RELATION_PROCESS, "pipe:[1]");
	stuck = looked_judge(&stream);
	assert_true(only_edge(stuck, 1)->is_open);
	assert_true(stuck_thread(stuck, 1)->is_live);
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_ASLEEP);
}

static void where_relations_are_missing_another_one_may_answer(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	stream_fact(&stream, "missing.relations", "12 of those for whom threads wait");
	looked_task(&stream, 1, 0, "one", 0);
	looked_task(&stream, 2, 0, "two", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	looked_relation(&stream, 2, RELATION_PIPE, 1, RELATION_PROCESS, "pipe:[2]");
	stuck = looked_judge(&stream);
	assert_true(stuck_thread(stuck, 1)->is_live);
	assert_int_equal(stuck->circles, 0);
}

static void nobody_is_any_other_thread_of_its_own_process(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "alone", 0);
	looked_task(&stream, 2, 0, "loop", 0);
	looked_task(&stream, 3, 2, "loop-b", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	looked_asleep(&stream, 3, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_PIPE, 0, RELATION_NOBODY, "pipe:[1]");
	looked_relation(&stream, 2, RELATION_PIPE, 0, RELATION_NOBODY, "pipe:[2]");
	stuck = looked_judge(&stream);
	assert_int_equal(stuck_thread(stuck, 1)->row, ROW_PEER_NOBODY);
	assert_true(only_edge(stuck, 2)->is_process);
	assert_true(stuck_thread(stuck, 2)->is_live);
}

static void a_private_futex_is_for_any_other_thread_of_the_process(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "private", 0);
	looked_task(&stream, 2, 0, "shared", 0);
	looked_asleep(&stream, 1, 5000, looked_futex(0, 0x1000, 0x80));
	looked_asleep(&stream, 2, 5000, looked_futex(0, 0x1000, 0));
	stuck = looked_judge(&stream);
	assert_int_equal(only_edge(stuck, 1)->kind, EDGE_OWN);
	assert_int_equal(stuck_thread(stuck, 2)->edge_count, 0);
}

static void a_told_holder_is_believed_before_a_guess(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "main", 0);
	looked_task(&stream, 2, 1, "worker", 0);
	looked_asleep(&stream, 1, 5000, looked_futex(0, 0x1000, 0x80));
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	looked_relation(&stream, 1, RELATION_FUTEX, 2, 0, "");
	stuck = looked_judge(&stream);
	assert_int_equal(only_edge(stuck, 1)->kind, RELATION_FUTEX);
}

static void relations_of_the_future_are_passed_over(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_relation(&stream, 1, (enum relation_kind)77, 1, 0, "");
	stuck = looked_judge(&stream);
	assert_int_equal(stuck_thread(stuck, 1)->edge_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_told_twice_is_one),
		cmocka_unit_test(what_is_told_of_one_that_moved_is_over),
		cmocka_unit_test(a_peer_that_was_not_told_leaves_it_open),
		cmocka_unit_test(where_relations_are_missing_another_one_may_answer),
		cmocka_unit_test(nobody_is_any_other_thread_of_its_own_process),
		cmocka_unit_test(a_private_futex_is_for_any_other_thread_of_the_process),
		cmocka_unit_test(a_told_holder_is_believed_before_a_guess),
		cmocka_unit_test(relations_of_the_future_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
