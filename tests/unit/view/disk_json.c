/* Is the JSON of a report of block devices what its schema says, whatever the names hold? */
#include "view/disk_json.h"

#include "harness/test.h"
#include "unit/view/sample_disk.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_disk_json(report, NULL, out) : view_disk_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(disk_report_free) struct disk_report *nothing = sample_no_disk();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, report);
	owns(json_drop) json_t *empty = json_of(print, nothing);

	schema_check("disk", object, schema);
	schema_check("nothing", empty, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *name, *claim;
	int count, reads, is_exact;
	json_t *device, *queue;

	assert_int_equal(json_unpack(object, "{s:s, s:i, s:b, s:[o,*], s:[{s:s}]}", "schema",
				     &schema, "count", &count, "is_exact", &is_exact, "devices",
				     &device, "claims", "id", &claim),
			 0);
	assert_string_equal(schema, "slowpath.disk/1");
	assert_int_equal(count, 24300);
	assert_true(is_exact);
	assert_string_equal(claim, "flushes");
	assert_int_equal(json_unpack(device, "{s:s, s:{s:{s:i, s:o}}}", "name", &name, "ops",
				     "read", "count", &reads, "queue", &queue),
			 0);
	assert_string_equal(name, "vda");
	assert_int_equal(reads, 20000);
	assert_int_equal(json_integer_value(json_object_get(queue, "count")), 10000);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(disk_report_free) struct disk_report *report = sample_disk();

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
