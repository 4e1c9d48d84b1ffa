/* How do all threads stand at one moment, and whom do they wait for? Looked at more than once, to
 * tell what moved. */
#ifndef PROBE_LOOK_H
#define PROBE_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct features;
struct guard;

struct look_options {
	struct features *features; /* what may be used; must outlive look_open() */
	struct guard *guard;       /* the caller's; must outlive the look */
	enum watch_target target;
	const uint32_t *tgids; /* of the target's processes; none for the machine. All threads are
				  looked at; those of the target are marked, and only they have user
				  stacks */
	size_t tgid_count;
	char name[64]; /* for event_watch */
};

struct look;

/*
 * Find a way to look: BPF iterators, or /proc. The sink stays the caller's and must outlive the
 * look. Nothing is told yet. Nothing is left in the kernel however the process ends, and no thread
 * is stopped, signalled or traced.
 */
must_check int look_open(const struct look_options *options, const struct event_sink *sink,
			 struct look **ret, struct diag *why);

/* The text of /proc/kallsyms: who waits for a FUSE daemon is known by the functions it sleeps in.
 */
void look_learn_kallsyms(struct look *look, const char *text, size_t bytes);

/* Begin: tells the WATCH and how the looks are made (facts). */
must_check int look_start(struct look *look, struct diag *why);

/* When it began; 0 before. */
uint64_t look_begin_ns(const struct look *look);

/*
 * The next look: tells the TASKs and STACKs that are new, and a THREAD for each thread.
 *
 * THREAD.since_ns, from the iterators, is the sum of two things that the scheduler keeps: when the
 * thread got its CPU, and how long it has run since. It is exact to some 0.2 ms but for these: what
 * interrupts and the hypervisor took during that last run is missing, and all of that run of a
 * real-time thread, so that since_ns is too early by it; and the scheduler's clock drifts from
 * CLOCK_MONOTONIC, by less than 0.05 % of the time that has passed. A kernel without these notes
 * (CONFIG_SCHED_INFO) has the time of the last charge, by a clock that stands still while the
 * hypervisor or an interrupt has the CPU: there since_ns is too late by what those took since.
 * /proc does not tell it.
 *
 * A thread that runs shows its stack to nobody: THREAD_ON_CPU has those of the clock's last sample,
 * when that is no older than 100 ms.
 */
must_check int look_at_threads(struct look *look, struct diag *why);

/* Tell the RELATIONs of the threads of the last look, and before them the TITLEs of processes and
 * of kernel workers. */
must_check int look_at_relations(struct look *look, struct diag *why);

/* Tell the LOG lines since the last call; the first call tells the last KMSG_LINES_MAX. */
must_check int look_at_log(struct look *look, struct diag *why);

/* End: tells what could not be read, the losses and WATCH_END. */
must_check int look_stop(struct look *look, uint32_t end_flags, struct diag *why);

void look_free(struct look **look);

#endif
