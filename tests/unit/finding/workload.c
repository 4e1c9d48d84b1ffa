/* Are the parts of a model told by their names? */
#include "finding/workload.h"

#include "harness/test.h"

static void each_term_has_a_name_and_words_of_its_own(void **state)
{
	for (int a = 0; a < WORKLOAD_TERM_COUNT; a++) {
		for (int b = a + 1; b < WORKLOAD_TERM_COUNT; b++) {
			assert_string_not_equal(workload_term_name((enum workload_term)a),
						workload_term_name((enum workload_term)b));
			assert_string_not_equal(workload_term_words((enum workload_term)a),
						workload_term_words((enum workload_term)b));
		}
	}
	assert_string_equal(workload_term_name(WORKLOAD_TERM_COUNT), "unknown");
	assert_string_equal(workload_term_words(WORKLOAD_TERM_COUNT), "unknown");
}

static void engines_are_called_as_fio_does(void **state)
{
	assert_string_equal(workload_engine_name(WORKLOAD_ENGINE_PVSYNC2), "pvsync2");
	assert_string_equal(workload_engine_name(WORKLOAD_ENGINE_IO_URING), "io_uring");
	for (int i = 0; i < WORKLOAD_ENGINE_COUNT; i++)
		assert_non_null(workload_engine_name((enum workload_engine)i));
	assert_string_equal(workload_engine_name(WORKLOAD_ENGINE_COUNT), "unknown");
}

static void the_other_names_are_told(void **state)
{
	assert_string_equal(workload_access_name(WORKLOAD_ACCESS_PARTLY), "partly_random");
	assert_string_equal(workload_access_name(WORKLOAD_ACCESS_UNKNOWN), "unknown");
	assert_string_equal(workload_sync_name(WORKLOAD_SYNC_DATA), "dsync");
	assert_string_equal(workload_arrival_name(WORKLOAD_ARRIVAL_POISSON), "poisson");
}

static void nothing_is_freed_without_harm(void **state)
{
	struct workload *workload = NULL;
	struct workload_comparison *comparison = NULL;

	workload_free(&workload);
	workload_comparison_free(&comparison);
	assert_null(workload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_term_has_a_name_and_words_of_its_own),
		cmocka_unit_test(engines_are_called_as_fio_does),
		cmocka_unit_test(the_other_names_are_told),
		cmocka_unit_test(nothing_is_freed_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
