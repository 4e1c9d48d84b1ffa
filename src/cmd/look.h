/* How do all threads stand, and what moves? Two looks at them, an interval apart. */
#ifndef CMD_LOOK_H
#define CMD_LOOK_H

#include "base/diag.h"
#include "base/own.h"
#include "cmd/live.h"
#include "event/event.h"

/*
 * As live_run(), for WATCH_LOOK: duration_ns is the interval between the looks (0: a second), and
 * there is no command. A signal ends the interval early: the second look is taken all the same.
 */
must_check int look_run(const struct live_options *options, const struct event_sink *thinker,
			struct live_end *ret, struct diag *why);

#endif
