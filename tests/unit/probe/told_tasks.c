/* Is it known how each thread was told last, and which records are older? */
#include "probe/told_tasks.h"

#include "harness/test.h"

static struct wire task_record(uint32_t tid, uint64_t time_ns)
{
	return (struct wire){ .kind = WIRE_TASK, .tid = tid, .time_ns = time_ns };
}

static void a_thread_was_not_told_before_it_was(void **state)
{
	struct told_tasks told = {};
	struct wire record = task_record(7, 5);
	struct told_task *task;

	assert_false(told_tasks_are_after(&told, &record));
	task = told_tasks_find(&told, 7);
	assert_non_null(task);
	assert_true(task->birth_ns == UINT64_MAX);
	*task = (struct told_task){ .birth_ns = 1, .time_ns = 9 };
	assert_non_null(told_tasks_find(&told, 8));
	assert_int_equal(told_tasks_find(&told, 7)->birth_ns, 1);
	told_tasks_free(&told);
}

static void an_older_record_of_a_thread_is_outdated(void **state)
{
	struct told_tasks told = {};
	struct wire older = task_record(7, 8), same = task_record(7, 9), other = task_record(8, 8);
	struct wire run = older;
	struct told_task *task = told_tasks_find(&told, 7);

	assert_non_null(task);
	*task = (struct told_task){ .birth_ns = 1, .time_ns = 9 };
	assert_true(told_tasks_are_after(&told, &older));
	assert_false(told_tasks_are_after(&told, &same));
	assert_false(told_tasks_are_after(&told, &other));
	/* What a thread did stays, whatever it is called by now. */
	run.kind = WIRE_SWITCH;
	assert_false(told_tasks_are_after(&told, &run));
	told_tasks_free(&told);
}

static void when_there_are_too_many_all_are_forgotten(void **state)
{
	struct told_tasks told = {};

	for (uint32_t tid = 1; tid <= 65536; tid++)
		assert_non_null(told_tasks_find(&told, tid));
	told_tasks_find(&told, 1)->birth_ns = 3;
	assert_int_equal(told.items.count, 1);
	told_tasks_free(&told);
	assert_int_equal(told.items.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_was_not_told_before_it_was),
		cmocka_unit_test(an_older_record_of_a_thread_is_outdated),
		cmocka_unit_test(when_there_are_too_many_all_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
