/* Which frames of a flame graph are drawn? One walk over the tree; on each level a mark says how
 * far it is filled. */
#include "view/flame_layout.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* On each level: how far it is filled, and where the frame ends that was put there last. */
struct level {
	uint64_t filled;
	uint64_t end;
};

/* The deepest level's number; -EINVAL when a node hangs on none before it, or has no frame. */
static int64_t find_depth(const struct profile *profile)
{
	uint32_t deepest = 0;

	for (size_t i = 0; i < profile->nodes.count; i++) {
		uint32_t depth = profile->nodes.items[i].depth;

		if (i == 0 ? depth != 0
			   : depth == 0 || depth > profile->nodes.items[i - 1].depth + 1)
			return -EINVAL;
		if (i && profile->nodes.items[i].frame >= profile->frames.count)
			return -EINVAL;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

/* Rounding keeps the order: what lies within another still does. */
static uint32_t place_of(uint64_t amount, uint64_t all)
{
	return (uint32_t)((unsigned __int128)amount * FLAME_SPAN / all);
}

/* Count the node and all below it as not drawn; yields the next node after them. */
static size_t leave_out(const struct profile *profile, size_t first, struct flame_layout *layout)
{
	const struct profile_node *nodes = profile->nodes.items;
	bool is_below_gone = false;
	uint32_t gone_depth = 0;
	size_t i = first;

	do {
		if (nodes[i].depth <= gone_depth)
			is_below_gone = false;
		if (nodes[i].total) {
			layout->cut++;
		} else {
			layout->gone++;
			if (!is_below_gone && nodes[i].before_total > 0)
				layout->gone_amount += (uint64_t)nodes[i].before_total;
			if (!is_below_gone)
				gone_depth = nodes[i].depth;
			is_below_gone = true;
		}
		i++;
	} while (i < profile->nodes.count && nodes[i].depth > nodes[first].depth);
	layout->cut_amount += nodes[first].total;
	return i;
}

/* The amounts that the node spans, within those of the node it hangs on. */
static void take_room(const struct profile_node *node, struct level *levels)
{
	struct level *level = &levels[node->depth];
	uint64_t room = node->depth ? level[-1].end - level->filled : node->total;

	level->end = level->filled + (node->total < room ? node->total : room);
	level[1].filled = level->filled;
}

static int place_nodes(const struct profile *profile, uint32_t least, struct level *levels,
		       struct flame_layout *layout)
{
	uint64_t all = profile->nodes.items[0].total;
	size_t i = 0;

	while (i < profile->nodes.count) {
		const struct profile_node *node = &profile->nodes.items[i];
		struct level *level = &levels[node->depth];
		struct flame_box box = { .node = (uint32_t)i };
		struct flame_box *added;

		take_room(node, levels);
		box.from = place_of(level->filled, all);
		box.to = place_of(level->end, all);
		level->filled = level->end;
		if (box.to - box.from < least || box.to == box.from) {
			i = leave_out(profile, i, layout);
			continue;
		}

		added = array_push(&layout->boxes);
		if (!added)
			return -ENOMEM;
		*added = box;
		if (node->depth >= layout->levels)
			layout->levels = node->depth + 1;
		i++;
	}
	return 0;
}

int flame_layout_make(const struct profile *profile, uint32_t least, struct flame_layout *ret)
{
	owns(flame_layout_free) struct flame_layout layout = {};
	owns(own_free) struct level *levels = NULL;
	int64_t deepest = find_depth(profile);
	int r;

	if (deepest < 0 || profile->nodes.count > UINT32_MAX)
		return -EINVAL;
	if (profile->nodes.count && profile->nodes.items[0].total) {
		levels = calloc((size_t)deepest + 2, sizeof(*levels));
		if (!levels)
			return -ENOMEM;
		/* The root has all the room, whatever the least. */
		r = place_nodes(profile, least < FLAME_SPAN ? least : FLAME_SPAN, levels, &layout);
		if (r < 0)
			return r;
	}

	*ret = layout;
	layout = (struct flame_layout){};
	return 0;
}

void flame_layout_free(struct flame_layout *layout)
{
	array_free(&layout->boxes);
}
