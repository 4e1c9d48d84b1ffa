/* Is the JSON of a workload what its schema says, whatever the names hold? */
#include "view/workload_json.h"

#include <string.h>

#include "harness/test.h"
#include "unit/view/sample_workload.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	owns(workload_comparison_free) struct workload_comparison *comparison = sample_comparison();

	return report ? view_workload_json(report, comparison, out)
		      : view_workload_json_schema(out);
}

static int print_alone(const void *report, FILE *out)
{
	return view_workload_json(report, NULL, out);
}

static void the_model_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(workload_free) struct workload *workload = sample_workload();
	owns(workload_free) struct workload *nothing = sample_no_workload();
	owns(json_drop) json_t *verified = json_of(print, workload);
	owns(json_drop) json_t *alone = json_of(print_alone, workload);
	owns(json_drop) json_t *empty = json_of(print_alone, nothing);

	schema_check("workload", verified, schema);
	schema_check("workload", alone, schema);
	schema_check("workload", empty, schema);
	assert_true(json_is_null(json_object_get(empty, "fio_job_file")));
}

static void the_fields_hold_the_models_values(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(json_drop) json_t *object = json_of(print, workload);
	const char *schema, *engine, *access, *file;
	json_int_t bytes, depth, p99;
	double share;

	assert_int_equal(json_unpack(object,
				     "{s:s, s:s, s:[{s:s, s:s, s:I, s:{s:[{s:I, s:F}], s:{s:I}}}]}",
				     "schema", &schema, "fio_job_file", &file, "jobs", "engine",
				     &engine, "access", &access, "depth", &depth, "read", "sizes",
				     "bytes", &bytes, "share", &share, "latency", "p99_ns", &p99),
			 0);
	assert_string_equal(schema, "slowpath.workload/1");
	assert_string_equal(engine, "io_uring");
	assert_string_equal(access, "random");
	assert_non_null(strstr(file, "\n[postgres]\nioengine=io_uring\n"));
	assert_int_equal(bytes, 8192);
	assert_int_equal(depth, 16);
	assert_int_equal(p99, 655000);
	assert_true(share == 0.75);
}

static void the_comparison_tells_what_differs(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(json_drop) json_t *object = json_of(print, workload);
	json_t *jobs = json_object_get(json_object_get(object, "verified"), "jobs");
	json_int_t mismatches;

	assert_int_equal(json_array_size(jobs), 4);
	assert_int_equal(json_unpack(json_array_get(jobs, 0), "{s:I}", "mismatches", &mismatches),
			 0);
	assert_int_equal(mismatches, 1);
	assert_true(json_is_true(json_object_get(json_array_get(jobs, 2), "is_missing")));
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();

	json_is_harmless(print, workload);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();

	json_fails_when_full(print, workload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_models_values),
		cmocka_unit_test(the_comparison_tells_what_differs),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
