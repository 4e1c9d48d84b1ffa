/*
 * What did the programs ask of their files? A fold over the operations of one watch (EVENT_IO),
 * which ends in a model: threads that do the same are a job, and each job is described in the terms
 * of finding/workload.def. No I/O, no clock, no globals; memory is bounded, and what found no room
 * is counted and told.
 */
#ifndef ANALYSE_WORKLOAD_H
#define ANALYSE_WORKLOAD_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/workload.h"

struct modeller;

struct modeller_options {
	/* The run of a job file is looked at: threads are told apart by their files' names up to
	 * the first dot, as fio makes them from the jobs' names. */
	bool is_run;
};

/* On success *ret is the caller's, to end with modeller_free(). -ENOMEM. */
must_check int modeller_new(const struct modeller_options *options, struct modeller **ret);
void modeller_free(struct modeller **modeller);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int modeller_take(void *modeller, const struct event *event, struct diag *why);

/* The model of all events; nothing can be taken after. *ret is the caller's, to end with
 * workload_free(). -ENOMEM. */
must_check int modeller_model(struct modeller *modeller, struct workload **ret, struct diag *why);

#endif
