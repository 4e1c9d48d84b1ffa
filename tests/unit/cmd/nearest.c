/* Is what is proposed what was meant, and is nothing proposed when nothing is near? */
#include "cmd/nearest.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static const char *nearest_of(const char *word)
{
	static const char *const candidates[] = { "diagnose", "record", "doctor", "json",
						  "json-schema" };
	struct nearest nearest = { .word = word };

	for (size_t i = 0; i < array_count(candidates); i++)
		nearest_offer(&nearest, candidates[i]);
	return nearest.best ? nearest.best : "";
}

static void a_slip_is_understood(void **state)
{
	assert_string_equal(nearest_of("recrod"), "record");  /* swapped */
	assert_string_equal(nearest_of("recor"), "record");   /* dropped */
	assert_string_equal(nearest_of("reccord"), "record"); /* added */
	assert_string_equal(nearest_of("regord"), "record");  /* replaced */
	assert_string_equal(nearest_of("diagonse"), "diagnose");
	assert_string_equal(nearest_of("docter"), "doctor");
}

static void an_abbreviation_is_understood(void **state)
{
	assert_string_equal(nearest_of("diag"), "diagnose");
	assert_string_equal(nearest_of("js"), "json");
	assert_string_equal(nearest_of("json-s"), "json-schema");
}

static void what_is_far_is_not_proposed(void **state)
{
	char long_word[100];

	assert_string_equal(nearest_of("cp"), "");
	assert_string_equal(nearest_of("postgres"), "");
	assert_string_equal(nearest_of(""), "");
	assert_string_equal(nearest_of("r"), "");
	memset(long_word, 'r', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_string_equal(nearest_of(long_word), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_is_understood),
		cmocka_unit_test(an_abbreviation_is_understood),
		cmocka_unit_test(what_is_far_is_not_proposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
