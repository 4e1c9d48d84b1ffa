/* Are the machine's meters read as the kernel writes them, in nanoseconds? */
#include "host/meters.h"

#include <errno.h>

#include "tree.h"

static uint64_t value_of(const struct meters *meters, enum counter_key key, uint32_t dev)
{
	for (size_t i = 0; i < meters->items.count; i++) {
		if (meters->items.items[i].key == key && meters->items.items[i].dev == dev)
			return meters->items.items[i].value;
	}
	return UINT64_MAX;
}

/* As Linux 6.18 has them. */
static void add_all(const struct tree *tree)
{
	tree_add(tree, "/proc/stat",
		 "cpu  100 20 30 4000 50 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
	tree_add(tree, "/proc/pressure/cpu",
		 "some avg10=1.00 avg60=0.50 avg300=0.10 total=1500\n"
		 "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	tree_add(tree, "/proc/pressure/io",
		 "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500\n"
		 "full avg10=0.00 avg60=0.00 avg300=0.00 total=700\n");
	tree_add(tree, "/proc/diskstats",
		 " 254       0 vda 5 0 40 3 6 0 48 4 0 77 7 0 0 0 0 2 1\n"
		 " 254       1 vda1 5 0 40 3 6 0 48 4 0 70 7 0 0 0 0 2 1\n"
		 "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

static void what_the_kernel_counts_is_told_in_nanoseconds(void **state)
{
	const uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	struct meters meters = {};
	struct tree tree;

	tree_make(&tree);
	add_all(&tree);
	assert_int_equal(meters_read(tree.root, &meters), 0);
	assert_int_equal(value_of(&meters, COUNTER_USER_NS, 0), 120 * tick_ns);
	assert_int_equal(value_of(&meters, COUNTER_SYSTEM_NS, 0), 43 * tick_ns);
	assert_int_equal(value_of(&meters, COUNTER_IDLE_NS, 0), 4050 * tick_ns);
	assert_int_equal(value_of(&meters, COUNTER_STEAL_NS, 0), 8 * tick_ns);
	assert_int_equal(value_of(&meters, COUNTER_CPU_SOME_NS, 0), 1500000);
	assert_int_equal(value_of(&meters, COUNTER_IO_SOME_NS, 0), 2500000);
	assert_int_equal(value_of(&meters, COUNTER_IO_FULL_NS, 0), 700000);
	assert_int_equal(value_of(&meters, COUNTER_DISK_BUSY_NS, 254u << 20), 77000000);
	assert_int_equal(value_of(&meters, COUNTER_DISK_BUSY_NS, 254u << 20 | 1), 70000000);
	meters_free(&meters);
	tree_remove(&tree);
}

static void what_is_not_counted_is_left_out(void **state)
{
	struct meters meters = {};
	struct tree tree;

	tree_make(&tree);
	add_all(&tree);
	assert_int_equal(meters_read(tree.root, &meters), 0);
	/* There is no file of memory's pressure, and the loop device never had a request. */
	assert_int_equal(value_of(&meters, COUNTER_MEMORY_SOME_NS, 0), UINT64_MAX);
	assert_int_equal(value_of(&meters, COUNTER_DISK_BUSY_NS, 7u << 20), UINT64_MAX);
	assert_int_equal(meters_read("/nonexistent", &meters), 0);
	assert_int_equal(meters.items.count, 0);
	meters_free(&meters);
	tree_remove(&tree);
}

static void nonsense_is_left_out(void **state)
{
	struct meters meters = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/stat", "cpu  100 20 x\n");
	tree_add(&tree, "/proc/pressure/io", "total=\nsome\n");
	tree_add(&tree, "/proc/pressure/cpu", "");
	tree_add(&tree, "/proc/diskstats", "254 0\n\nvda\n");
	assert_int_equal(meters_read(tree.root, &meters), 0);
	assert_int_equal(meters.items.count, 0);
	meters_free(&meters);
	tree_remove(&tree);
}

static int hear(void *self, const struct event *event, struct diag *why)
{
	unsigned int *heard = self;

	assert_int_equal(event->kind, EVENT_COUNTER);
	assert_int_equal(event->time_ns, 4711);
	assert_true(event_is_sound(event, event->bytes));
	++*heard;
	return *heard == 3 ? diag_set(why, -EIO, "enough") : 0;
}

static void they_are_told_as_of_a_moment_until_the_sink_refuses(void **state)
{
	struct meters meters = {};
	struct diag why = {};
	unsigned int heard = 0;
	const struct event_sink sink = { .take = hear, .self = &heard };
	struct tree tree;

	tree_make(&tree);
	add_all(&tree);
	assert_int_equal(meters_read(tree.root, &meters), 0);
	assert_int_equal(meters_tell(&meters, 4711, &sink, &why), -EIO);
	assert_int_equal(heard, 3);
	meters_free(&meters);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_counts_is_told_in_nanoseconds),
		cmocka_unit_test(what_is_not_counted_is_left_out),
		cmocka_unit_test(nonsense_is_left_out),
		cmocka_unit_test(they_are_told_as_of_a_moment_until_the_sink_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
