/* How are durations distributed? By exponent and the four bits behind the first. */
#include "analyse/histogram.h"

/* Below this, each value is a bucket of its own. */
#define EXACT_BELOW (1u << HISTOGRAM_BITS)

static uint32_t bucket_of(uint64_t ns)
{
	uint32_t shift, bucket;

	if (ns < EXACT_BELOW)
		return (uint32_t)ns;
	shift = 63 - (uint32_t)__builtin_clzll(ns) - HISTOGRAM_BITS;
	bucket = (shift << HISTOGRAM_BITS) + (uint32_t)(ns >> shift);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The smallest value of a bucket, and how many values it holds. */
static uint64_t bucket_start(uint32_t bucket, uint64_t *ret_width)
{
	uint32_t shift = bucket < EXACT_BELOW ? 0 : (bucket >> HISTOGRAM_BITS) - 1;

	*ret_width = 1ULL << shift;
	return (uint64_t)(bucket - (shift << HISTOGRAM_BITS)) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	if (!histogram->count || ns < histogram->min_ns)
		histogram->min_ns = ns;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
	histogram->count++;
	histogram->sum_ns += ns;
	histogram->buckets[bucket_of(ns)]++;
}

uint64_t histogram_quantile(const struct histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t)(part * (double)histogram->count);
	uint64_t seen = 0, ns = 0, width;
	uint32_t in_bucket;

	if (!histogram->count)
		return 0;
	if (wanted >= histogram->count)
		wanted = histogram->count - 1;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		in_bucket = histogram->buckets[i];
		if (seen + in_bucket <= wanted) {
			seen += in_bucket;
			continue;
		}
		/* The values of a bucket are taken to lie evenly in it, within the extremes. */
		ns = bucket_start(i, &width);
		if (histogram->max_ns - ns < width)
			width = histogram->max_ns - ns;
		ns += (uint64_t)((double)width * ((double)(wanted - seen) + 0.5) / in_bucket);
		break;
	}
	if (ns < histogram->min_ns)
		return histogram->min_ns;
	return ns > histogram->max_ns ? histogram->max_ns : ns;
}
