/* By which calls did a thread come there? Stacks as rows of names, kept for those who show them. */
#ifndef ANALYSE_LOCK_PATHS_H
#define ANALYSE_LOCK_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/classify.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

/* The innermost frames, and in whose code they are. */
struct call_path {
	uint32_t first; /* in lock_paths.names */
	uint32_t count;
	uint32_t code; /* name of the innermost function that is no C library's; 0: not known */
};

/* Zero is a valid empty set. */
struct lock_paths {
	ARRAY(uint32_t) names; /* 0: a frame without a name */
	ARRAY(struct call_path) paths;
	struct hash_map by_stack; /* stack id → place in paths */
	struct hash_map by_names; /* hash of the names → place in paths + 1 */
	uint64_t refused;
};

/* The frames of the watching itself are left out. Stacks that show the same names share a path. */
must_check int lock_paths_take(struct lock_paths *paths, const struct classes *classes,
			       const struct names *names, const struct event_stack *event);
/* NULL: it was not told. */
const struct call_path *lock_paths_find(const struct lock_paths *paths, uint64_t stack);

void lock_paths_free(struct lock_paths *paths);

#endif
