/* Is a number told with three digits that are true, also where it rounds up into the next unit? */
#include "finding/format.h"

#include <math.h>

#include "base/array.h"
#include "harness/test.h"

static void durations_have_three_digits_and_a_unit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *told;
	} rows[] = {
		{ 0, "0 s" },
		{ 1, "1 ns" },
		{ 950, "950 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.00 us" },
		{ 9994, "9.99 us" },
		{ 9995, "10.0 us" },
		{ 99949, "99.9 us" },
		{ 99950, "100 us" },
		{ 999499, "999 us" },
		{ 999500, "1.00 ms" },
		{ 38200000, "38.2 ms" },
		{ 8310000000, "8.31 s" },
		{ 8314999999, "8.31 s" },
		{ 8315000000, "8.32 s" },
		{ 999499999999, "999 s" },
		{ 999500000000, "16.7 min" },
		{ 5996999999999, "99.9 min" },
		{ 5997000000000, "1.67 h" },
		{ 360000000000000, "100 h" },
		{ 36000000000000000, "10000 h" },
		{ UINT64_MAX, "5124096 h" },
	};

	for (size_t i = 0; i < array_count(rows); i++)
		assert_string_equal(format_duration(rows[i].ns).text, rows[i].told);
}

static void sizes_have_binary_units_and_no_idle_zeros(void **state)
{
	assert_string_equal(format_bytes(0).text, "0 B");
	assert_string_equal(format_bytes(512).text, "512 B");
	assert_string_equal(format_bytes(1023).text, "1023 B");
	assert_string_equal(format_bytes(4096).text, "4 KiB");
	assert_string_equal(format_bytes(1536 << 20).text, "1.5 GiB");
	assert_string_equal(format_bytes((1 << 20) - 1).text, "1 MiB");
	assert_string_equal(format_bytes(123456789).text, "118 MiB");
	assert_string_equal(format_bytes(UINT64_MAX).text, "16384 PiB");
}

static void shares_are_percent(void **state)
{
	assert_string_equal(format_share(0.83).text, "83 %");
	assert_string_equal(format_share(0.042).text, "4.2 %");
	assert_string_equal(format_share(0.003).text, "0.3 %");
	assert_string_equal(format_share(1).text, "100 %");
	assert_string_equal(format_share(0.0994).text, "9.9 %");
	assert_string_equal(format_share(0.0996).text, "10 %");
	assert_string_equal(format_share(0.0006).text, "0.1 %");
	assert_string_equal(format_share(0.0004).text, "<0.1 %");
	assert_string_equal(format_share(0).text, "0 %");
}

static void what_is_no_share_is_told_as_unknown(void **state)
{
	assert_string_equal(format_share((double)NAN).text, "unknown");
	assert_string_equal(format_share(-0.5).text, "unknown");
	assert_string_equal(format_share((double)INFINITY).text, "unknown");
	assert_string_equal(format_factor((double)NAN).text, "unknown");
	assert_string_equal(format_factor((double)INFINITY).text, "unknown");
}

static void counts_are_grouped_by_thousands(void **state)
{
	assert_string_equal(format_count(0).text, "0");
	assert_string_equal(format_count(213).text, "213");
	assert_string_equal(format_count(12345).text, "12,345");
	assert_string_equal(format_count(1000000).text, "1,000,000");
	assert_string_equal(format_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

static void factors_show_the_digits_that_matter(void **state)
{
	assert_string_equal(format_factor(1).text, "1.00");
	assert_string_equal(format_factor(1.044).text, "1.04");
	assert_string_equal(format_factor(5.86).text, "5.9");
	assert_string_equal(format_factor(9.96).text, "10");
	assert_string_equal(format_factor(123.4).text, "123");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_three_digits_and_a_unit),
		cmocka_unit_test(sizes_have_binary_units_and_no_idle_zeros),
		cmocka_unit_test(shares_are_percent),
		cmocka_unit_test(what_is_no_share_is_told_as_unknown),
		cmocka_unit_test(counts_are_grouped_by_thousands),
		cmocka_unit_test(factors_show_the_digits_that_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
