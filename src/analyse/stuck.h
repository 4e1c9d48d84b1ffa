/*
 * What is stuck, and what does it wait for? A fold over the events of two looks at all threads
 * (THREAD, RELATION, LOG): the same events give the same report, byte for byte. No I/O, no clock,
 * no globals; memory is bounded, and what found no room is counted and told.
 */
#ifndef ANALYSE_STUCK_H
#define ANALYSE_STUCK_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/stuck.h"

struct stuck;

struct stuck_options {
	bool is_all; /* nothing is left out because it is idle or rare */
};

/* On success *ret is the caller's, to end with stuck_free(). -ENOMEM. */
must_check int stuck_new(const struct stuck_options *options, struct stuck **ret);
void stuck_free(struct stuck **stuck);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int stuck_take(void *stuck, const struct event *event, struct diag *why);

/*
 * The report on all that was taken; nothing can be taken after. *ret is the caller's, to end with
 * stuck_report_free(). -ENODATA: no look was told, as in a recording of another command; -ENOMEM.
 *
 * A thread is unmoved when it had no CPU time, no switch and no I/O between the two looks at it. It
 * is told to be in a deadlock only when it is unmoved and asleep, and every thread that is known
 * to be able to let it go is in the same state: where any thread of a process may answer (a pipe, a
 * child, a futex without a known holder), all threads of that process. A wait with a limit of time,
 * or for something that is not told, is never part of one.
 */
must_check int stuck_report_make(struct stuck *stuck, struct stuck_report **ret, struct diag *why);

#endif
