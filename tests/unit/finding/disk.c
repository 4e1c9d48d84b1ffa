/* Do the parts of a report of block devices have their names? */
#include "finding/disk.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

static void keys_are_read_in_the_order_given(void **state)
{
	struct disk_keys keys = {};

	assert_int_equal(disk_keys_read("issuer,device", &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.items[0], DISK_BY_ISSUER);
	assert_true(disk_keys_have(&keys, DISK_BY_DEVICE) && !disk_keys_have(&keys, DISK_BY_OP));
	assert_int_equal(disk_keys_read("device,partition,op,flags,issuer", &keys), 0);
	assert_int_equal(keys.count, DISK_KEY_COUNT);
}

static void lists_that_say_nothing_or_too_much_are_refused(void **state)
{
	static const char *const bad[] = { "", ",", "op,", "op,op", "disk", "op,,flags" };

	for (size_t i = 0; i < array_count(bad); i++) {
		struct disk_keys keys = { .count = 77 };

		assert_int_equal(disk_keys_read(bad[i], &keys), -EINVAL);
		assert_int_equal(keys.count, 77);
	}
}

static void all_is_called_something(void **state)
{
	for (enum disk_key key = 0; key < DISK_KEY_COUNT; key++)
		assert_true(strlen(disk_key_name(key)) > 1);
	for (enum disk_op op = 0; op < DISK_OP_COUNT; op++)
		assert_true(strlen(disk_op_name(op)) > 3);
	for (enum disk_claim_kind kind = 0; kind < DISK_CLAIM_COUNT; kind++) {
		assert_true(strlen(disk_claim_id(kind)) > 3);
		assert_true(strlen(disk_claim_advice(kind)) > 20);
	}
}

static void a_report_of_nothing_can_be_freed(void **state)
{
	struct disk_report *report = NULL;

	disk_report_free(&report);
	assert_null(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read_in_the_order_given),
		cmocka_unit_test(lists_that_say_nothing_or_too_much_are_refused),
		cmocka_unit_test(all_is_called_something),
		cmocka_unit_test(a_report_of_nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
