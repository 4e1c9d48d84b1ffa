/* Is what fio measured read as it stands, and anything else refused? */
#include "analyse/fio_result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

/* As fio 3.33 writes it, but for what nobody reads. */
#define WAY(name, bytes, ops, ms, times)                                                      \
	"\"" name "\": {\"io_bytes\": " #bytes ", \"total_ios\": " #ops ", \"runtime\": " #ms \
	", \"clat_ns\": {" times "}}"
#define TIMES                                                       \
	"\"min\": 90, \"max\": 5000, \"mean\": 250.5, \"N\": 100, " \
	"\"bins\": {\"4992\": 1, \"100\": 50, \"200\": 40, \"300\": 9}"
#define NO_TIMES "\"min\": 0, \"max\": 0, \"mean\": 0.000000, \"N\": 0"
#define JOB(error, read, write) \
	"{\"jobname\": \"bench\", \"error\": " #error ", " read ", " write "}"
#define RESULT(jobs) "{\"fio version\": \"fio-3.33\", \"jobs\": [" jobs "]}\n"

static const char READS[] =
	RESULT(JOB(0, WAY("read", 409600, 100, 2000, TIMES), WAY("write", 0, 0, 0, NO_TIMES)));

static int read_result(const char *text, struct fio_result *ret, struct diag *why)
{
	return fio_result_read(text, strlen(text), ret, why);
}

static void what_it_measured_is_read(void **state)
{
	owns(fio_result_end) struct fio_result result = {};
	const struct fio_flow *reads = &result.flows[BENCH_READ];

	assert_int_equal(read_result(READS, &result, NULL), 0);
	assert_string_equal(result.version, "fio-3.33");
	assert_int_equal(result.error, 0);
	assert_int_equal(result.jobs_ns, 2000000000);
	assert_int_equal(reads->bytes, 409600);
	assert_int_equal(reads->ops, 100);
	assert_int_equal(reads->timed, 100);
	assert_int_equal(reads->max_ns, 5000);
	assert_int_equal(reads->bins.count, 4);
	assert_int_equal(reads->bins.items[0].ns, 100);
	assert_int_equal(reads->bins.items[3].ns, 4992);
	assert_int_equal(result.flows[BENCH_WRITE].ops, 0);
}

static void what_it_says_around_its_result_does_no_harm(void **state)
{
	owns(fio_result_end) struct fio_result result = {};
	char text[2048];

	(void)snprintf(text, sizeof(text), "fio: a warning\nand more {\n%sbye {\n", READS);
	assert_int_equal(read_result(text, &result, NULL), 0);
	assert_int_equal(result.flows[BENCH_READ].ops, 100);
}

static void what_is_cut_or_odd_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"fio: it went wrong\n",
		"{}",
		"[]",
		"{\"fio version\": \"fio-3.33\"",
		RESULT(""),
		"{\"fio version\": \"fio-3.33\", \"jobs\": [7]}",
		RESULT(JOB(0, WAY("read", -1, 100, 2000, TIMES), WAY("write", 0, 0, 0, NO_TIMES))),
		RESULT(JOB(0, WAY("read", 1, 100, 18446744073709551, TIMES),
			   WAY("write", 0, 0, 0, NO_TIMES))),
		RESULT(JOB(0,
			   WAY("read", 1, 1, 1,
			       "\"min\": 1, \"max\": 1, \"mean\": 1, \"N\": 1, "
			       "\"bins\": {\"x\": 1}"),
			   WAY("write", 0, 0, 0, NO_TIMES))),
		RESULT(JOB(0, WAY("read", 1, 1, 1, "\"min\": 1, \"max\": 1, \"N\": 1"),
			   WAY("write", 0, 0, 0, NO_TIMES))),
		RESULT(JOB(0, WAY("read", 1, 1.5, 1, TIMES), WAY("write", 0, 0, 0, NO_TIMES))),
	};

	for (size_t i = 0; i < array_count(texts); i++) {
		struct fio_result result = { .jobs_ns = 77 };
		struct diag why = {};

		assert_int_equal(read_result(texts[i], &result, &why), -EBADMSG);
		assert_int_equal(result.jobs_ns, 77);
		assert_true(why.text[0] != '\0');
	}
}

static void each_cut_of_a_result_is_refused(void **state)
{
	for (size_t bytes = 0; bytes + 2 < sizeof(READS); bytes++) {
		struct fio_result result = {};

		assert_int_equal(fio_result_read(READS, bytes, &result, NULL), -EBADMSG);
	}
}

static void several_groups_cannot_be_put_together(void **state)
{
	static const char two[] = RESULT(
		JOB(0, WAY("read", 1, 0, 1, NO_TIMES), WAY("write", 0, 0, 0, NO_TIMES)) "," JOB(
			0, WAY("read", 1, 0, 1, NO_TIMES), WAY("write", 0, 0, 0, NO_TIMES)));
	struct fio_result result = {};
	struct diag why = {};

	assert_int_equal(read_result(two, &result, &why), -ENOTSUP);
	assert_non_null(strstr(why.text, "2 groups of jobs"));
}

static void an_error_of_a_job_is_told(void **state)
{
	owns(fio_result_end) struct fio_result result = {};

	assert_int_equal(read_result(RESULT(JOB(28, WAY("read", 0, 0, 0, NO_TIMES),
						WAY("write", 4096, 1, 5, NO_TIMES))),
				     &result, NULL),
			 0);
	assert_int_equal(result.error, ENOSPC);
}

static void its_trouble_is_one_line(void **state)
{
	char room[32];

	fio_result_trouble("\nfio: no space\nmore\n{}", 22, room, sizeof(room));
	assert_string_equal(room, "no space");
	fio_result_trouble(READS, sizeof(READS) - 1, room, sizeof(room));
	assert_string_equal(room, "");
	fio_result_trouble("0123456789012345678901234567890123456789", 40, room, sizeof(room));
	assert_string_equal(room, "0123456789012345678901234567890");
	fio_result_trouble("", 0, room, sizeof(room));
	assert_string_equal(room, "");
}

static void flows_add_up(void **state)
{
	owns(fio_result_end) struct fio_result one = {}, other = {};
	struct fio_flow *sum = &one.flows[BENCH_READ];
	struct latency latency;

	assert_int_equal(read_result(READS, &one, NULL), 0);
	assert_int_equal(
		read_result(RESULT(JOB(0,
				       WAY("read", 8192, 2, 1000,
					   "\"min\": 40, \"max\": 200, \"mean\": 120, \"N\": 2, "
					   "\"bins\": {\"40\": 1, \"200\": 1}"),
				       WAY("write", 0, 0, 0, NO_TIMES))),
			    &other, NULL),
		0);
	assert_int_equal(fio_flow_merge(sum, &other.flows[BENCH_READ]), 0);
	assert_int_equal(sum->bytes, 409600 + 8192);
	assert_int_equal(sum->ops, 102);
	assert_int_equal(sum->min_ns, 40);
	assert_int_equal(sum->max_ns, 5000);
	assert_int_equal(sum->bins.count, 5);
	assert_int_equal(sum->bins.items[2].count, 41);
	fio_flow_tell(sum, &latency);
	assert_int_equal(latency.count, 102);
	assert_int_equal(latency.p50_ns, 100);
	assert_int_equal(latency.p90_ns, 200);
	assert_int_equal(latency.p99_ns, 300);
	assert_int_equal(latency.p999_ns, 4992);
	assert_int_equal(latency.total_ns, 25050 + 240);
}

static void an_empty_flow_tells_nothing(void **state)
{
	const struct fio_flow none = {};
	struct latency latency = { .count = 3 };

	fio_flow_tell(&none, &latency);
	assert_int_equal(latency.count, 0);
	assert_int_equal(latency.p99_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_measured_is_read),
		cmocka_unit_test(what_it_says_around_its_result_does_no_harm),
		cmocka_unit_test(what_is_cut_or_odd_is_refused),
		cmocka_unit_test(each_cut_of_a_result_is_refused),
		cmocka_unit_test(several_groups_cannot_be_put_together),
		cmocka_unit_test(an_error_of_a_job_is_told),
		cmocka_unit_test(its_trouble_is_one_line),
		cmocka_unit_test(flows_add_up),
		cmocka_unit_test(an_empty_flow_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
