/* Are requests told apart by what they are, and are sums whole whatever there is room for? */
#include <string.h>

#include "analyse/disk_state.h"
#include "harness/test.h"

static void operations_are_those_of_the_kernels_statistics(void **state)
{
	assert_int_equal(disk_op_of(REQUEST_READ | REQUEST_META), DISK_READ);
	assert_int_equal(disk_op_of(REQUEST_WRITE | REQUEST_FLUSH | REQUEST_FUA), DISK_WRITE);
	assert_int_equal(disk_op_of(REQUEST_FLUSH), DISK_FLUSH);
	assert_int_equal(disk_op_of(REQUEST_DISCARD | REQUEST_SYNC), DISK_DISCARD);
	assert_int_equal(disk_op_of(0), DISK_OTHER);
}

static void flags_are_said_in_words(void **state)
{
	char text[64];

	disk_flags_say(REQUEST_WRITE | REQUEST_FLUSH | REQUEST_SYNC | REQUEST_FUA, text,
		       sizeof(text));
	assert_string_equal(text, "flush sync fua");
	disk_flags_say(REQUEST_READ | REQUEST_READAHEAD | REQUEST_META, text, sizeof(text));
	assert_string_equal(text, "meta ahead");
	disk_flags_say(REQUEST_FLUSH, text, sizeof(text));
	assert_string_equal(text, "");
	/* What does not fit is cut. */
	disk_flags_say(UINT32_MAX, text, 8);
	assert_int_equal(strlen(text), 7);
}

static void equal_ids_have_one_sum(void **state)
{
	owns(sums_free) struct disk_sums sums = {};
	const struct disk_id id = { 1, REQUEST_READ, 2 }, other = { 1, REQUEST_READ, 3 };

	assert_ptr_equal(sums_get(&sums, &id), sums_get(&sums, &id));
	assert_ptr_not_equal(sums_get(&sums, &id), sums_get(&sums, &other));
	assert_int_equal(sums.items.count, 2);
}

static void what_has_no_room_is_in_the_rest(void **state)
{
	owns(sums_free) struct disk_sums sums = {};

	for (uint32_t i = 0; i < DISK_SUMS_MAX + 10; i++) {
		const struct disk_id id = { i + 1, 0, 0 };
		struct disk_sum *sum = sums_get(&sums, &id);

		assert_non_null(sum);
		histogram_add(&sum->total, 10);
	}
	assert_non_null(sums.rest);
	assert_true(sums.rest->is_rest);
	assert_int_equal(sums.rest->total.count, 10);
}

static void times_before_the_device_are_what_is_left(void **state)
{
	struct disk_sum sum = { .bytes = 8192 };
	struct disk_times times;

	histogram_add(&sum.total, 100);
	histogram_add(&sum.total, 300);
	histogram_add(&sum.device, 90);
	histogram_add(&sum.device, 110);
	sum_say(&sum, &times);
	assert_int_equal(times.mean_ns, 200);
	assert_int_equal(times.device_mean_ns, 100);
	assert_int_equal(times.queue.total_ns, 200);
	assert_int_equal(times.queue_mean_ns, 100);
	assert_int_equal(times.queue.count, 0);
	assert_int_equal(times.mean_bytes, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_are_those_of_the_kernels_statistics),
		cmocka_unit_test(flags_are_said_in_words),
		cmocka_unit_test(equal_ids_have_one_sum),
		cmocka_unit_test(what_has_no_room_is_in_the_rest),
		cmocka_unit_test(times_before_the_device_are_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
