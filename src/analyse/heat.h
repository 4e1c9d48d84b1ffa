/* Which hot spots do stacks and threads show? Each is held against the table once, when it is told;
 * samples then only count. */
#ifndef ANALYSE_HEAT_H
#define ANALYSE_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/hotspots.h"
#include "analyse/names.h"
#include "base/array.h"
#include "base/hash.h"

/* A mark of hotspots.h with the name that made it; kept once. */
struct heat_mark {
	uint16_t row;
	bool is_companion;
	uint32_t name; /* of the function, or of its file where it has none */
};

/* The marks of one stack or thread: a piece of heat.list. */
struct heat_piece {
	uint32_t first;
	uint32_t count;
};

/* Zero is valid and empty. */
struct heat {
	struct hot_index index; /* made when it is first needed */
	ARRAY(struct heat_mark) marks;
	struct hash_map mark_ids; /* contents → place in marks + 1 */
	ARRAY(uint32_t) list;     /* places in marks */
	struct hash_map threads;  /* name → piece of list: first << 32 | count */
};

/* Can a frame matter? */
bool heat_knows(struct heat *heat, const struct hot_frame *frame);

/* The marks of a stack: its frames as hotspots_mark() takes them. 0 or -ENOMEM. */
must_check int heat_mark_stack(struct heat *heat, struct names *names,
			       const struct hot_frame *frames, size_t count,
			       struct heat_piece *ret);
/* The marks of a thread of this name. 0 or -ENOMEM. */
must_check int heat_mark_thread(struct heat *heat, struct names *names, uint32_t comm,
				struct heat_piece *ret);

void heat_free(struct heat *heat);

#endif
