/* Does Prometheus get every second of the verdict, and buckets that sum up? */
#include "export/openmetrics.h"

#include <stdlib.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "unit/view/sample.h"

static char *exported(const struct latencies *latencies)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	struct printed printed = {};
	struct diag why = {};

	printed_begin(&printed);
	assert_int_equal(export_openmetrics(verdict, latencies, printed.out, &why), 0);
	return printed_end(&printed);
}

static struct latency_row *add_row(struct latencies *latencies, enum latency_kind kind,
				   const char *name)
{
	struct latency_row *row = array_push(&latencies->rows);

	assert_non_null(row);
	row->kind = kind;
	row->operation = "";
	strcpy(row->name, name);
	return row;
}

/* The value of the sample that begins so. */
static double value_of(const char *text, const char *sample)
{
	const char *line = strstr(text, sample);

	if (!line)
		fail_msg("there is no %s", sample);
	return strtod(line + strlen(sample), NULL);
}

static void the_causes_sum_to_the_base(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	struct latencies none = {};
	owns(own_free) char *text = exported(&none);
	double sum = 0;

	for (const char *line = strstr(text, "\nslowpath_cause_seconds{"); line;
	     line = strstr(line + 1, "\nslowpath_cause_seconds{"))
		sum += strtod(strchr(line, '}') + 1, NULL);
	assert_true(sum > 0);
	assert_true(sum * 1e9 - (double)verdict->base_ns < 1e6);
	assert_true((double)verdict->base_ns - sum * 1e9 < 1e6);
}

static void it_ends_as_it_must_and_holds_nothing_harmful(void **state)
{
	struct latencies none = {};
	owns(own_free) char *text = exported(&none);

	assert_harmless(text);
	assert_string_equal(text + strlen(text) - 7, "\n# EOF\n");
}

static void buckets_count_what_is_below_their_bound(void **state)
{
	struct latencies latencies = {};
	struct latency_row *row = add_row(&latencies, LATENCY_REQUEST, "vda\"\033");
	owns(own_free) char *text = NULL;

	row->operation = "write";
	row->has_doublings = true;
	row->latency = (struct latency){ .count = 6, .total_ns = 5000000123 };
	row->latency.doubling[3] = 1;
	row->latency.doubling[10] = 2;
	row->latency.doubling[20] = 1;
	row->latency.doubling[47] = 2;
	text = exported(&latencies);
	array_free(&latencies.rows);
#define SAMPLE(suffix, le) \
	"slowpath_request_seconds" suffix "{device=\"vda\\\"\\\\x1b\",operation=\"write\"" le "} "
	assert_true(value_of(text, SAMPLE("_bucket", ",le=\"0.000001024\"")) == 1);
	assert_true(value_of(text, SAMPLE("_bucket", ",le=\"0.000002048\"")) == 3);
	assert_true(value_of(text, SAMPLE("_bucket", ",le=\"0.002097152\"")) == 4);
	assert_true(value_of(text, SAMPLE("_bucket", ",le=\"137.438953472\"")) == 4);
	assert_true(value_of(text, SAMPLE("_bucket", ",le=\"+Inf\"")) == 6);
	assert_true(value_of(text, SAMPLE("_count", "")) == 6);
	assert_true(value_of(text, SAMPLE("_sum", "")) == 5.000000123);
#undef SAMPLE
}

static void of_what_only_the_sums_are_known_there_are_no_buckets(void **state)
{
	struct latencies latencies = {};
	struct latency_row *row = add_row(&latencies, LATENCY_SYSCALL, "read");
	owns(own_free) char *text = NULL;

	row->latency = (struct latency){ .count = 3, .total_ns = 1000 };
	text = exported(&latencies);
	array_free(&latencies.rows);
	assert_non_null(strstr(text, "# TYPE slowpath_syscall_time_seconds summary\n"));
	assert_true(value_of(text, "slowpath_syscall_time_seconds_count{syscall=\"read\"} ") == 3);
	assert_null(strstr(text, "_bucket"));
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	struct latencies none = {};
	struct diag why = {};
	FILE *full = printed_nowhere();

	assert_true(export_openmetrics(verdict, &none, full, &why) < 0);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_causes_sum_to_the_base),
		cmocka_unit_test(it_ends_as_it_must_and_holds_nothing_harmful),
		cmocka_unit_test(buckets_count_what_is_below_their_bound),
		cmocka_unit_test(of_what_only_the_sums_are_known_there_are_no_buckets),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
