/* How are durations distributed? Eight buckets per doubling: a percentile is right to one part in
 * eight. */
#ifndef ANALYSE_HISTOGRAM_H
#define ANALYSE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (8 * 40)

/* Zero is a valid empty histogram. */
struct histogram {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value below which this part (0…1) of the values lie: within the true extremes; 0 when there
 * are no values. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

#endif
