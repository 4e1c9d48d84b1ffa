/* Is the JSON of a report of slow calls what its schema says, whatever the names hold? */
#include "view/drill_json.h"

#include "harness/test.h"
#include "unit/view/sample_drill.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_drill_json(report, out) : view_drill_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, report);

	schema_check("slow_calls", object, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *by, *name, *cause;
	int calls, total, avg, timed, unsure;

	assert_int_equal(
		json_unpack(
			object,
			"{s:s, s:s, s:i, s:i, s:[{s:s, s:n}, {s:s, s:i, s:{s:i, s:i}}], s:[{s:s}]}",
			"schema", &schema, "by", &by, "calls", &calls, "total_ns", &total, "path",
			"name", &name, "timed", "name", &name, "avg_ns", &avg, "timed", "calls",
			&timed, "unsure_calls", &unsure, "causes", "cause", &cause),
		0);
	assert_string_equal(schema, "slowpath.slow_calls/1");
	assert_string_equal(by, "syscall");
	assert_int_equal(calls, 20);
	assert_int_equal(total, 400000000);
	assert_string_equal(name, "zil_commit");
	assert_int_equal(avg, 17500000);
	assert_int_equal(timed, 12);
	assert_int_equal(unsure, 1);
	assert_string_equal(cause, "fs.journal");
}

static void hostile_names_are_escaped(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();
	owns(own_free) char *text = json_printed(print, report);

	for (const char *byte = text; *byte; byte++)
		assert_true(*byte == '\n' || *byte >= ' ');
}

static void a_full_disk_is_an_error(void **state)
{
	owns(drill_report_free) struct drill_report *report = sample_drill();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(hostile_names_are_escaped),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
