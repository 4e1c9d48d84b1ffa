/*
 * Where did threads wait, what for, and who ended it? A fold over the events of one watch or of
 * another tool's file, like the profiler (profile.h), but of its waits: each counts once, to the
 * nanosecond, with what is known of it and no more. No I/O, no clock, no globals; memory is
 * bounded, and what found no room is counted and told.
 */
#ifndef ANALYSE_WAITER_H
#define ANALYSE_WAITER_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/wait.h"

struct waiter;

struct waiter_options {
	struct wait_keys keys; /* what tells the rows of the table apart */
	double min_share;      /* rows, edges and call paths below this are left out, and counted */
	uint64_t over_ns;      /* shorter waits do not count */
	enum wait_state state; /* waits in other states do not count */
	bool has_idle; /* of the machine: waits of threads that have nothing to do count, too; of
			  processes they always do */
};

/* On success *ret is the caller's, to end with waiter_free(). -ENOMEM. */
must_check int waiter_new(const struct waiter_options *options, struct waiter **ret);
void waiter_free(struct waiter **waiter);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int waiter_take(void *waiter, const struct event *event, struct diag *why);

/* Reports made from now on leave out what is below this share. */
void waiter_leave_out(struct waiter *waiter, double min_share);

/*
 * The report of all events; nothing can be taken after, but it can be made again. *ret is the
 * caller's, to end with wait_report_free(). -ENOMEM.
 *
 * Of a watch of processes or of a command the waits of its threads are in the table; wake-ups are
 * told that its threads did or had, and those of whoever woke them.
 */
must_check int waiter_report(struct waiter *waiter, struct wait_report **ret, struct diag *why);

#endif
