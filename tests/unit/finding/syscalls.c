/* Are the keys and orders of a report of system calls told by their names? */
#include "finding/syscalls.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/test.h"

static void every_order_is_read_by_its_name(void **state)
{
	for (enum syscall_order order = 0; order < SYSCALL_ORDERS; order++) {
		enum syscall_order read = SYSCALL_ORDERS;

		assert_int_equal(syscall_order_read(syscall_order_name(order), &read), 0);
		assert_int_equal(read, order);
	}
	assert_string_equal(syscall_order_name(SYSCALL_ORDERS), "unknown");
}

static void an_unknown_order_is_refused(void **state)
{
	enum syscall_order order = SYSCALL_ORDER_MAX;

	assert_int_equal(syscall_order_read("", &order), -EINVAL);
	assert_int_equal(syscall_order_read("wait", &order), -EINVAL);
	assert_int_equal(order, SYSCALL_ORDER_MAX);
}

static void keys_are_read_in_their_order(void **state)
{
	struct syscall_keys keys = {};

	assert_int_equal(syscall_keys_read("process,syscall", &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.items[0], SYSCALL_BY_PROCESS);
	assert_true(syscall_keys_have(&keys, SYSCALL_BY_SYSCALL));
	assert_false(syscall_keys_have(&keys, SYSCALL_BY_THREAD));
}

static void wrong_keys_are_refused(void **state)
{
	struct syscall_keys keys = {};

	assert_int_equal(syscall_keys_read("", &keys), -EINVAL);
	assert_int_equal(syscall_keys_read("cause", &keys), -EINVAL);
	assert_int_equal(syscall_keys_read("comm,comm", &keys), -EINVAL);
	assert_int_equal(keys.count, 0);
	assert_string_equal(syscall_key_name(SYSCALL_KEY_COUNT), "unknown");
}

static void an_empty_report_can_be_freed(void **state)
{
	owns(syscall_report_free) struct syscall_report *none = NULL;
	owns(syscall_report_free) struct syscall_report *empty = calloc(1, sizeof(*empty));

	assert_null(none);
	assert_non_null(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_is_read_by_its_name),
		cmocka_unit_test(an_unknown_order_is_refused),
		cmocka_unit_test(keys_are_read_in_their_order),
		cmocka_unit_test(wrong_keys_are_refused),
		cmocka_unit_test(an_empty_report_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
