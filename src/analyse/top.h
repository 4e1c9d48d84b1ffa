/*
 * Who loses time just now? A fold over the events of a watch that goes on: an analysis judges each
 * span as ever, and what it charges is summed over a window of a few seconds. The watch must tell
 * what lasts (spans with SPAN_OPEN_END, at each mark), else threads that wait for long are not
 * seen. Memory is bounded but for what an analysis keeps of every thread, stack and name that there
 * ever was: topper_is_full() says when to begin anew.
 */
#ifndef ANALYSE_TOP_H
#define ANALYSE_TOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/top.h"

struct topper;

/* Helpers that whoever watches (own_tgid) began are none of the machine's threads. On success *ret
 * is the caller's, to end with topper_free(). -ENOMEM. */
must_check int topper_new(uint32_t own_tgid, struct topper **ret);
void topper_free(struct topper **topper);

/* Take the next event, in the stream's order. Fits struct event_sink. -ENOMEM. */
must_check int topper_take(void *topper, const struct event *event, struct diag *why);

/* A part of the window will end at that time, at which what lasts is told: before any event of a
 * later time is taken. */
void topper_mark(struct topper *topper, uint64_t mark_ns);

/*
 * All up to told_ns was taken, which is late enough behind the mark to judge what was before it
 * (TOPPER_LAG_NS): that part of the window is over. The first one only says where the window
 * begins: as of the first look at what lasts. -ENOMEM.
 */
must_check int topper_turn(struct topper *topper, uint64_t told_ns, struct diag *why);

#define TOPPER_LAG_NS 30000000u

/* All about the last few parts of the window; *ret is the caller's, to end with top_report_free().
 * -ENODATA: none is over yet. */
must_check int topper_report(struct topper *topper, struct top_report **ret, struct diag *why);

/* All about one thread in the same window; *ret is the caller's, to end with top_detail_free().
 * -ESRCH: there is no such thread. */
must_check int topper_detail(struct topper *topper, uint32_t tid, struct top_detail **ret,
			     struct diag *why);

/* Is what is kept for ever so much, or so old, that it is time to begin anew? */
bool topper_is_full(const struct topper *topper);

#endif
