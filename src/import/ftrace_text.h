/*
 * What does a text of ftrace say? Turns the lines of function_graph into calls: those of trace and
 * trace_pipe, whichever of their columns are on, and those of trace-cmd report. See fgraph.h for
 * how.
 */
#ifndef IMPORT_FTRACE_TEXT_H
#define IMPORT_FTRACE_TEXT_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/* What was made of a text. */
struct ftrace_text {
	uint64_t lines;
	uint64_t calls;     /* lines that are entries or exits */
	uint64_t unknown;   /* lines that look like calls but cannot be read */
	uint64_t first_bad; /* the first of these */
};

/*
 * Turn all of a text into events, with the names that it has. fd stays the caller's; it must be of
 * a regular file. Bounded memory. -EBADMSG: there are no calls in it; -EFBIG: too many functions.
 */
must_check int ftrace_text_read(int fd, const char *path, const struct event_sink *sink,
				struct ftrace_text *ret, struct diag *why);

#endif
