/* Is the JSON of a bench what its schema says, whatever the names hold? */
#include "view/bench_json.h"

#include "harness/test.h"
#include "unit/view/sample_bench.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_bench_json(report, out) : view_bench_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(bench_free) struct bench *bench = sample_bench();
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *object = json_of(print, bench);

	schema_check("bench", object, schema);
}

static void the_fields_hold_the_values(void **state)
{
	owns(bench_free) struct bench *bench = sample_bench();
	owns(json_drop) json_t *object = json_of(print, bench);
	json_int_t run_ns, size, born, count, kernel_ns;
	json_t *cases, *results, *pools;
	double factor, cpus;

	assert_int_equal(json_unpack(object, "{s:I, s:I, s:o}", "run_ns", &run_ns, "size_bytes",
				     &size, "cases", &cases),
			 0);
	assert_int_equal(run_ns, 2000000000);
	assert_int_equal(size, 256 << 20);
	assert_int_equal(json_array_size(cases), 3);
	assert_int_equal(json_unpack(json_array_get(cases, 0), "{s:o, s:[{s:F}]}", "results",
				     &results, "differences", "factor", &factor),
			 0);
	assert_true(factor > 8.1249 && factor < 8.1251);
	assert_int_equal(json_unpack(json_array_get(results, 0), "{s:{s:I}, s:n, s:{s:I, s:o}}",
				     "read", "count", &count, "write", "cpu", "kernel_ns",
				     &kernel_ns, "pools", &pools),
			 0);
	assert_int_equal(count, bench->cases.items[0].rows[0].ops);
	assert_int_equal(kernel_ns, 5300000000);
	assert_int_equal(
		json_unpack(json_array_get(pools, 1), "{s:I, s:F}", "born", &born, "cpus", &cpus),
		0);
	assert_int_equal(born, 2);
	assert_true(cpus > 0.1499 && cpus < 0.1501);
}

static void what_is_not_known_is_null(void **state)
{
	owns(bench_free) struct bench *bench = sample_bench();
	owns(json_drop) json_t *object = json_of(print, bench);
	json_t *row = json_array_get(
		json_object_get(json_array_get(json_object_get(object, "cases"), 1), "results"), 1);

	assert_int_equal(json_unpack(row, "{s:n, s:n, s:n, s:n, s:n, s:{s:n, s:n, s:n}}", "read",
				     "write", "deviation", "device_share", "watched_bytes_per_s",
				     "cpu", "job_ns", "kernel_ns", "ns_per_gib"),
			 0);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(bench_free) struct bench *bench = sample_bench();

	json_is_harmless(print, bench);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(bench_free) struct bench *bench = sample_bench();

	json_fails_when_full(print, bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_values),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
