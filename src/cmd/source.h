/* Where do the events come from? From a live watch or a recording: both end in the same sink. */
#ifndef CMD_SOURCE_H
#define CMD_SOURCE_H

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "event/event.h"

/* In a tree of waits each stands below the code that waited: then user stacks are taken so often.
 */
#define SOURCE_CALL_STACK_NS 100000

/*
 * Hand all events that the options ask for to the sink (take may be NULL: they are only recorded):
 * those of a file (-i), or of a watch of the target (of what options->what says), which is kept in
 * a file as well when one was named (-o). What went wrong was told. Returns the exit status so far;
 * *ret_has_events says whether there is something to answer with.
 */
int source_run(const struct options *options, const struct event_sink *sink, bool *ret_has_events);

/* The same of the earlier file that --before names, where it does. Done first, a wrong name costs
 * nobody a watch. */
int source_run_before(const struct options *options, const struct event_sink *sink);

/* What to do with the events once all are there. */
struct answer {
	struct event_sink sink;
	/* 0 or -errno with the reason. */
	int (*say)(const struct options *options, void *self, struct diag *why);
};

/* Hand the events to answer->sink as above, then let it say its answer (self is the sink's). What
 * went wrong was told. Returns the exit status. */
int source_answer(const struct options *options, const struct answer *answer);

struct features;

/* Forbid what --without names. -EINVAL. */
must_check int features_from_options(const struct options *options, struct features *features,
				     struct diag *why);

#endif
