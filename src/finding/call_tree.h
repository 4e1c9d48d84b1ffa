/*
 * Which calls were made, from where, and how long did they take? The report that analyse builds and
 * view shows. As with the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_CALL_TREE_H
#define FINDING_CALL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"
#include "finding/profile.h"

/* Calls of one function. Durations are without interrupts. */
struct call_count {
	uint64_t calls;
	uint64_t timed; /* of them, those of which the whole duration is known */
	uint64_t timed_ns;
	uint64_t max_ns;
};

struct call_row {
	uint32_t frame;
	struct call_count count;
	uint64_t total_ns; /* with all they called; a call inside of another of the same function is
			      in that one's */
	uint64_t self_ns;  /* on a CPU, or where that was not recorded */
	uint64_t off_ns;   /* of themselves off their CPU */
	uint64_t unknown_ns; /* of themselves or of calls that were not seen */
	double total_share;
	double self_share;
	bool has_latency; /* there was room for its distribution */
	struct latency latency;
};

/* One call of a single call's tree, outermost first, in order of time. */
struct call_step {
	uint32_t frame;
	uint32_t depth;       /* 0: the call itself */
	uint64_t start_ns;    /* after the call's own begin; 0 without times */
	uint64_t duration_ns; /* without interrupts */
	uint64_t self_ns;
	uint64_t off_ns;
	uint32_t repeats; /* so many like it follow each other, all in this step; at least 1 */
	bool is_at_least; /* it lasted longer than that */
	bool is_lossy;    /* not all that it called is known */
};

/* A single call. */
struct call_one {
	uint32_t tid; /* 0: the idle thread of the CPU */
	uint32_t cpu;
	char comm[17];
	uint64_t start_ns;    /* after the recording's begin */
	uint64_t duration_ns; /* without interrupts */
	uint64_t irq_ns;
	uint64_t off_ns;
	uint64_t self_ns;
	uint64_t left_out;             /* short calls in it that had no room */
	ARRAY(struct call_step) steps; /* [0] is the call itself */
};

struct call_losses {
	uint64_t records;      /* that the kernel had no room for */
	uint64_t lossy;        /* calls in which some were lost */
	uint64_t exit_unseen;  /* calls whose exit was not recorded */
	uint64_t open_end;     /* of these, those that the recording ended in */
	uint64_t entry_unseen; /* calls whose entry was not recorded */
	uint64_t callers_unknown;
};

struct call_report {
	/* What was asked for. */
	char function[128]; /* "": all */
	uint64_t over_ns;   /* calls of it that took less are left out */
	bool is_each;       /* each call is told */

	bool has_times; /* else only durations are known */
	bool has_switches;
	uint64_t calls;          /* all that were told */
	uint64_t left_out_calls; /* of the function: shorter than over_ns */
	uint64_t untold;         /* of the function: calls that had no room in each */
	uint64_t left_out_steps; /* calls in the function's that had no room: see the notes */
	uint64_t hard_irq_ns;    /* outermost calls of interrupts */
	uint64_t soft_irq_ns;
	uint64_t nmi_ns;
	struct call_losses losses;

	struct profile *tree; /* owned: by wall time; of a function: its calls, from wherever */
	ARRAY(struct call_count) counts; /* of the tree's nodes */
	ARRAY(struct call_row) rows;     /* by falling self time, then names; of a function: it */
	ARRAY(struct call_one) slowest;  /* by falling duration */
	ARRAY(struct call_one) each;     /* in order of time */
	ARRAY(struct text) how;          /* how it was recorded */
	ARRAY(struct text) notes;
};

void call_one_clear(struct call_one *one);
void call_report_free(struct call_report **report);

/* 0 where there are no timed ones. */
uint64_t call_count_avg(const struct call_count *count);

#endif
