/* How does a test tell a story of waits? The stream of events of stream.h, and what is reported of
 * it. */
#ifndef TESTS_UNIT_ANALYSE_WAITED_H
#define TESTS_UNIT_ANALYSE_WAITED_H

#include "analyse/waiter.h"
#include "profiled.h"

/*
 * The report, the caller's; by: "pool,cause". Asserts what holds for all: the rows, the hidden, the
 * idle and those outside sum to all WAIT spans of the target's threads, each clipped to the watch,
 * to the nanosecond; the tree to the total; each list is in its order.
 */
struct wait_report *stream_waits(struct stream *stream, const char *by,
				 struct waiter_options options);

/* The row of that name whose words (cause, function, waker) are these; NULL: any. */
struct wait_wanted {
	const char *name;
	enum cause cause; /* CAUSE_UNKNOWN: any */
	const char *function;
	const char *waker;
	const char *syscall;
};
const struct wait_row *report_row(const struct wait_report *report, struct wait_wanted wanted);

/* The edge between nodes of these names; a name may be that of a kind ("interrupt"). NULL: none. */
const struct wake_edge *report_edge(const struct wait_report *report, const char *waker,
				    const char *sleeper);
const struct wake_node *report_node(const struct wait_report *report, const char *name);
bool report_tells(const struct wait_report *report, const char *words);

#endif
