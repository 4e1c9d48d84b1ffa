/* Is the JSON of a report of waits what its schema says, whatever the names hold? */
#include "view/wait_json.h"

#include "harness/test.h"
#include "unit/view/sample_wait.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_wait_json(report, out) : view_wait_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, report);

	schema_check("wait", object, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *cause, *role, *device, *kind;
	json_t *row, *edges;
	int count, total, waker;

	assert_int_equal(json_unpack(object, "{s:s, s:{s:{s:i}}, s:{s:[o,o,o,{s:s, s:s}], s:o}}",
				     "schema", &schema, "sums", "total", "count", &total, "wakers",
				     "nodes", &row, &row, &row, "kind", &kind, "device", &device,
				     "edges", &edges),
			 0);
	assert_string_equal(schema, "slowpath.wait/1");
	assert_int_equal(total, 14162);
	assert_string_equal(kind, "interrupt");
	assert_string_equal(device, "vda");
	assert_int_equal(json_array_size(edges), 5);
	assert_int_equal(json_unpack(json_array_get(edges, 0), "{s:i, s:i}", "waker", &waker,
				     "count", &count),
			 0);
	assert_int_equal(waker, 3);
	assert_int_equal(count, 1500);
	row = json_array_get(json_object_get(object, "rows"), 0);
	assert_int_equal(json_unpack(row, "{s:s, s:i, s:{s:s}}", "cause", &cause, "count", &count,
				     "waker", "role", &role),
			 0);
	assert_string_equal(cause, "fs.journal");
	assert_string_equal(role, "ext4 journal of vda");
	assert_int_equal(count, 210);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();

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
