/*
 * Which code burnt the CPU, called from where, in which threads? A fold over the events of one
 * watch or of another tool's file, like the analysis (analyse.h), but of its samples: one profile
 * for each sampler. No I/O, no clock, no globals; memory is bounded, and what found no room is
 * counted and told.
 */
#ifndef ANALYSE_PROFILE_H
#define ANALYSE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/profile.h"

struct profiler;

struct profiler_options {
	struct profile_keys keys; /* what tells the rows of the table apart */
	double min_share;         /* rows and call paths below this are left out, and counted */
	bool is_wall;             /* one profile: of wall time instead of CPU time */
	bool without_table;       /* profiles have a tree only */
	bool with_kernel;         /* samples of kernel threads count, whatever is watched */
	bool is_waits; /* one profile, without a table: of the waits that a waiter adds */
	/*
	 * No profile will be asked for that leaves out less than this share. From a stream that
	 * tells stacks anew (STACK_AFRESH) those of smaller parts may then be forgotten, and memory
	 * stays small however many there are. 0: everything is kept.
	 */
	double least_share;
	size_t frames_max; /* of stacks are kept before some are forgotten; 0: as many as is good */
	/*
	 * Profiles have no table, leave nothing out, and their trees are told, not kept
	 * (profile_each_node()): then what is kept has a bound that stands in the manual. What
	 * finds no room is told apart: it stands below its threads as PROFILE_CROWDED. They can be
	 * made only once, and may not outlive the profiler.
	 */
	bool is_told;
	bool is_wall_if_seen; /* of wall time, like is_wall, if the stream tells what threads did */
	size_t kinds_max;     /* of samples and waits that are told apart; 0: as many as is good */
};

/* The frame that stands for stacks that found no room. */
#define PROFILE_CROWDED "[no room for the stack]"

/* On success *ret is the caller's, to end with profiler_free(). -ENOMEM. */
must_check int profiler_new(const struct profiler_options *options, struct profiler **ret);
void profiler_free(struct profiler **profiler);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int profiler_take(void *profiler, const struct event *event, struct diag *why);

/* Profiles made from now on leave out what is below this share. */
void profiler_leave_out(struct profiler *profiler, double min_share);

/* Profiles made from now on are of CPU time; the profiler is of wall time, which has that in it. */
void profiler_leave_waits(struct profiler *profiler);

/*
 * The profiles of all events, at least one (an empty one when there was no sample); nothing can be
 * taken after, but they can be made again. *ret is the caller's, to end with profiles_free().
 * -ENOMEM.
 *
 * Of a watch of processes or of a command the samples of its threads count, of the machine and of
 * another tool's file all. When the file has samples of idle CPUs they are those of "swapper".
 */
must_check int profiler_profiles(struct profiler *profiler, struct profiles *ret, struct diag *why);

/* Samples that stand as PROFILE_CROWDED, and parts of waits. */
uint64_t profiler_crowded(const struct profiler *profiler);

/* Of waits: their tree, without a table; *ret is the caller's, to end with profile_free(). -ENOMEM.
 */
must_check int profiler_tree(struct profiler *profiler, struct profile **ret);

/*
 * Did the profiles made so far need something that was forgotten? Then some call paths in them have
 * less than they had, and only a profiler that keeps everything, given all events again, can say
 * it. Their tables are right.
 */
bool profiler_is_cut(const struct profiler *profiler);

/*
 * Tell in `after` what each of its call paths had `before`, on its own scale: the profile of a
 * watch twice as long, or with twice as many CPUs busy, is halved. Paths that only the former has
 * are added with a total of 0. -ENOMEM: `after` is unchanged.
 */
must_check int profile_compare(const struct profile *before, struct profile *after,
			       struct diag *why);

#endif
