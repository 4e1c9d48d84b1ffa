/* Where may the function_graph tracer run, and how does everything become as it was? Inner to
 * graph_trace.c. */
#ifndef PROBE_GRAPH_SETTINGS_H
#define PROBE_GRAPH_SETTINGS_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "host/guardian.h"
#include "probe/tracefs.h"

/*
 * A folder of tracefs that is ours for now. A process of its own waits for our end, whichever way
 * that comes, and then puts everything back: also when we are killed.
 */
struct graph_settings {
	char folder[TRACEFS_PATH_BYTES];
	bool is_instance; /* else the one and only buffer of the kernel, which nobody used */
	struct guardian guardian;
};

#define GRAPH_SETTINGS_NONE                \
	{                                  \
		.guardian = GUARDIAN_NONE, \
	}

/*
 * Take a private instance below tracefs, where the kernel has the tracer in one (since 6.12); else
 * its top buffer, if nobody uses that. Instances that killed ones left behind are removed first.
 * -EBUSY: somebody uses the top buffer; -errno: as *why says.
 */
must_check int graph_settings_take(const char *tracefs, struct graph_settings *settings,
				   struct diag *why);

/* Put everything back, and wait until that is done. -EIO: not all of it could be. */
must_check int graph_settings_give_back(struct graph_settings *settings, struct diag *why);

/* The same when it is not known whether that was done; nobody is told. */
void graph_settings_end(struct graph_settings *settings);

/* How many instances below tracefs are of processes that are gone; they are removed when asked. */
unsigned int graph_settings_stale(const char *tracefs, bool is_to_remove);

#endif
