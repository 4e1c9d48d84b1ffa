/* Is the JSON of a report of calls what its schema says, whatever the names hold? */
#include "view/call_json.h"

#include "harness/test.h"
#include "unit/view/sample_calls.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_call_json(report, out) : view_call_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();
	owns(call_report_free) struct call_report *one = sample_calls_of_one();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *all = json_of(print, report);
	owns(json_drop) json_t *of_one = json_of(print, one);

	schema_check("calls", all, schema);
	schema_check("calls of one", of_one, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls_of_one();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *function, *comm, *name;
	int calls, over, duration, depth, total;
	json_t *step;

	assert_int_equal(json_unpack(object, "{s:s, s:i, s:i, s:[{s:s, s:i, s:o}]}", "function",
				     &function, "calls", &calls, "over_ns", &over, "slowest",
				     "comm", &comm, "duration_ns", &duration, "steps", &step),
			 0);
	assert_string_equal(function, "vfs_read");
	assert_int_equal(calls, 64777);
	assert_int_equal(over, 1000000);
	assert_int_equal(duration, 2000000);
	assert_int_equal(json_array_size(step), 4);
	assert_int_equal(
		json_unpack(json_array_get(step, 2), "{s:s, s:i}", "name", &name, "depth", &depth),
		0);
	assert_string_equal(name, "schedule");
	assert_int_equal(depth, 2);
	assert_int_equal(json_unpack(json_array_get(json_object_get(object, "tree"), 1),
				     "{s:i, s:i}", "total", &total, "calls", &calls),
			 0);
	assert_int_equal(total, 9000000);
	assert_int_equal(calls, 120);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();
	owns(call_report_free) struct call_report *one = sample_calls_of_one();

	json_is_harmless(print, report);
	json_is_harmless(print, one);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(call_report_free) struct call_report *report = sample_calls();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
