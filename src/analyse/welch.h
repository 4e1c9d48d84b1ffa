/* Which difference of two means is more than chance? B. L. Welch, "The generalization of
 * 'Student's' problem when several different population variances are involved", Biometrika 34,
 * 1947; at 99 %, two-sided. */
#ifndef ANALYSE_WELCH_H
#define ANALYSE_WELCH_H

#include <stdbool.h>
#include <stddef.h>

/* How far a mean may be off: the variance of it, and what that rests on. */
struct mean_spread {
	bool is_known;
	double variance;
	double freedom; /* degrees of; 0: without bound */
};

/* 0 when there are none. */
double mean_of(const double *values, size_t count);

/* Of the mean of these values; not known of fewer than two. */
struct mean_spread mean_spread_of(const double *values, size_t count);

/* The difference of two such means that chance alone makes in one of a hundred comparisons. Both
 * spreads are known. */
double welch_chance(const struct mean_spread *one, const struct mean_spread *other);

#endif
