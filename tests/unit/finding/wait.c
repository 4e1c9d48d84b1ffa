/* Do the parts of a report of waits have their names? */
#include "finding/wait.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static void keys_are_read_in_the_order_given(void **state)
{
	struct wait_keys keys = {};

	assert_int_equal(wait_keys_read("waker,pool", &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.items[0], WAIT_BY_WAKER);
	assert_int_equal(keys.items[1], WAIT_BY_POOL);
	assert_true(wait_keys_have(&keys, WAIT_BY_POOL) && !wait_keys_have(&keys, WAIT_BY_COMM));
	assert_int_equal(
		wait_keys_read("thread,comm,pool,cause,function,waker,syscall,state", &keys), 0);
	assert_int_equal(keys.count, WAIT_KEY_COUNT);
}

static void lists_that_say_nothing_or_too_much_are_refused(void **state)
{
	static const char *const bad[] = { "",       ",",    "comm,",       ",comm", "comm,comm",
					   "symbol", "wake", "comm,,cause", "states" };

	for (size_t i = 0; i < array_count(bad); i++) {
		struct wait_keys keys = { .count = 77 };

		assert_int_equal(wait_keys_read(bad[i], &keys), -EINVAL);
		assert_int_equal(keys.count, 77);
	}
}

static void all_is_called_something(void **state)
{
	for (enum wait_key key = 0; key < WAIT_KEY_COUNT; key++)
		assert_true(strlen(wait_key_name(key)) > 3);
	for (enum waker_kind kind = 0; kind <= WAKER_REST; kind++)
		assert_true(strlen(waker_kind_name(kind)) > 3);
	assert_string_equal(wait_state_name(WAIT_STATE_ALL), "all");
	assert_string_equal(wait_state_name(WAIT_STATE_D), "D");
}

static void a_report_of_nothing_can_be_freed(void **state)
{
	struct wait_report *report = NULL;

	wait_report_free(&report);
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
