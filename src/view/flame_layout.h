/* Which frames of a flame graph are wide enough to be drawn, and where do they stand? */
#ifndef VIEW_FLAME_LAYOUT_H
#define VIEW_FLAME_LAYOUT_H

#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/profile.h"

enum {
	FLAME_SPAN_PX = 1200,
	FLAME_PX = 10000, /* places to a pixel: so fine because a narrow frame can be zoomed into */
	FLAME_SPAN = FLAME_SPAN_PX * FLAME_PX,
};

/* A frame that is drawn: of FLAME_SPAN places, those from `from` on up to `to`. */
struct flame_box {
	uint32_t node;
	uint32_t from;
	uint32_t to;
};

struct flame_layout {
	ARRAY(struct flame_box) boxes; /* depth first, as the nodes */
	uint32_t levels;
	uint64_t cut;        /* nodes that are too narrow */
	uint64_t cut_amount; /* what they stand for; with what they called, not twice */
	uint64_t gone;       /* nodes that only the profile before has */
	uint64_t gone_amount;
};

/*
 * Lay the profile's tree out, without what is narrower than so many places: no box is wider than
 * the one it stands on, or reaches beyond it. A profile without samples has no boxes. -ENOMEM;
 * -EINVAL: the nodes are no tree.
 */
must_check int flame_layout_make(const struct profile *profile, uint32_t least,
				 struct flame_layout *ret);

void flame_layout_free(struct flame_layout *layout);

#endif
