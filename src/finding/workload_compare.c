/* Does the job that fio ran do what was recorded? Term by term, each with its own tolerance. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding/workload.h"

/* How a number may be off and still be the same. */
struct tolerance {
	double part;   /* of the recorded one */
	double amount; /* or by so much */
};

/* Terms that are no numbers are compared as they are told. */
static const struct tolerance TOLERANCES[WORKLOAD_TERM_COUNT] = {
	[WORKLOAD_TERM_MIX] = { 0, 0.02 },         [WORKLOAD_TERM_FSYNC] = { 0.1, 0.5 },
	[WORKLOAD_TERM_DEPTH] = { 0.1, 0 },        [WORKLOAD_TERM_MEAN_DEPTH] = { 0.1, 0.1 },
	[WORKLOAD_TERM_BATCH] = { 0.1, 0.1 },      [WORKLOAD_TERM_REAPED] = { 0.25, 0.25 },
	[WORKLOAD_TERM_RANGE] = { 0.05, 4096 },    [WORKLOAD_TERM_WORKING_SET] = { 0.1, 4096 },
	[WORKLOAD_TERM_THINK] = { 0.1, 10000 },    [WORKLOAD_TERM_RATE] = { 0.1, 1 },
	[WORKLOAD_TERM_CACHE] = { 0, 0.05 },       [WORKLOAD_TERM_READ_P50] = { 0.1, 5000 },
	[WORKLOAD_TERM_READ_P99] = { 0.1, 5000 },  [WORKLOAD_TERM_WRITE_P50] = { 0.1, 5000 },
	[WORKLOAD_TERM_WRITE_P99] = { 0.1, 5000 }, [WORKLOAD_TERM_SYNC_P50] = { 0.1, 5000 },
	[WORKLOAD_TERM_SYNC_P99] = { 0.1, 5000 },
};

static double number_of(const struct workload_job *job, enum workload_term term)
{
	const struct latency *latency[] = { &job->side[WORKLOAD_READ].latency,
					    &job->side[WORKLOAD_WRITE].latency,
					    &job->sync_latency };
	const double numbers[WORKLOAD_TERM_COUNT] = {
		[WORKLOAD_TERM_MIX] = job->read_share,
		[WORKLOAD_TERM_FSYNC] = job->writes_a_sync,
		[WORKLOAD_TERM_DEPTH] = job->depth,
		[WORKLOAD_TERM_MEAN_DEPTH] = job->depth_mean,
		[WORKLOAD_TERM_BATCH] = job->batch_mean,
		[WORKLOAD_TERM_REAPED] = job->reaped_mean,
		[WORKLOAD_TERM_RANGE] = (double)job->range_mean,
		[WORKLOAD_TERM_WORKING_SET] = (double)job->distinct_bytes,
		[WORKLOAD_TERM_THINK] = (double)job->think_ns,
		[WORKLOAD_TERM_RATE] = job->rate,
		[WORKLOAD_TERM_CACHE] = job->side[WORKLOAD_READ].cached_share,
		[WORKLOAD_TERM_READ_P50] = (double)latency[0]->p50_ns,
		[WORKLOAD_TERM_READ_P99] = (double)latency[0]->p99_ns,
		[WORKLOAD_TERM_WRITE_P50] = (double)latency[1]->p50_ns,
		[WORKLOAD_TERM_WRITE_P99] = (double)latency[1]->p99_ns,
		[WORKLOAD_TERM_SYNC_P50] = (double)latency[2]->p50_ns,
		[WORKLOAD_TERM_SYNC_P99] = (double)latency[2]->p99_ns,
	};

	return numbers[term];
}

static bool is_number(enum workload_term term)
{
	return TOLERANCES[term].part > 0 || TOLERANCES[term].amount > 0;
}

static void compare_numbers(const struct workload_job *recorded,
			    const struct workload_job *reproduced, struct workload_match *match)
{
	const struct tolerance *tolerance = &TOLERANCES[match->term];
	double one = number_of(recorded, match->term), other = number_of(reproduced, match->term);
	double apart = one > other ? one - other : other - one;

	match->is_number = true;
	match->off = one > 0 ? other / one - 1 : 0;
	match->is_matched = apart <= tolerance->amount || apart <= tolerance->part * one;
}

static int compare_term(const struct workload_job *recorded, const struct workload_job *reproduced,
			enum workload_term term, struct workload_job_match *job)
{
	struct workload_match match = { .term = term };
	struct workload_match *place;

	if (!workload_value(recorded, term, match.recorded))
		return 0;
	if (workload_value(reproduced, term, match.reproduced) && is_number(term))
		compare_numbers(recorded, reproduced, &match);
	else
		match.is_matched = strcmp(match.recorded, match.reproduced) == 0;
	place = array_push(&job->terms);
	if (!place)
		return -ENOMEM;
	*place = match;
	job->mismatches += !match.is_matched;
	return 0;
}

static const struct workload_job *find_job(const struct workload *workload, const char *name)
{
	for (size_t i = 0; i < workload->jobs.count; i++) {
		if (strcmp(workload->jobs.items[i].name, name) == 0)
			return &workload->jobs.items[i];
	}
	return NULL;
}

static int compare_job(const struct workload_job *recorded, const struct workload *reproduced,
		       struct workload_comparison *comparison)
{
	const struct workload_job *other = find_job(reproduced, recorded->name);
	struct workload_job_match *job = array_push(&comparison->jobs);
	int r = 0;

	if (!job)
		return -ENOMEM;
	(void)snprintf(job->name, sizeof(job->name), "%s", recorded->name);
	job->is_missing = !other;
	for (size_t i = 0; i < WORKLOAD_TERM_COUNT && other && r == 0; i++)
		r = compare_term(recorded, other, (enum workload_term)i, job);
	return r;
}

int workload_compare(const struct workload *recorded, const struct workload *reproduced,
		     struct workload_comparison **ret)
{
	owns(workload_comparison_free) struct workload_comparison *comparison =
		calloc(1, sizeof(*comparison));
	int r = comparison ? 0 : -ENOMEM;

	for (size_t i = 0; i < recorded->jobs.count && r == 0; i++)
		r = compare_job(&recorded->jobs.items[i], reproduced, comparison);
	if (r < 0)
		return r;
	*ret = give(comparison);
	return 0;
}
