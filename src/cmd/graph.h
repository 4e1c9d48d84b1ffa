/* How are all calls below a function recorded? Runs the target under the kernel's function_graph
 * tracer. */
#ifndef CMD_GRAPH_H
#define CMD_GRAPH_H

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"

struct graph_run {
	char path[64]; /* what was recorded, to be read by that name while fd is open */
	int fd;        /* -1: none; end with own_close() */
	int status;    /* the exit status so far: of the command, or of a failure that was told */
	bool has_calls;
};

/*
 * Record the target of the options, until it ends, its time is over, or the user says so. With -o
 * the trace.dat is kept there. What went wrong was told.
 */
void graph_run(const struct options *options, struct graph_run *ret);

#endif
