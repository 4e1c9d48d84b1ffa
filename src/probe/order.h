/* In which order did it happen? Merges the rings of all CPUs into one stream by time. */
#ifndef PROBE_ORDER_H
#define PROBE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct order;

/* queues: number of sources, each nearly ordered in itself. -ENOMEM. *ret is the caller's, to end
 * with order_free(). */
must_check int order_new(size_t queues, struct order **ret);
void order_free(struct order **order);

/* Take a copy of a record of one source. -ENOMEM. */
must_check int order_push(struct order *order, size_t queue, uint64_t time_ns, const void *record,
			  size_t bytes);

/*
 * The oldest record if it is not later than horizon_ns: NULL when there is none. Valid until the
 * next push or pop. *ret_late is set when it is older than one that was popped before: it came too
 * late to be put in order.
 */
const void *order_pop(struct order *order, uint64_t horizon_ns, bool *ret_late);

/* Bytes of records that wait. */
size_t order_bytes(const struct order *order);

#endif
