/*
 * Which stacks go on alike? Samples whose stacks begin alike are parted by their next function,
 * from the outermost inwards, as far as somebody asks: so the work is that of what is asked for,
 * and not a node for each frame of each stack.
 */
#ifndef ANALYSE_PROFILE_PARTS_H
#define ANALYSE_PROFILE_PARTS_H

#include "analyse/profile_state.h"

#define ENDED UINT32_MAX

/* Some stacks that begin alike: where they stand among the paths, and how many of their frames are
 * behind them. */
struct part {
	uint32_t begin;
	uint32_t end;
	uint32_t level;
	uint32_t node; /* of the profile's tree, where one is made */
	uint32_t twig; /* what forgotten stacks had there; 0: none */
};

/* The stacks of a part that go on with the same function. */
struct branch {
	uint32_t function;
	uint32_t count; /* of paths */
	uint32_t begin; /* their place */
	uint32_t twig;
	uint64_t total;
	uint64_t samples;
	bool goes_on; /* not all of them end with this function */
};

/* Where the branch of a function is, within one part. */
struct branch_slot {
	uint32_t part; /* its number; another: the function was not met in this one */
	uint32_t branch;
};

struct amount {
	uint64_t weight;
	uint64_t samples;
};

struct parts {
	const struct stacks *stacks;
	const struct aggregate *aggregates;
	uint32_t *
		paths; /* places in aggregates: moved, so that those of one part lie side by side */
	uint32_t *spare;               /* as long */
	struct branch_slot *slots;     /* by function */
	uint32_t number;               /* of the part being looked at */
	ARRAY(struct branch) branches; /* of all parts that are being descended into */
};

/* The paths are making->order, which stands in the order of the threads' groups. -ENOMEM. */
must_check int parts_new(const struct making *making, struct parts *ret);
void parts_free(struct parts *parts);

/* Another part is looked at. */
static inline void parts_next(struct parts *parts)
{
	parts->number++;
}

/* Its branch that goes on with the function, made when it is new; NULL when memory is out. */
struct branch *parts_branch(struct parts *parts, uint32_t function);

/* Find the branches that its paths have; *ended grows by what goes on nowhere. 0 or -ENOMEM. */
must_check int parts_find(struct parts *parts, const struct part *part, struct amount *ended);

/* A branch, from the first of its part on, is not of interest: the last one takes its place. */
void parts_leave_out(struct parts *parts, size_t branch);

/* Put the paths of each branch from `first` on together, in the order in which they were. */
void parts_gather(struct parts *parts, const struct part *part, size_t first);

/* The part that a branch is, one level deeper. */
static inline struct part parts_inner(const struct part *part, const struct branch *branch)
{
	return (struct part){ .begin = branch->begin,
			      .end = branch->begin + branch->count,
			      .level = part->level + 1,
			      .twig = branch->twig };
}

/* How many frames from here on all paths of the part, at least one, have in common: most callers
 * are callers of all. They stand at *ret. */
uint32_t parts_common(const struct parts *parts, const struct part *part, const uint32_t **ret);

#endif
