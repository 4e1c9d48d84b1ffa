/*
 * Where inside of the slow calls of a function did the time go? A fold over the events of one
 * watch: each slow call is a stretch of one thread's time, into which the waits, the stays in the
 * queue and the samples of that thread are put; their stacks below the function make one tree. No
 * I/O, no clock, no globals; memory is bounded, and what found no room is counted and told.
 */
#ifndef ANALYSE_DRILL_H
#define ANALYSE_DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/drill.h"

struct drill;

struct drill_options {
	/*
	 * A system call ("fsync"), a function of the kernel ("ext4_sync_file"; a glob as of
	 * fnmatch(3) is several), or one of a program ("/usr/bin/x:function"). Must outlive the
	 * drill.
	 */
	const char *function;
	bool is_kernel; /* a function of the kernel, even where a system call is called so */
	uint64_t over_ns;
	double min_share;
	uint32_t slowest; /* how many single calls are told */
	bool is_each;
};

/* On success *ret is the caller's, to end with drill_free(). -ENOMEM. */
must_check int drill_new(const struct drill_options *options, struct drill **ret);
void drill_free(struct drill **drill);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int drill_take(void *drill, const struct event *event, struct diag *why);

/* Reports made from now on leave call paths out of the tree that have less than this share. */
void drill_leave_out(struct drill *drill, double min_share);

/* The report of all events; nothing can be taken after, but it can be made again. *ret is the
 * caller's, to end with drill_report_free(). -ENOMEM. */
must_check int drill_report(struct drill *drill, struct drill_report **ret, struct diag *why);

/* How many slow calls there were so far. */
uint64_t drill_calls(const struct drill *drill);

/* The number of a system call of this machine's, by its name; -1: there is none. */
int32_t drill_syscall(const char *name);

/* Is this name of a function asked for by the pattern (fnmatch(3))? ".isra.0" and the like, which
 * compilers append to functions that they changed, may be left out. */
bool drill_name_fits(const char *pattern, const char *name);

#endif
