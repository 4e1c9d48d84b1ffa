/*
 * Which locks were fought for, and who held them? A fold over the events of a watch, of the
 * kernel's own statistics, or of both: the same events give the same report, byte for byte. No I/O,
 * no clock, no globals; memory is bounded.
 */
#ifndef ANALYSE_LOCKS_H
#define ANALYSE_LOCKS_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/locks.h"

struct locksmith;

/* On success *ret is the caller's, to end with locksmith_free(). -ENOMEM. */
must_check int locksmith_new(struct locksmith **ret);
void locksmith_free(struct locksmith **smith);

/* Take the next event, in the stream's order. -ENOMEM. Fits struct event_sink. */
must_check int locksmith_take(void *smith, const struct event *event, struct diag *why);

/*
 * The report on all events taken so far, once. before (NULL: none) has taken an earlier count of
 * the kernel's statistics, which is taken off these. *ret is the caller's, to end with
 * lock_report_free(). -ENODATA: there was nothing about locks, or nothing to compare.
 */
must_check int locksmith_report(struct locksmith *smith, struct locksmith *before,
				enum lock_order order, struct lock_report **ret, struct diag *why);

#endif
