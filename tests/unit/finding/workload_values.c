/* Is each term told as a person would say it? */
#include <string.h>

#include "finding/workload.h"
#include "harness/test.h"
#include "unit/view/sample_workload.h"

static void assert_value(const struct workload_job *job, enum workload_term term,
			 const char *wanted)
{
	char value[WORKLOAD_VALUE_BYTES];

	assert_true(workload_value(job, term, value));
	assert_string_equal(value, wanted);
}

static void terms_are_told_in_words(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	struct workload_job *job = &workload->jobs.items[0];

	assert_value(job, WORKLOAD_TERM_JOBS, "8");
	assert_value(job, WORKLOAD_TERM_RW, "random reads and writes");
	assert_value(job, WORKLOAD_TERM_MIX, "80 % reads");
	assert_value(job, WORKLOAD_TERM_READ_SIZE, "8 KiB (75 %), 128 KiB (25 %)");
	assert_value(job, WORKLOAD_TERM_DEPTH, "16 (once 18)");
	assert_value(job, WORKLOAD_TERM_FILES, "1, the same for all threads");
	assert_value(job, WORKLOAD_TERM_FSYNC, "never");
	job->access = WORKLOAD_ACCESS_RUNS;
	job->run_length = 8;
	assert_value(job, WORKLOAD_TERM_RW,
		     "reads and writes at random places, 8 in sequence each");
	job->access = WORKLOAD_ACCESS_PARTLY;
	job->random_share = 0.3;
	assert_value(job, WORKLOAD_TERM_RW,
		     "reads and writes, 30 % of them at random places, the others in sequence");
	job->access = WORKLOAD_ACCESS_STRIDED;
	job->stride_bytes = -65536;
	assert_value(job, WORKLOAD_TERM_RW, "reads and writes in steps of -64 KiB");
}

static void pauses_and_arrivals_are_told_in_words(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	struct workload_job *job = &workload->jobs.items[1];

	assert_value(job, WORKLOAD_TERM_THINK,
		     "1.50 ms after every 4 operations, 31 % of the time");
	assert_value(job, WORKLOAD_TERM_FSYNC, "fdatasync every 2.0 writes");
	assert_value(job, WORKLOAD_TERM_SYNC, "data (O_DSYNC)");
	assert_value(job, WORKLOAD_TERM_STREAMS, "3");
	assert_value(job, WORKLOAD_TERM_ARRIVAL, "closed loop: for an earlier one to end");
	assert_value(job, WORKLOAD_TERM_RANGE, "48 MiB from 4 KiB on, as far as it was touched");
}

static void what_a_job_does_not_have_is_not_told(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	char value[WORKLOAD_VALUE_BYTES];

	assert_false(workload_value(&workload->jobs.items[1], WORKLOAD_TERM_READ_P50, value));
	assert_false(workload_value(&workload->jobs.items[1], WORKLOAD_TERM_CACHE, value));
	assert_false(workload_value(&workload->jobs.items[2], WORKLOAD_TERM_READ_SIZE, value));
	assert_string_equal(value, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_told_in_words),
		cmocka_unit_test(pauses_and_arrivals_are_told_in_words),
		cmocka_unit_test(what_a_job_does_not_have_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
