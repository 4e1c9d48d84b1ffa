/* How are durations distributed? In sixteen buckets per doubling. */
#ifndef ANALYSE_HISTOGRAM_H
#define ANALYSE_HISTOGRAM_H

#include <stdint.h>

#include "event/event.h"
#include "finding/latency.h"

#define HISTOGRAM_BUCKETS TALLY_BUCKETS

/* Zero is a valid empty histogram. */
struct histogram {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* All that a tally counted; of one without buckets only the sums, so that quantiles are too low. */
void histogram_add_tally(struct histogram *histogram, const struct event_tally *tally);

void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value below which this part (0…1) of the values lie: within the true extremes; 0 when there
 * are no values. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

/* What a report says of it; errors and bytes are left 0. */
void histogram_tell(const struct histogram *histogram, struct latency *ret);

#endif
