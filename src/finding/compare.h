/*
 * What got slower? Two sides, each of one or more runs, and what differs between them. As with the
 * verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_COMPARE_H
#define FINDING_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

enum {
	COMPARE_RUNS_MAX = 32, /* of one side */
};

enum change_kind {
	CHANGE_TIME,     /* all of it: the command's wall time, or the target's busy time */
	CHANGE_CAUSE,    /* time by cause */
	CHANGE_SUBJECT,  /* by cause and whom it is blamed on; not of what ran on a CPU */
	CHANGE_FUNCTION, /* CPU time by function, without what it called */
	CHANGE_POOL,     /* CPU time by pool of threads */
	CHANGE_KINDS,
};

/* "time", "cause", "subject", "function", "pool". */
const char *change_kind_name(enum change_kind kind);

/* Amounts are means over the runs of a side: nanoseconds in one run, or in each second of the watch
 * (comparison.is_rate). */
struct change {
	enum change_kind kind;
	char name[112];   /* a cause's id, a subject, a function, a pool */
	char detail[112]; /* the subject's cause and kind, or the function's file; "": nothing */
	double before_ns;
	double after_ns;
	double share; /* of the difference, in the time before: -0.2 is a fifth less */
	/*
	 * The difference that chance alone makes in one of a hundred comparisons, from how the runs
	 * of each side differ; with one run on a side, from how its parts differ.
	 */
	double chance_ns;
	bool is_chance_known;
	bool is_certain; /* beyond chance_ns, and large enough to matter */
};

struct compared_run {
	char *path; /* owned */
	char name[64];
	uint64_t window_ns;
	double time_ns; /* what stands in the row CHANGE_TIME */
	uint64_t lost_events;
};

struct comparison {
	bool is_rate;
	char base_words[64]; /* what CHANGE_TIME is: "the command's wall time" */
	double least_share;  /* smaller differences are not called certain */
	ARRAY(struct compared_run) before;
	ARRAY(struct compared_run) after;
	ARRAY(struct change)
	changes;                  /* of each kind in turn; certain ones first, then by falling
				     difference, then name */
	ARRAY(struct text) notes; /* what to know before believing it */
	char next_command[160];   /* "": none */
};

/* How many changes are certain. */
size_t comparison_certain(const struct comparison *comparison);

void comparison_free(struct comparison **comparison);

#endif
