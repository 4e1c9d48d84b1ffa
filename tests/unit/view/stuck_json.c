/* Is the JSON of a report what its schema says, whatever the names hold? */
#include "view/stuck_json.h"

#include "harness/test.h"
#include "unit/view/sample_stuck.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_stuck_json(report, out) : view_stuck_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();
	owns(stuck_report_free) struct stuck_report *nothing = sample_nothing_stuck();
	owns(json_drop) json_t *one = json_of(print, report);
	owns(json_drop) json_t *other = json_of(print, nothing);
	owns(json_drop) json_t *named = NULL;

	schema_check("stuck", one, schema);
	schema_check("stuck", other, schema);
	report->target = TARGET_PROCESS;
	report->pid = 812;
	report->was_interrupted = true;
	named = json_of(print, report);
	schema_check("stuck", named, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();
	owns(json_drop) json_t *object = json_of(print, report);
	json_t *process = json_array_get(json_object_get(object, "processes"), 1), *link;
	const char *class, *row, *cause, *what, *who;
	int status, pid, tid;
	double since;

	assert_int_equal(json_unpack(object, "{s:i}", "exit_status", &status), 0);
	assert_int_equal(status, 11);
	assert_int_equal(json_unpack(process, "{s:i, s:s, s:s, s:s, s:F}", "pid", &pid, "class",
				     &class, "row_id", &row, "cause", &cause, "since_s", &since),
			 0);
	assert_int_equal(pid, 123);
	assert_string_equal(class, "user_lockup");
	assert_string_equal(row, "user_lockup.deadlock");
	assert_string_equal(cause, "lock.deadlock");
	assert_true(since == 34.1);
	link = json_array_get(json_object_get(process, "chain"), 1);
	assert_int_equal(
		json_unpack(link, "{s:s, s:i, s:s}", "who", &who, "tid", &tid, "what", &what), 0);
	assert_string_equal(who, "abba-b");
	assert_int_equal(tid, 124);
	assert_string_equal(what, "futex");
	assert_true(json_is_null(json_object_get(
		json_array_get(json_object_get(object, "processes"), 2), "since_s")));
}

static void every_class_and_every_row_is_one_of_the_schema(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	for (enum stuck_row row = 0; row < STUCK_ROW_COUNT; row++) {
		owns(json_drop) json_t *object = NULL;

		report->processes.items[0].row = row;
		object = json_of(print, report);
		schema_check("stuck", object, schema);
	}
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(stuck_report_free) struct stuck_report *report = sample_stuck();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(every_class_and_every_row_is_one_of_the_schema),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
