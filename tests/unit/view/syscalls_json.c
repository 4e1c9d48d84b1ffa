/* Is the JSON of a report of system calls what its schema says, whatever the names hold? */
#include "view/syscalls_json.h"

#include "harness/test.h"
#include "unit/view/sample_syscalls.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_syscalls_json(report, out) : view_syscalls_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, report);

	schema_check("syscalls", object, schema);
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *syscall, *error, *cause, *file;
	int count, bytes, pid, told, ns;
	json_t *row, *slow;

	assert_int_equal(json_unpack(object, "{s:s, s:i, s:o, s:o}", "schema", &schema, "count",
				     &count, "rows", &row, "slow", &slow),
			 0);
	assert_string_equal(schema, "slowpath.syscalls/1");
	assert_int_equal(count, 213 + 1234567 + 9000 + 700 + 40);
	assert_int_equal(json_unpack(json_array_get(row, 2), "{s:s, s:i, s:i, s:[{s:s, s:i}]}",
				     "syscall", &syscall, "pid", &pid, "bytes", &bytes, "by_errno",
				     "name", &error, "count", &told),
			 0);
	assert_string_equal(syscall, "openat");
	assert_string_equal(error, "ENOENT");
	assert_int_equal(told, 8000);
	assert_int_equal(json_unpack(json_array_get(slow, 0), "{s:s, s:[{s:s, s:i}]}", "file",
				     &file, "waits", "cause", &cause, "ns", &ns),
			 0);
	assert_string_equal(file, "00000001");
	assert_string_equal(cause, "fs.journal");
	assert_int_equal(ns, 200000000);
}

static void what_is_not_known_is_null(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();
	owns(json_drop) json_t *object = json_of(print, report);
	json_t *row = json_array_get(json_object_get(object, "rows"), 3);

	assert_true(json_is_null(json_object_get(row, "p50_ns")));
	assert_true(json_is_null(json_object_get(row, "bytes")));
	assert_true(json_is_integer(json_object_get(row, "max_ns")));
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(syscall_report_free) struct syscall_report *report = sample_syscalls();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
