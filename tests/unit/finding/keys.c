/* Is a list of keys read in its order, and refused when a key is unknown or comes twice? */
#include "finding/keys.h"

#include <errno.h>

#include "base/array.h"
#include "harness/test.h"

static const char *const NAMES[] = { "one", "two", "three" };

static void places_are_in_the_order_given(void **state)
{
	size_t places[3] = {};

	assert_int_equal(keys_read("three,one", NAMES, array_count(NAMES), places), 2);
	assert_int_equal(places[0], 2);
	assert_int_equal(places[1], 0);
	assert_int_equal(keys_read("one,two,three", NAMES, array_count(NAMES), places), 3);
}

static void what_is_no_list_of_keys_is_refused(void **state)
{
	static const char *const BAD[] = {
		"", ",", "one,", ",one", "on", "ones", "one, two", "two,two", "one,two,three,one",
	};

	for (size_t i = 0; i < array_count(BAD); i++) {
		size_t places[3] = {};

		assert_int_equal(keys_read(BAD[i], NAMES, array_count(NAMES), places), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_in_the_order_given),
		cmocka_unit_test(what_is_no_list_of_keys_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
