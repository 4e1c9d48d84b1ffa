/* Is the JSON of a report on files what its schema says, whatever the names hold? */
#include "view/files_json.h"

#include "harness/test.h"
#include "unit/view/sample_files.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_files_json(report, NULL, out) : view_files_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(files_report_free) struct files_report *whole = sample_files();
	owns(files_report_free) struct files_report *empty = sample_files();
	owns(json_drop) json_t *object = json_of(print, whole);
	owns(json_drop) json_t *nothing = NULL;

	schema_check("files", object, schema);
	empty->rows.count = empty->slow.count = empty->back.count = 0;
	empty->pid = 0;
	nothing = json_of(print, empty);
	schema_check("files", nothing, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *op, *engine;
	json_int_t count, bytes, p99, ns, completions, before;

	assert_int_equal(json_unpack(object,
				     "{s:s, s:[{s:s, s:s, s:{s:I, s:I, s:I}, s:{s:I}, s:{s:I}}], "
				     "s:[{s:I}]}",
				     "schema", &schema, "rows", "op", &op, "engine", &engine,
				     "latency", "count", &count, "bytes", &bytes, "p99_ns", &p99,
				     "completion", "count", &completions, "split", "before_ns",
				     &before, "slow", "ns", &ns),
			 0);
	assert_string_equal(schema, "slowpath.files/1");
	assert_string_equal(op, "read");
	assert_string_equal(engine, "io_uring");
	assert_int_equal(count, 120000);
	assert_int_equal(bytes, 120000 * 8192LL);
	assert_int_equal(p99, 440000);
	assert_int_equal(completions, 119000);
	assert_int_equal(before, 10800000);
	assert_int_equal(ns, 64000000);
}

static void an_offset_that_is_not_known_is_null(void **state)
{
	owns(files_report_free) struct files_report *report = sample_files();
	owns(json_drop) json_t *object = json_of(print, report);
	json_t *slow = json_object_get(object, "slow");

	assert_true(json_is_null(json_object_get(json_array_get(slow, 0), "offset")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(slow, 1), "offset")),
			 1234567168);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(an_offset_that_is_not_known_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
