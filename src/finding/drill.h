/*
 * Where inside of the slow calls of one function did the time go? The report that analyse builds
 * and view shows. As with the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_DRILL_H
#define FINDING_DRILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"
#include "finding/profile.h"
#include "finding/wait.h"

/* How it is known when a call began and ended. */
enum drill_by {
	DRILL_BY_SYSCALL, /* exact: the kernel tells when a system call begins and returns */
	DRILL_BY_PROBES,  /* exact: programs at the function's entry and return */
	DRILL_BY_STACKS, /* an estimate: from the first to the last stack with the function in it */
};

/* "syscall", "probes", "stacks". Never NULL. */
const char *drill_by_name(enum drill_by by);

/* Where time was. The three and unknown_ns sum to the whole. */
struct drill_time {
	uint64_t on_cpu_ns;   /* what is left of the call without the others */
	uint64_t blocked_ns;  /* exact */
	uint64_t runnable_ns; /* exact: ready, but without a CPU */
	uint64_t unknown_ns;  /* there was no room to keep what happened */
};

/* What was waited for, and who ended it. */
struct drill_cause {
	enum cause cause;
	const char *what; /* in words; "": not known */
	enum waker_kind waker_kind;
	const char *waker;  /* the thread's name; "": no thread */
	const char *device; /* whose request's completion ended it; "": none */
	bool is_rest;       /* all those for which there was no room */
	uint64_t count;
	uint64_t ns;
	double share; /* of all time in the calls */
};

/* One step of the path that holds most of the time, outermost first; [0] is the function itself. */
struct drill_step {
	enum profile_frame_kind kind;
	const char *name; /* any bytes */
	const char *module;
	uint64_t ns;
	double share;    /* of all time in the calls */
	uint64_t calls;  /* slow calls in which it was seen */
	uint64_t avg_ns; /* of these calls' time in it, as of the next two */
	uint64_t p99_ns;
	uint64_t max_ns;
	bool is_estimate; /* part of it is on-CPU time, which samples split */
	/* By programs at its entry and return, below the step before that was timed so, too: */
	uint64_t timed_calls;  /* slow calls in which it was timed; 0: none, and the rest is 0 */
	uint64_t timed_count;  /* how often it was called in these */
	uint64_t timed_ns;     /* exact */
	uint64_t timed_max_ns; /* the longest */
	uint64_t timed_unsure; /* of timed_calls: a return was missed, timed_ns is too low */
	double timed_share;    /* of these calls' time */
};

struct drill_part {
	const char *what; /* in words; "" with CAUSE_UNKNOWN: not known */
	enum cause cause;
	bool is_runnable;
	uint64_t ns;
};

enum {
	DRILL_PARTS = 3,
};

/* A slow call. */
struct drill_call {
	const char *function; /* which of those that were asked for */
	uint32_t tid;
	const char *comm;
	uint64_t start_ns; /* after the watch's begin */
	uint64_t ns;
	struct drill_time time;
	bool has_begun_before; /* it had begun before the watch: ns is a lower bound */
	bool is_open;          /* it had not returned when the watch ended: the same */
	uint32_t part_count;
	struct drill_part parts[DRILL_PARTS]; /* what most of it was, longest first */
};

/* Texts are the tree's (profile_keep_text()): they live as long as it. */
struct drill_report {
	char function[128];
	enum drill_by by;
	uint64_t over_ns;
	bool is_each;

	uint64_t calls;        /* slow ones: all below is of them */
	uint64_t short_calls;  /* that took less than over_ns; of stacks: those that were seen */
	uint64_t nested_calls; /* made inside of another one: their time is in that one's */
	uint64_t standing;  /* of the machine: calls that lasted for all of the watch, left out */
	uint64_t left_over; /* slow ones for which there was no room */
	uint64_t ns;        /* of all slow calls */
	struct drill_time time;
	uint64_t samples;
	uint64_t waits;
	uint64_t waits_without_stack;
	struct latency latency;

	struct profile *tree; /* owned; below its root the function, below it what it called */
	ARRAY(struct drill_step) path;    /* empty: there were no calls */
	ARRAY(struct drill_cause) causes; /* by falling ns */
	ARRAY(struct drill_call) slowest; /* by falling ns */
	ARRAY(struct drill_call) each;    /* in order of time */
	uint64_t untold;                  /* slow calls that are not in each, for want of room */
	ARRAY(struct text) how;
	ARRAY(struct text) notes;
};

void drill_report_free(struct drill_report **report);

#endif
