/*
 * How are durations distributed, where there are many distributions? The same buckets as those of a
 * histogram (histogram.h), but only those that are not empty are kept: most have a few dozen.
 */
#ifndef ANALYSE_SPREAD_H
#define ANALYSE_SPREAD_H

#include <stdint.h>

#include "analyse/histogram.h"
#include "base/array.h"
#include "base/own.h"
#include "event/event.h"

struct spread_bucket {
	uint32_t number;
	uint32_t spare;
	uint64_t count;
};

/* Zero is a valid empty spread; end it with spread_free(). */
struct spread {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	ARRAY(struct spread_bucket) buckets; /* by number */
};

/* 0 or -ENOMEM. */
must_check int spread_add(struct spread *spread, uint64_t ns);

/* All that a tally counted. 0 or -ENOMEM. */
must_check int spread_add_tally(struct spread *spread, const struct event_tally *tally);

/* The same as a histogram. */
void spread_tell(const struct spread *spread, struct histogram *ret);

/* How many are in the bucket with this number. */
uint64_t spread_count(const struct spread *spread, uint32_t bucket);

/* Empty again. */
void spread_free(struct spread *spread);

#endif
