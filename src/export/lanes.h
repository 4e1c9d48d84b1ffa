/* Where is there room for what overlaps? Things of one group on lanes, so that no two on a lane
 * meet. */
#ifndef EXPORT_LANES_H
#define EXPORT_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

/* Zero is a valid empty set. */
struct lanes {
	ARRAY(struct lane_group) groups;
	struct hash_map by_group; /* → place in groups + 1 */
	uint64_t left_out;        /* things that found no room */
};

struct lane_group {
	uint64_t *ends_ns; /* of the last thing on each lane; owned */
	uint32_t count;
};

/*
 * A lane of the group for a thing: things come in the order of their ends. *ret_is_new: nothing was
 * on it before. -ENOMEM; -ENOSPC: so much overlaps that there is no room; it is counted.
 */
must_check int lanes_take(struct lanes *lanes, uint64_t group, uint64_t start_ns, uint64_t end_ns,
			  uint32_t *ret_lane, bool *ret_is_new);

void lanes_free(struct lanes *lanes);

#endif
