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
			ran, slept or idled */
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
	const char *function; /* the frame's name that matched `wait`; "" when none did */
};

/* Classify a kernel stack by its function names, innermost first. Names may be NULL (unknown
 * frames). */
struct wait_class wait_classify(const char *const *names, size_t count);

/* Classify a wait whose stack was not taken, by its system call (x86-64 number; -1: none) and
 * flags. */
struct wait_class wait_classify_bare(int32_t syscall, uint32_t state, uint32_t span_flags);

/* The name of a system call of this machine's architecture as recorded (x86-64), or NULL. */
const char *syscall_name(int32_t number);

#endif
