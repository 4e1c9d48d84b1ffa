/*
 * Which calls were made, from where, and how long did they take? A fold over the CALLs of a stream.
 * No I/O, no clock, no globals; memory is bounded, and what found no room is counted and told.
 */
#ifndef ANALYSE_CALL_GRAPH_H
#define ANALYSE_CALL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/call_tree.h"

struct call_graph;

struct call_graph_options {
	const char *function; /* NULL: all; must live as long */
	uint64_t over_ns;     /* of the function only calls that took so long */
	size_t slowest;       /* of the function: so many are told as trees */
	bool is_each;         /* of the function: each is told */
	double min_share;     /* of the tree and the rows: below this they are left out */
};

/* On success *ret is the caller's, to end with call_graph_free(). -ENOMEM. */
must_check int call_graph_new(const struct call_graph_options *options, struct call_graph **ret);
void call_graph_free(struct call_graph **graph);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int call_graph_take(void *graph, const struct event *event, struct diag *why);

/* Reports made from now on leave out what is below this share. */
void call_graph_leave_out(struct call_graph *graph, double min_share);

/*
 * The report of all events; nothing can be taken after, but it can be made again. *ret is the
 * caller's, to end with call_report_free(). -ENOMEM; -ENOENT: there are no calls, or none of the
 * function.
 */
must_check int call_graph_report(struct call_graph *graph, struct call_report **ret,
				 struct diag *why);

#endif
