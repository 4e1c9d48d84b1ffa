/* What does the live screen's thinker know? Inner to it. */
#ifndef ANALYSE_TOP_STATE_H
#define ANALYSE_TOP_STATE_H

#include "analyse/profile_stacks.h"
#include "analyse/state.h"
#include "analyse/top.h"
#include "analyse/top_sums.h"

/* The present wait of a thread, by its index. */
struct top_life {
	uint64_t since_ns;
	uint64_t until_ns; /* it was seen to last up to there; 0: it does not wait */
	bool is_older;     /* it began before the watch */
	bool is_idle;      /* as it was judged last */
};

/* One of the machine's counters. */
struct top_meter {
	uint32_t key; /* enum counter_key */
	uint32_t dev;
	/* At the ends of the parts of the window, the newest last. */
	uint64_t values[TOP_TURNS + 1];
	uint64_t times_ns[TOP_TURNS + 1];
	uint32_t count;
};

struct topper {
	struct analysis *analysis;
	struct top_sums sums;
	struct top_merged merged; /* of the last report */
	struct stacks stacks;
	ARRAY(struct top_life) lives; /* by index of the thread */
	ARRAY(struct top_meter) meters;
	uint32_t own_tgid;  /* of whoever watches */
	uint64_t mark_ns;   /* the last one; 0: none */
	uint64_t before_ns; /* the one before it */
	bool has_begun;     /* the window begins at the first mark */
	bool has_turned;    /* there is a window */
	int error;          /* sticky: memory ran out inside a walk */
};

/* Its thread of this index; NULL: it was let go. */
const struct thread *top_thread_at(const struct topper *topper, uint32_t index);

/* Is it one that is told? Not those that the kernel hides, nor our own helpers. */
bool top_tells(const struct topper *topper, const struct thread *thread);

/* A row of the table, and the parts that it consists of. what: the thread's charges. */
void top_row(struct topper *topper, uint32_t index, const struct top_sum *charges, size_t count,
	     struct top_thread *ret);

/* Of one charge: could the thread not get on? */
bool top_charge_is_lost(const struct top_sum *charge);

/* Who is to blame for a charge, and for what. No chain. */
struct top_cause top_cause_of(struct topper *topper, const struct top_sum *charge);

/* What the machine and its disks did. 0 or -ENOMEM. */
must_check int top_machine_tell(struct topper *topper, struct top_report *report);

/* The disks that a thread (index + 1; 0: all) used. disks is an ARRAY(struct top_disk). */
must_check int top_disks_tell(struct topper *topper, uint32_t thread, void *disks);

#endif
