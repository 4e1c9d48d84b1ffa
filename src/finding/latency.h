/* How long did many like things take? What reports tell of a distribution. */
#ifndef FINDING_LATENCY_H
#define FINDING_LATENCY_H

#include <stdint.h>

enum {
	LATENCY_DOUBLINGS = 48,
};

/* Times are exact where they are sums or extremes; a quantile is that of a histogram whose buckets
 * are a sixteenth of their value wide: off by at most 3 %. */
struct latency {
	uint64_t count;
	uint64_t errors; /* of these */
	uint64_t bytes;
	uint64_t total_ns;
	uint64_t min_ns;
	uint64_t p50_ns;
	uint64_t p90_ns;
	uint64_t p99_ns;
	uint64_t p999_ns;
	uint64_t max_ns;
	uint64_t doubling[LATENCY_DOUBLINGS]; /* [n]: how many took 2^n ns or more, but not 2^(n+1);
						 [0]: and less than 1 ns */
};

#endif
