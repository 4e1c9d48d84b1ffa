/* Which difference of two means is more than chance? Their variances add up, and so do, by weight,
 * their degrees of freedom. */
#include "analyse/welch.h"

#include <math.h>

#include "base/array.h"

/* Student's t for 99 % two-sided, by degrees of freedom; between them the one before is taken,
 * which is the more careful. */
static const struct {
	double freedom;
	double t;
} QUANTILES[] = {
	{ 1, 63.657 }, { 2, 9.925 },  { 3, 5.841 },  { 4, 4.604 },   { 5, 4.032 },  { 6, 3.707 },
	{ 7, 3.499 },  { 8, 3.355 },  { 9, 3.250 },  { 10, 3.169 },  { 12, 3.055 }, { 15, 2.947 },
	{ 20, 2.845 }, { 30, 2.750 }, { 60, 2.660 }, { 120, 2.617 },
};

static double quantile_of(double freedom)
{
	double t = QUANTILES[0].t;

	for (size_t i = 0; i < array_count(QUANTILES); i++) {
		if (QUANTILES[i].freedom <= freedom)
			t = QUANTILES[i].t;
	}
	return t;
}

double mean_of(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return count ? sum / (double)count : 0;
}

struct mean_spread mean_spread_of(const double *values, size_t count)
{
	double mean = mean_of(values, count), squares = 0;

	if (count < 2)
		return (struct mean_spread){};
	for (size_t i = 0; i < count; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return (struct mean_spread){
		.is_known = true,
		.variance = squares / (double)(count - 1) / (double)count,
		.freedom = (double)(count - 1),
	};
}

static double weight_of(const struct mean_spread *spread)
{
	return spread->freedom ? spread->variance * spread->variance / spread->freedom : 0;
}

double welch_chance(const struct mean_spread *one, const struct mean_spread *other)
{
	double variance = one->variance + other->variance;
	double weight = weight_of(one) + weight_of(other);

	return sqrt(variance) * quantile_of(weight > 0 ? variance * variance / weight : 1e9);
}
