/*
 * Why was it slow? A fold over the events of one watch: the same events in the same order give the
 * same verdict, byte for byte. No I/O, no clock, no globals. Memory is bounded: per thread a
 * history of spans, the oldest forgotten first (and counted as LOSS_HISTORY when an answer needed
 * them).
 */
#ifndef ANALYSE_ANALYSE_H
#define ANALYSE_ANALYSE_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/finding.h"

struct analysis;

/* On success *ret is the caller's, to end with analysis_free(). -ENOMEM. */
must_check int analysis_new(struct analysis **ret);
void analysis_free(struct analysis **analysis);

/* Of a command, too, charge the time of all its threads, not that of its first alone. Before the
 * first event. */
void analysis_charge_all(struct analysis *analysis);
/* The same, but of its first thread: it only starts the others, and waits for them. */
void analysis_charge_others(struct analysis *analysis);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int analysis_take(void *analysis, const struct event *event, struct diag *why);

/* The verdict on all events taken so far. *ret is the caller's, to end with verdict_free().
 * -ENODATA: no watch seen. */
must_check int analysis_verdict(struct analysis *analysis, struct verdict **ret, struct diag *why);

#endif
