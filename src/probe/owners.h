/*
 * Who holds the user lock that a thread waits for when the watch ends? The kernel does not know; it
 * stands in the memory of the process, and reading that may hang on a sick one. So a child of ours
 * reads it: when it hangs it is ended, and nobody is asked any more.
 */
#ifndef PROBE_OWNERS_H
#define PROBE_OWNERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/own.h"

/* Begin with OWNERS_NONE; the child is made when the first one is asked. */
struct owners {
	pid_t pid; /* 0: not made yet */
	int fd;
	uint64_t until_ns; /* all that is asked has its time */
	bool is_over;      /* it hung, its time is over, or it could not be made */
};

#define OWNERS_NONE ((struct owners){ .fd = -1 })

struct futex_wait {
	uint64_t address;
	uint32_t owner;        /* tid; 0: not known */
	uint32_t is_condition; /* it waits for something to happen, not for a mutex */
};

/* The thread sleeps. False: not in a futex call, or that is not to be had. */
bool owners_ask(struct owners *owners, uint32_t tid, struct futex_wait *ret);

void owners_end(struct owners *owners);

/* What /proc/TID/syscall says of a thread in a futex call; *ret_is_pi: the lock's word holds its
 * owner. False: it is in another call, or in none. */
bool futex_call_read(const char *text, struct futex_wait *ret, bool *ret_is_pi);

/* The owner by the words at a lock's address: one that is held and waited for. 0: they tell of
 * none. */
uint32_t futex_owner_read(const uint32_t words[3], bool is_pi);

#endif
