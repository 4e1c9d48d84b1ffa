/* What is known of virtual machines without watching any? Texts of KVM's tracepoints, and what this
 * machine says of itself. */
#ifndef CMD_GUESTS_H
#define CMD_GUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "event/event.h"

/* Is it for guests_read()? Some text, or ftrace's, or a trace.dat of trace-cmd. */
bool guests_is(const char *path);

/* Hand the exits of the file named by -i to the sink. */
must_check int guests_read(const struct options *options, const struct event_sink *sink,
			   struct diag *why);

/*
 * Tell the facts of this machine, and what the hypervisor took from it for so long: the begin and
 * the end of a watch in which nothing else is seen. A signal ends it early.
 */
must_check int guests_look(uint64_t duration_ns, const struct event_sink *sink, struct diag *why);

#endif
