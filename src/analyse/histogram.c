/* How are durations distributed? The bucket is the exponent and the three bits that follow the
 * leading one. */
#include "analyse/histogram.h"

static uint32_t bucket_of(uint64_t ns)
{
	uint32_t exponent, bucket;

	if (ns < 8)
		return (uint32_t)ns;
	exponent = 63 - (uint32_t)__builtin_clzll(ns);
	bucket = (exponent - 2) * 8 + (uint32_t)((ns >> (exponent - 3)) & 7);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static uint64_t bucket_ns(uint32_t bucket)
{
	uint32_t exponent;

	if (bucket < 16)
		return bucket;
	exponent = bucket / 8 + 2;
	return ((8ULL + bucket % 8) << (exponent - 3)) + (1ULL << (exponent - 4));
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

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (!from->count)
		return;
	if (!into->count || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->count += from->count;
	into->sum_ns += from->sum_ns;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

uint64_t histogram_quantile(const struct histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t)(part * (double)histogram->count);
	uint64_t seen = 0, ns = 0;

	if (!histogram->count)
		return 0;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen > wanted || seen == histogram->count) {
			ns = bucket_ns(i);
			break;
		}
	}
	if (ns < histogram->min_ns)
		return histogram->min_ns;
	return ns > histogram->max_ns ? histogram->max_ns : ns;
}
