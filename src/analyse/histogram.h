/* How are durations distributed? In sixteen buckets per doubling. */
#ifndef ANALYSE_HISTOGRAM_H
#define ANALYSE_HISTOGRAM_H

#include <stdint.h>

/* A bucket is as wide as one part in 2^this of its values; 39 doublings reach beyond an hour. */
#define HISTOGRAM_BITS    4
#define HISTOGRAM_BUCKETS (39 << HISTOGRAM_BITS)

/* Zero is a valid empty histogram. */
struct histogram {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* The value below which this part (0…1) of the values lie: within the true extremes; 0 when there
 * are no values. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

#endif
