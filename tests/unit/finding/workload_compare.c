/* Is a term matched when it is the same, or near enough, and told when it is not? */
#include <string.h>

#include "finding/workload.h"
#include "harness/test.h"
#include "unit/view/sample_workload.h"

static const struct workload_match *match_of(const struct workload_job_match *job,
					     enum workload_term term)
{
	for (size_t i = 0; i < job->terms.count; i++) {
		if (job->terms.items[i].term == term)
			return &job->terms.items[i];
	}
	fail_msg("the term is not compared");
	return NULL;
}

static void a_model_matches_itself(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(workload_comparison_free) struct workload_comparison *comparison = NULL;

	assert_int_equal(workload_compare(workload, workload, &comparison), 0);
	assert_int_equal(comparison->jobs.count, workload->jobs.count);
	for (size_t i = 0; i < comparison->jobs.count; i++) {
		assert_false(comparison->jobs.items[i].is_missing);
		assert_int_equal(comparison->jobs.items[i].mismatches, 0);
		assert_true(comparison->jobs.items[i].terms.count > 5);
	}
}

static void numbers_may_be_off_a_little_and_not_more(void **state)
{
	owns(workload_free) struct workload *one = sample_workload();
	owns(workload_free) struct workload *other = sample_workload();
	owns(workload_comparison_free) struct workload_comparison *comparison = NULL;
	const struct workload_match *match;

	other->jobs.items[0].read_share = 0.81;
	other->jobs.items[0].side[WORKLOAD_READ].latency.p50_ns = 140000;
	other->jobs.items[0].side[WORKLOAD_READ].latency.p99_ns *= 2;
	other->jobs.items[0].depth = 12;
	assert_int_equal(workload_compare(one, other, &comparison), 0);
	assert_true(match_of(&comparison->jobs.items[0], WORKLOAD_TERM_MIX)->is_matched);
	assert_true(match_of(&comparison->jobs.items[0], WORKLOAD_TERM_READ_P50)->is_matched);
	match = match_of(&comparison->jobs.items[0], WORKLOAD_TERM_READ_P99);
	assert_false(match->is_matched);
	assert_true(match->is_number && match->off > 0.99 && match->off < 1.01);
	match = match_of(&comparison->jobs.items[0], WORKLOAD_TERM_DEPTH);
	assert_false(match->is_matched);
	assert_true(match->off < -0.24);
	assert_int_equal(comparison->jobs.items[0].mismatches, 2);
}

static void words_must_be_the_same(void **state)
{
	owns(workload_free) struct workload *one = sample_workload();
	owns(workload_free) struct workload *other = sample_workload();
	owns(workload_comparison_free) struct workload_comparison *comparison = NULL;
	const struct workload_match *match;

	other->jobs.items[0].engine = WORKLOAD_ENGINE_LIBAIO;
	assert_int_equal(workload_compare(one, other, &comparison), 0);
	match = match_of(&comparison->jobs.items[0], WORKLOAD_TERM_ENGINE);
	assert_false(match->is_matched || match->is_number);
	assert_string_equal(match->recorded, "io_uring (io_uring_enter)");
	assert_string_equal(match->reproduced, "libaio (io_submit)");
}

static void a_job_that_is_not_there_is_missing(void **state)
{
	owns(workload_comparison_free) struct workload_comparison *comparison = sample_comparison();

	assert_true(comparison->jobs.items[2].is_missing);
	assert_int_equal(comparison->jobs.items[2].terms.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_matches_itself),
		cmocka_unit_test(numbers_may_be_off_a_little_and_not_more),
		cmocka_unit_test(words_must_be_the_same),
		cmocka_unit_test(a_job_that_is_not_there_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
