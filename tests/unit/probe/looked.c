/* Are threads found, and those of one process together? */
#include "probe/looked.h"

#include "told.h"

static struct look_thread of_process(uint32_t tid, uint32_t tgid)
{
	struct look_thread thread = sleeper(tid, 1, 0);

	thread.tgid = tgid;
	return thread;
}

static void a_thread_is_found_by_its_number(void **state)
{
	owns(looked_free) struct looked_threads threads = {};

	(void)add_thread(&threads, of_process(7, 7));
	(void)add_thread(&threads, of_process(9, 7));
	assert_int_equal(looked_find(&threads, 9)->thread.tgid, 7);
	assert_null(looked_find(&threads, 8));
}

static void threads_of_a_process_are_grouped(void **state)
{
	owns(looked_free) struct looked_threads threads = {};

	(void)add_thread(&threads, of_process(5, 5));
	(void)add_thread(&threads, of_process(3, 3));
	(void)add_thread(&threads, of_process(6, 5));
	(void)add_thread(&threads, of_process(4, 3));
	(void)add_thread(&threads, of_process(9, 5));
	assert_int_equal(looked_sort(&threads), 0);
	assert_int_equal(looked_group(&threads, 0), 2);
	assert_int_equal(threads.list.items[threads.by_process.items[0]].thread.tid, 3);
	assert_int_equal(looked_group(&threads, 2), 3);
	assert_int_equal(threads.list.items[threads.by_process.items[4]].thread.tid, 9);
	assert_int_equal(looked_count(&threads, 5), 3);
	assert_int_equal(looked_count(&threads, 4), 0);
	assert_int_equal(looked_count(&threads, 10), 0);
}

static void who_runs_or_is_dead_waits_for_nobody(void **state)
{
	struct looked looked = { .thread = sleeper(1, 0, 0) };

	assert_true(looked_is_waiting(&looked));
	looked.thread.flags = LOOK_ON_CPU;
	assert_false(looked_is_waiting(&looked));
	looked.thread.flags = 0;
	looked.thread.state = 0x20;
	assert_false(looked_is_waiting(&looked));
	looked.thread.state = 0;
	assert_false(looked_is_waiting(&looked));
}

static void nobody_is_no_trouble(void **state)
{
	owns(looked_free) struct looked_threads threads = {};

	assert_int_equal(looked_sort(&threads), 0);
	assert_int_equal(looked_count(&threads, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_is_found_by_its_number),
		cmocka_unit_test(threads_of_a_process_are_grouped),
		cmocka_unit_test(who_runs_or_is_dead_waits_for_nobody),
		cmocka_unit_test(nobody_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
