/* What was it waiting for? The table from what a blocked thread slept on to a cause. The rows are
 * in waits.def. */
#ifndef ANALYSE_WAITS_H
#define ANALYSE_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finding/finding.h"

/* What to do with the time of such a wait. */
enum wait_way {
	WAIT_LEAF,   /* the cause is final: who ended the wait does not matter (a timer, a throttle,
			reclaim) */
	WAIT_FOLLOW, /* charge what the waker did meanwhile; the cause stays where the waker only
			ran, slept or idled: but the kernel's own running in place of a device is
			charged as such */
	WAIT_REQUEST, /* charge the block request that ended it; without one, follow the waker */
	WAIT_CONTEXT, /* not a wait of its own: what an outer function makes of any block request
			 waited for inside */
};

struct wait_rule {
	const char *prefix; /* of the function's name; a trailing '$' means the whole name */
	enum cause cause;
	enum wait_way way;
	uint8_t rank;     /* 0 generic sleep … 3 overrides all: the highest wins, among equals the
			     innermost frame */
	const char *note; /* for people: "ext4 journal commit"; for locks: the lock's name */
};

struct wait_class {
	const struct wait_rule
		*wait; /* never NULL from wait_classify(); its cause may be CAUSE_UNKNOWN */
	const struct wait_rule *context; /* NULL: none */
	/* The frame's name that matched `wait`. Where that is only a way to sleep or a lock
	 * primitive, or where none did: the innermost function that is more than that, "" when it
	 * is not known. */
	const char *function;
	bool is_primitive; /* `wait` is only a way to sleep or a lock primitive, or matched nothing
			    */
};

/*
 * What is known of a wait beside its stack. It matters because the kernel leaves the functions of
 * its scheduler and its lock primitives out of the stacks that it takes of sleeping threads.
 */
enum wait_hint {
	WAIT_HINT_LOCK = 1, /* it was for a kernel lock */
	WAIT_HINT_IO = 2,   /* the kernel counts it as waiting for I/O */
};

/* Classify a kernel stack by its function names, innermost first. Names may be NULL (unknown
 * frames). */
struct wait_class wait_classify(const char *const *names, size_t count);

/* The same, when more is known: hints are enum wait_hint. */
struct wait_class wait_classify_hinted(const char *const *names, size_t count, uint32_t hints);

/* Classify a wait whose stack was not taken, by its system call (x86-64 number; -1: none) and
 * flags. */
struct wait_class wait_classify_bare(int32_t syscall, uint32_t state, uint32_t span_flags);

/* The name of a system call of this machine's architecture as recorded (x86-64), or NULL. */
const char *syscall_name(int32_t number);

#endif
