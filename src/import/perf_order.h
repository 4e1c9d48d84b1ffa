/*
 * In which order did it happen? The records of one CPU are in order, and perf collects the CPUs
 * one after another, in rounds: at a round's end, all that is older than the end of the round
 * before is there. So at most two rounds are held; and where a file has no rounds, or very long
 * ones, as many records as fit into a bound.
 */
#ifndef IMPORT_PERF_ORDER_H
#define IMPORT_PERF_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"

struct perf_entry {
	uint64_t time_ns; /* 0: at once */
	const unsigned char *record;
};

/* Born with deliver and self set, otherwise zero. */
struct perf_order {
	ARRAY(struct perf_entry) entries;
	struct perf_entry *scratch;
	size_t scratch_count;
	uint64_t newest_ns;
	uint64_t round_ns; /* the newest at the last round's end */
	int (*deliver)(void *self, const struct perf_entry *entry, struct diag *why);
	void *self;
};

/* Equal times keep the order in which they were put. -ENOMEM. */
must_check int perf_order_put(struct perf_order *order, uint64_t time_ns,
			      const unsigned char *record);

/* A round has ended: deliver what is surely complete. */
must_check int perf_order_round(struct perf_order *order, struct diag *why);

/* Deliver the older half, complete or not; all of it when there is little. */
must_check int perf_order_relieve(struct perf_order *order, struct diag *why);

must_check int perf_order_finish(struct perf_order *order, struct diag *why);
void perf_order_free(struct perf_order *order);

#endif
