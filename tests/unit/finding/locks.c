/* Are the orders and modes of a report on locks told by their names? */
#include "finding/locks.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

static void every_order_is_read_by_its_name(void **state)
{
	for (enum lock_order order = 0; order < LOCK_ORDER_COUNT; order++) {
		enum lock_order read = LOCK_ORDER_COUNT;

		assert_int_equal(lock_order_read(lock_order_name(order), &read), 0);
		assert_int_equal(read, order);
	}
}

static void an_unknown_order_is_refused(void **state)
{
	enum lock_order order = LOCK_ORDER_MAX;

	assert_int_equal(lock_order_read("", &order), -EINVAL);
	assert_int_equal(lock_order_read("total", &order), -EINVAL);
	assert_int_equal(order, LOCK_ORDER_MAX);
	assert_string_equal(lock_order_name(LOCK_ORDER_COUNT), "unknown");
}

static void modes_and_namings_have_names_of_their_own(void **state)
{
	for (int a = LOCK_NAMED_NOT; a <= LOCK_NAMED_CODE; a++) {
		for (int b = a + 1; b <= LOCK_NAMED_CODE; b++)
			assert_string_not_equal(lock_naming_name((enum lock_naming)a),
						lock_naming_name((enum lock_naming)b));
	}
	assert_string_equal(lock_mode_name(LOCK_MODE_ANY), "any");
	assert_string_equal(lock_mode_name(LOCK_MODE_READ), "read");
	assert_string_equal(lock_mode_name(LOCK_MODE_WRITE), "write");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_is_read_by_its_name),
		cmocka_unit_test(an_unknown_order_is_refused),
		cmocka_unit_test(modes_and_namings_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
