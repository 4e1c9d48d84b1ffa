/*
 * What got slower between two sides? A function of the verdicts and profiles of their runs.
 *
 * With several runs on both sides a difference is certain when Welch's t-test says so at 99 %
 * (B. L. Welch, "The generalization of 'Student's' problem", Biometrika 34, 1947), and it is at
 * least COMPARE_SHARE_MIN of the time before. With one run on a side, how runs differ is not known:
 * how the parts of that run differ stands in for it (the slices of its time, the samples of a
 * function), and only what is at least COMPARE_SHARE_MIN_SINGLE of the time before is certain.
 */
#ifndef ANALYSE_COMPARE_H
#define ANALYSE_COMPARE_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "finding/compare.h"
#include "finding/finding.h"
#include "finding/profile.h"

#define COMPARE_SHARE_MIN        0.02
#define COMPARE_SHARE_MIN_SINGLE 0.15

/* One run, made by others and theirs to keep. */
struct run {
	const char *path;
	const struct verdict *verdict;
	const struct profile *profile; /* of CPU time, rows by file and symbol; NULL: none */
};

struct runs {
	const struct run *items;
	size_t count; /* at least 1 */
};

/* *ret is the caller's, to end with comparison_free(). -EINVAL: a command's runs and others cannot
 * be compared; -ENOMEM. */
must_check int compare_runs(const struct runs *before, const struct runs *after,
			    struct comparison **ret, struct diag *why);

#endif
