/* How are durations distributed? In the buckets of the events that are counted where they happen.
 */
#include "analyse/histogram.h"

#include "event/event.h"

static void take_extremes(struct histogram *histogram, uint64_t min_ns, uint64_t max_ns)
{
	if (!histogram->count || min_ns < histogram->min_ns)
		histogram->min_ns = min_ns;
	if (max_ns > histogram->max_ns)
		histogram->max_ns = max_ns;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	take_extremes(histogram, ns, ns);
	histogram->count++;
	histogram->sum_ns += ns;
	histogram->buckets[tally_bucket(ns)]++;
}

void histogram_add_tally(struct histogram *histogram, const struct event_tally *tally)
{
	if (!tally->count)
		return;
	take_extremes(histogram, tally->min_ns, tally->max_ns);
	histogram->count += tally->count;
	histogram->sum_ns += tally->total_ns;
	for (uint32_t i = 0; i < tally->buckets && i + (uint64_t)tally->first < HISTOGRAM_BUCKETS;
	     i++)
		histogram->buckets[tally->first + i] += tally->bucket[i];
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	if (!other->count)
		return;
	take_extremes(histogram, other->min_ns, other->max_ns);
	histogram->count += other->count;
	histogram->sum_ns += other->sum_ns;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->buckets[i] += other->buckets[i];
}

uint64_t histogram_quantile(const struct histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t)(part * (double)histogram->count);
	uint64_t seen = 0, ns = 0, width, in_bucket;

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
		ns = tally_bucket_start(i, &width);
		if (histogram->max_ns - ns < width)
			width = histogram->max_ns - ns;
		ns += (uint64_t)((double)width * ((double)(wanted - seen) + 0.5) /
				 (double)in_bucket);
		break;
	}
	if (ns < histogram->min_ns)
		return histogram->min_ns;
	return ns > histogram->max_ns ? histogram->max_ns : ns;
}

void histogram_tell(const struct histogram *histogram, struct latency *ret)
{
	*ret = (struct latency){
		.count = histogram->count,
		.total_ns = histogram->sum_ns,
		.min_ns = histogram->min_ns,
		.max_ns = histogram->max_ns,
		.p50_ns = histogram_quantile(histogram, 0.5),
		.p90_ns = histogram_quantile(histogram, 0.9),
		.p99_ns = histogram_quantile(histogram, 0.99),
		.p999_ns = histogram_quantile(histogram, 0.999),
	};
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t width, start = tally_bucket_start(i, &width);

		ret->doubling[start ? 63 - __builtin_clzll(start) : 0] += histogram->buckets[i];
	}
}
