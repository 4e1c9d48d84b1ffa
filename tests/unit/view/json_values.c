/* Are values told so that a program reads them and a terminal cannot obey them? */
#include "view/json_values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void texts_are_escaped(void **state)
{
	json_t *text = json_text("a\033b\xff");

	assert_string_equal(json_string_value(text), "a\\x1bb\\xff");
	json_decref(text);
}

static void what_is_no_number_is_null(void **state)
{
	const double odd[] = { (double)NAN, (double)INFINITY, -1 };

	for (size_t i = 0; i < 3; i++) {
		json_t *value = json_share(odd[i]);

		assert_true(json_is_null(value));
		json_decref(value);
	}
}

static void shares_have_six_digits(void **state)
{
	json_t *value = json_share(1.0 / 3);

	assert_true(json_real_value(value) == 0.333333);
	json_decref(value);
}

static void what_could_not_be_built_is_no_memory(void **state)
{
	assert_null(json_finished(json_object(), -1));
	assert_int_equal(json_print(NULL, stdout), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(what_is_no_number_is_null),
		cmocka_unit_test(shares_have_six_digits),
		cmocka_unit_test(what_could_not_be_built_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
