/*
 * Who holds the user lock that a thread waits for when the watch ends? The kernel does not know; it
 * stands in the memory of the process, and reading that may hang on a sick one: a helper does it
 * (host/guard.h).
 */
#ifndef PROBE_OWNERS_H
#define PROBE_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"

struct guard;

/* All zero: nobody was asked yet. */
struct owners {
	struct guard *guard; /* NULL: not made yet */
	uint64_t until_ns; /* all that is asked has its time: of many thousands some stay unknown */
	bool is_over;      /* no helper could be made */
};

struct owned_futex {
	uint64_t address;
	uint32_t owner;    /* tid; 0: not known, as of processes in a pid namespace of their own */
	bool is_condition; /* it waits for something to happen, not for a mutex */
};

/* The thread sleeps. False: not on a futex, or that is not to be had. */
bool owners_ask(struct owners *owners, uint32_t tid, struct owned_futex *ret);

/* Give them so much time from now on; without it they have half a second from the first question
 * on. */
void owners_give_time(struct owners *owners, uint64_t ns);
/* Is any left? */
bool owners_have_time(const struct owners *owners);

void owners_end(struct owners *owners);

#endif
