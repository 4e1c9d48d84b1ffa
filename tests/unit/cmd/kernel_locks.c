/* Are the kernel's counters told twice, and is the kernel left as it was? */
#include "cmd/kernel_locks.h"

#include <string.h>

#include "unit/host/tree.h"

#define SWITCH "/proc/sys/kernel/lock_stat"
#define TEXT(contentions)                               \
	"lock_stat version 0.4\n"                       \
	"   class name    contentions   acquisitions\n" \
	"   tasklist_lock:  " contentions "  100\n"

struct heard {
	uint32_t looks[4];
	uint64_t contentions[4];
	uint64_t times_ns[4];
	size_t count;
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	const struct event_lock_class *class = (const void *)event;
	struct heard *heard = self;

	assert_true(event_is_sound(event, event->bytes));
	if (event->kind != EVENT_LOCK_CLASS)
		return 0;
	assert_true(heard->count < 4);
	heard->looks[heard->count] = class->look;
	heard->contentions[heard->count] = class->contentions;
	heard->times_ns[heard->count++] = event->time_ns;
	return 0;
}

static void both_looks_are_told_and_the_switch_is_put_back(void **state)
{
	struct heard heard = {};
	const struct event_sink sink = { .take = hear, .self = &heard };
	struct kernel_locks locks = {};
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, SWITCH, "0\n");
	tree_add(&tree, "/proc/lock_stat", TEXT("5"));
	assert_int_equal(kernel_locks_begin(&locks, tree.root, &sink, 10, &why), 0);
	assert_int_equal(tree_letter(&tree, SWITCH), '1');
	tree_add(&tree, "/proc/lock_stat", TEXT("8"));
	assert_int_equal(kernel_locks_tell(&locks, &sink, 20, &why), 0);
	kernel_locks_end(&locks);
	assert_int_equal(tree_letter(&tree, SWITCH), '0');

	assert_int_equal(heard.count, 2);
	assert_int_equal(heard.looks[0], 1);
	assert_int_equal(heard.contentions[0], 5);
	assert_int_equal(heard.times_ns[0], 10);
	assert_int_equal(heard.looks[1], 2);
	assert_int_equal(heard.contentions[1], 8);
	assert_int_equal(heard.times_ns[1], 20);
	tree_remove(&tree);
}

static void a_kernel_that_does_not_count_is_no_failure(void **state)
{
	struct heard heard = {};
	const struct event_sink sink = { .take = hear, .self = &heard };
	struct kernel_locks locks = {};
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(kernel_locks_begin(&locks, tree.root, &sink, 10, &why), 0);
	assert_int_equal(kernel_locks_tell(&locks, &sink, 20, &why), 0);
	kernel_locks_end(&locks);
	assert_int_equal(heard.count, 0);
	assert_int_equal(why.code, 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_looks_are_told_and_the_switch_is_put_back),
		cmocka_unit_test(a_kernel_that_does_not_count_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
