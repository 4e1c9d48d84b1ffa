/*
 * How long did like things take? Waits of the target by cause, its stays in the queue and its
 * system calls, and the block requests of the machine. Memory is bounded.
 */
#ifndef ANALYSE_LATENCIES_H
#define ANALYSE_LATENCIES_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/latencies.h"

struct latency_meter;

/* On success *ret is the caller's, to end with latency_meter_free(). -ENOMEM. */
must_check int latency_meter_new(struct latency_meter **ret);
void latency_meter_free(struct latency_meter **meter);

/* Take the next event, in the stream's order. -ENOMEM. Fits struct event_sink. */
must_check int latency_meter_take(void *meter, const struct event *event, struct diag *why);

/*
 * All that was measured; *ret is the caller's, to end with array_free(&ret->rows). Where the watch
 * has counted things where they happened (TALLY), these counts are told instead of the single
 * events. -ENOMEM.
 */
must_check int latency_meter_tell(const struct latency_meter *meter, struct latencies *ret);

#endif
