/* Is the group found that a thread's CPU quota belongs to, in both versions of cgroups? */
#include "probe/cgroups.h"

#include <string.h>

#include "harness/test.h"

static void expect(const char *text, const char *path)
{
	size_t bytes = 0;
	const char *found = cgroups_find_cpu(text, &bytes);

	assert_non_null(found);
	assert_int_equal(bytes, strlen(path));
	assert_memory_equal(found, path, bytes);
}

static void the_cpu_controller_of_version_1_is_found_among_others(void **state)
{
	expect("12:cpuset:/a\n5:cpu,cpuacct:/jobs/slow\n0::/b\n", "/jobs/slow");
	expect("5:cpuacct,cpu:/jobs\n", "/jobs");
	expect("3:cpu:/\n", "/");
}

static void a_controller_that_only_begins_so_is_another(void **state)
{
	expect("4:cpuset:/a\n3:cpuacct:/b\n0::/unified\n", "/unified");
}

static void version_2_has_one_group_for_all(void **state)
{
	expect("0::/user.slice/x.scope\n", "/user.slice/x.scope");
	expect("0::/no/newline", "/no/newline");
}

static void nothing_is_made_of_nonsense(void **state)
{
	size_t bytes;

	assert_null(cgroups_find_cpu("", &bytes));
	assert_null(cgroups_find_cpu("hello\n1:memory:/x\n\n::", &bytes));
}

static int count(void *self, const struct event *event, struct diag *why)
{
	size_t *counts = self;

	counts[event->kind]++;
	return 0;
}

static void a_throttled_thread_is_told_once_before_its_wait(void **state)
{
	size_t counts[32] = {};
	struct cgroups cgroups = { .next = { .take = count, .self = counts } };
	struct event_queue queue = {
		.head = { .bytes = sizeof(queue), .kind = EVENT_QUEUE },
		.tid = 1,
	};
	struct diag why = {};

	assert_int_equal(cgroups_take(&cgroups, &queue.head, &why), 0);
	assert_int_equal(counts[EVENT_CGROUP], 0);
	queue.throttled_ns = 5;
	assert_int_equal(cgroups_take(&cgroups, &queue.head, &why), 0);
	assert_int_equal(cgroups_take(&cgroups, &queue.head, &why), 0);
	assert_true(counts[EVENT_CGROUP] <= 1);
	assert_int_equal(counts[EVENT_QUEUE], 3);
	cgroups_free(&cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cpu_controller_of_version_1_is_found_among_others),
		cmocka_unit_test(a_controller_that_only_begins_so_is_another),
		cmocka_unit_test(version_2_has_one_group_for_all),
		cmocka_unit_test(nothing_is_made_of_nonsense),
		cmocka_unit_test(a_throttled_thread_is_told_once_before_its_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
