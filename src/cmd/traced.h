/* What did ftrace record? A trace.dat file, or a text, as the source of the events, named. */
#ifndef CMD_TRACED_H
#define CMD_TRACED_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "event/event.h"

/* Is it for traced_read()? */
bool traced_is(const char *path);

/*
 * Hand all events of the file named by -i to the sink. What is missing is told in a line. -errno
 * with the reason.
 */
must_check int traced_read(const struct options *options, const struct event_sink *sink,
			   struct diag *why);

#endif
