/*
 * How do targets compare under the same load, and why do they differ? Runs of fio are handed in one
 * by one, by case and target; at the end come means, spreads, and what makes the slower ones slow.
 * No I/O, no clock, no globals; memory does not grow with the number of rounds but for a few
 * numbers of each.
 *
 * What is measured comes from rounds that were watched lightly; what explains it from one more
 * round of each, watched in full, which is in none of the measured numbers.
 */
#ifndef ANALYSE_BENCH_H
#define ANALYSE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/fio_result.h"
#include "base/diag.h"
#include "base/own.h"
#include "finding/bench.h"
#include "finding/profile.h"

struct bencher;

/* What came of one run of fio; all of it stays the caller's. */
struct bench_run {
	const struct fio_result *fio;
	const struct profile *profile; /* of a light watch of it: its pools; NULL: not watched */
	uint64_t counted_ns;           /* CPU time of fio, as wait(2) tells it */
	uint64_t device_bytes;         /* that it read from block devices, as wait(2) tells it */
	bool is_device_known;          /* the target's file system has those counted so */
	bool has_arc;
	uint64_t arc_hits; /* ZFS's cache, meanwhile: reads of data that were demanded */
	uint64_t arc_misses;
};

/* A run that was watched in full. */
struct bench_watched {
	const struct fio_result *fio;
	struct verdict *verdict; /* of the job's threads */
	struct profile *profile; /* of CPU time, kernel threads as well, rows by pool, file and
				    symbol; NULL: none */
};

/*
 * Begin with a report that has its targets and cases, and none of what is measured. It is the
 * bencher's on success. -ENOMEM. End with bencher_free().
 */
must_check int bencher_new(struct bench **report, struct bencher **ret);
void bencher_free(struct bencher **bencher);

/* A round of a case (by its place in the report) in a target. -ENOMEM. */
must_check int bencher_add(struct bencher *bencher, size_t which, size_t target,
			   const struct bench_run *run);

/* The round that explains it: the last one given counts. Verdict and profile are the bencher's from
 * now on, whatever it returns. */
void bencher_explain(struct bencher *bencher, size_t which, size_t target,
		     const struct bench_watched *watched);

/* The report, made once, when all was added; it is the bencher's. -ENOMEM. */
must_check int bencher_report(struct bencher *bencher, const struct bench **ret, struct diag *why);

#endif
