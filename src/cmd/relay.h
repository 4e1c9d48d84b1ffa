/* How do two processors read one file? What the one reads and names, the other thinks about. */
#ifndef CMD_RELAY_H
#define CMD_RELAY_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * A sink that hands events on to another one in a thread of its own, in the same order, two
 * megabytes behind at most. Nobody else may use what the other sink uses before
 * relay_finish().
 */
struct relay;

/* On success *ret is the caller's, to end with relay_free(); -errno without a reason. */
must_check int relay_new(const struct event_sink *next, struct relay **ret);

/* Fits struct event_sink. What the other sink answered to an earlier event may be the answer. */
must_check int relay_take(void *relay, const struct event *event, struct diag *why);

/* Wait until all were taken; the answer of the other sink. Nothing can be taken after. */
must_check int relay_finish(struct relay *relay, struct diag *why);

/* Also before the end: what was not yet taken is lost. */
void relay_free(struct relay **relay);

#endif
