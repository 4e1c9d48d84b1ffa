/* Is the JSON of a comparison what its schema says, whatever the names hold? */
#include "view/compare_json.h"

#include "harness/test.h"
#include "unit/view/sample_compare.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_compare_json(report, out) : view_compare_json_schema(out);
}

static void the_comparison_is_what_the_schema_says(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, comparison);

	schema_check("compare", object, schema);
}

static void the_fields_hold_the_values(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();
	owns(json_drop) json_t *object = json_of(print, comparison);
	const char *kind, *name;
	double before_s, difference_s, share;
	json_t *changes, *chance;
	int certain;

	assert_int_equal(
		json_unpack(object, "{s:i, s:o}", "certain", &certain, "changes", &changes), 0);
	assert_int_equal(certain, 4);
	assert_int_equal(json_unpack(json_array_get(changes, 2), "{s:s, s:s, s:F, s:F, s:F}",
				     "kind", &kind, "name", &name, "before_s", &before_s,
				     "difference_s", &difference_s, "share", &share),
			 0);
	assert_string_equal(kind, "cause");
	assert_string_equal(name, "cpu.user");
	assert_true(before_s > 7.499 && before_s < 7.501);
	assert_true(difference_s > -0.0901 && difference_s < -0.0899);
	assert_true(share < -0.010 && share > -0.011);
	assert_int_equal(json_unpack(json_array_get(changes, 3), "{s:o}", "chance_s", &chance), 0);
	assert_true(json_is_null(chance));
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();

	json_is_harmless(print, comparison);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(comparison_free) struct comparison *comparison = sample_compare();

	json_fails_when_full(print, comparison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_comparison_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_values),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
