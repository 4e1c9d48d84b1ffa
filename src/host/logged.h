/* What does the kernel log while we watch? Its lines as events, and what of it could not be had. */
#ifndef HOST_LOGGED_H
#define HOST_LOGGED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct kmsg;

/* Zero is valid: the log is not followed. */
struct logged {
	struct kmsg *kmsg;   /* owned; NULL: not to be had */
	struct diag refused; /* why not */
	uint64_t dropped;    /* lines passed over */
};

/* only_new: without the lines that are there by now. 0 also when the log is not ours to read, then
 * logged.refused says why; -ENOMEM. End with logged_end(). */
must_check int logged_begin(struct logged *logged, bool only_new);
/* Tell why there is no log, if there is none. */
must_check int logged_tell_way(const struct logged *logged, const struct event_sink *sink,
			       uint64_t time_ns, struct diag *why);
/* Tell the lines since the last call, or the last KMSG_LINES_MAX of them. *told_ns, the stream's
 * clock, goes on with them. */
must_check int logged_tell(struct logged *logged, const struct event_sink *sink, uint64_t *told_ns,
			   struct diag *why);
/* Tell that lines were passed over, if any were. */
must_check int logged_tell_lacks(const struct logged *logged, const struct event_sink *sink,
				 uint64_t time_ns, struct diag *why);
void logged_end(struct logged *logged);

#endif
