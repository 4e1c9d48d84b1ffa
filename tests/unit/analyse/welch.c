/* Is a difference that chance makes told from one that it does not? */
#include "analyse/welch.h"

#include <math.h>

#include "harness/test.h"

static bool is_near(double value, double wanted)
{
	return fabs(value - wanted) <= 1e-9 + fabs(wanted) * 1e-3;
}

static void the_spread_is_that_of_the_mean(void **state)
{
	const double values[] = { 10, 12, 14 };
	struct mean_spread spread = mean_spread_of(values, 3);

	assert_true(is_near(mean_of(values, 3), 12));
	assert_true(spread.is_known);
	/* Of single values it is 4. */
	assert_true(is_near(spread.variance, 4.0 / 3));
	assert_true(is_near(spread.freedom, 2));
}

static void one_value_says_nothing_of_chance(void **state)
{
	const double value = 5;

	assert_false(mean_spread_of(&value, 1).is_known);
	assert_false(mean_spread_of(&value, 0).is_known);
	assert_true(is_near(mean_of(&value, 0), 0));
}

static void chance_is_students_t_with_welchs_degrees_of_freedom(void **state)
{
	const struct mean_spread alike = { true, 1, 2 }, sure = { true, 0, 2 };

	/* Equal ones: 2 + 2 degrees, t = 4.604; one alone: 2, t = 9.925. */
	assert_true(is_near(welch_chance(&alike, &alike), sqrt(2) * 4.604));
	assert_true(is_near(welch_chance(&alike, &sure), 9.925));
	assert_true(is_near(welch_chance(&sure, &sure), 0));
}

static void a_known_value_without_bound_adds_no_doubt(void **state)
{
	const struct mean_spread counted = { true, 4, 0 }, sure = { true, 0, 0 };

	assert_true(is_near(welch_chance(&counted, &sure), 2 * 2.617));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_spread_is_that_of_the_mean),
		cmocka_unit_test(one_value_says_nothing_of_chance),
		cmocka_unit_test(chance_is_students_t_with_welchs_degrees_of_freedom),
		cmocka_unit_test(a_known_value_without_bound_adds_no_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
