/* Are numbers read as zfs prints them, for programs and for people? */
#include "analyse/zfs_facts.h"

#include "harness/test.h"

static void check(const char *text, uint64_t expected)
{
	uint64_t number = 0;

	assert_true(zfs_read_amount(text, &number));
	assert_int_equal(number, expected);
}

static void digits_are_exact_and_units_are_binary(void **state)
{
	check("0", 0);
	check("18446744073709551615", UINT64_MAX);
	check("128K", 131072);
	check("1.5G", 1610612736);
	check("15%", 15);
	check("1.00x", 1);
}

static void what_is_no_number_is_none(void **state)
{
	static const char *const TEXTS[] = { "",     "-",     "none",  "-5",
					     "1.5Q", "12 34", "1e400", "99999999999999999999",
					     "K",    "nan",   "." };
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		if (zfs_read_amount(TEXTS[i], &number))
			fail_msg("'%s' is %lu", TEXTS[i], (unsigned long)number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_exact_and_units_are_binary),
		cmocka_unit_test(what_is_no_number_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
