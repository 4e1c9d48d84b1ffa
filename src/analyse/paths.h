/* By which way did a wait come to its cause? Chains of waiting threads, each kept once. */
#ifndef ANALYSE_PATHS_H
#define ANALYSE_PATHS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

/* One who waited (or, last, who ran), as in struct link but in numbers. */
struct step {
	uint32_t who;      /* name */
	uint32_t who_kind; /* name with digits as '#': steps of one kind are the same step */
	uint32_t tid;      /* of the first one seen; 0: a device */
	uint32_t detail;   /* name */
	uint8_t state;     /* enum cause, or STEP_RUNNING, STEP_RUNNABLE */
	uint8_t spare[3];
};

enum step_state {
	STEP_RUNNING = 250,
	STEP_RUNNABLE = 251,
};

#define PATH_STEPS_MAX 24

struct path {
	uint32_t first; /* place in steps */
	uint32_t count;
};

/* Zero is a valid empty set. */
struct paths {
	ARRAY(struct step) steps;
	ARRAY(struct path) paths;
	struct hash_map ids; /* signature → id */
};

/*
 * The number of a path, counted from 1; 0 is the empty path, and any path when there is no room for
 * more kinds. 0 or -ENOMEM.
 */
must_check int paths_put(struct paths *paths, const struct step *steps, size_t count,
			 uint32_t *ret);
/* Its steps; *ret_count is 0 for path 0. Valid until the next paths_put(). */
const struct step *paths_get(const struct paths *paths, uint32_t id, size_t *ret_count);

void paths_free(struct paths *paths);

#endif
