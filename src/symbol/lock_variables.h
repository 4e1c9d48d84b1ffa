/* Which locks are variables of the kernel? Inner to the namer. */
#ifndef SYMBOL_LOCK_VARIABLES_H
#define SYMBOL_LOCK_VARIABLES_H

#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"
#include "symbol/symbol.h"

/* Zero is a valid empty set. */
struct lock_variables {
	struct hash_map seen; /* addresses that were looked up */
};

/*
 * Tell next the LOCK_NAME of this lock, if it is a variable and was not looked up before. kernel is
 * NULL where its symbols were not needed so far: then it has told no stacks either, and nothing is
 * told.
 */
must_check int lock_variables_tell(struct lock_variables *locks, const struct kallsyms *kernel,
				   const struct event_sink *next, uint64_t time_ns, uint64_t lock,
				   struct diag *why);

void lock_variables_clear(struct lock_variables *locks);

#endif
