/* What has changed between two profiles? The paths of the former are laid over those of the latter.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/profile.h"
#include "base/array.h"

/* The two trees become one: nodes of both, of the latter only, or of the former only. */
struct merge {
	const struct profile *before;
	struct profile *after;
	double scale;
	ARRAY(struct profile_node) nodes;
};

/* Children of one call path, in the former profile or in the latter. */
struct child {
	uint32_t before; /* node; UINT32_MAX: none */
	uint32_t after;
};

struct children {
	ARRAY(struct child) items;
};

#define NONE UINT32_MAX

static uint32_t first_child(const struct profile *profile, uint32_t node)
{
	const struct profile_node *nodes = profile->nodes.items;

	if (node == NONE || node + 1 >= profile->nodes.count ||
	    nodes[node + 1].depth != nodes[node].depth + 1)
		return NONE;
	return node + 1;
}

static uint32_t next_child(const struct profile *profile, uint32_t node)
{
	uint32_t next = profile->nodes.items[node].next;

	return next && next < profile->nodes.count ? next : NONE;
}

static const struct profile_frame *frame_of(const struct profile *profile, uint32_t node)
{
	return &profile->frames.items[profile->nodes.items[node].frame];
}

static int compare_frames(const struct profile_frame *a, const struct profile_frame *b)
{
	int order = strcmp(a->name, b->name);

	if (!order)
		order = strcmp(a->module, b->module);
	return order ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

static int64_t scaled(const struct merge *merge, uint32_t before)
{
	double total = before == NONE
			       ? 0
			       : (double)merge->before->nodes.items[before].total * merge->scale;

	return total < (double)INT64_MAX / 2 ? (int64_t)(total + 0.5) : INT64_MAX;
}

static const struct profile_frame *child_frame(const struct merge *merge, const struct child *child)
{
	return child->after != NONE ? frame_of(merge->after, child->after)
				    : frame_of(merge->before, child->before);
}

/* By falling total; those that are no more, by what they had. */
static int compare_children(const void *left, const void *right, void *context)
{
	const struct child *a = left, *b = right;
	const struct merge *merge = context;
	uint64_t total[2] = {};
	int64_t former[2] = { scaled(merge, a->before), scaled(merge, b->before) };

	if (a->after != NONE)
		total[0] = merge->after->nodes.items[a->after].total;
	if (b->after != NONE)
		total[1] = merge->after->nodes.items[b->after].total;
	if (total[0] != total[1])
		return total[0] > total[1] ? -1 : 1;
	if (a->after == NONE && b->after == NONE && former[0] != former[1])
		return former[0] > former[1] ? -1 : 1;
	return compare_frames(child_frame(merge, a), child_frame(merge, b));
}

static struct child *find_child(const struct merge *merge, struct children *children,
				const struct profile_frame *frame)
{
	for (size_t i = 0; i < children->items.count; i++) {
		struct child *child = &children->items.items[i];

		if (compare_frames(child_frame(merge, child), frame) == 0)
			return child;
	}
	return NULL;
}

static int find_children(const struct merge *merge, const struct child *parent,
			 struct children *children)
{
	struct child *child;

	for (uint32_t node = first_child(merge->after, parent->after); node != NONE;
	     node = next_child(merge->after, node)) {
		child = array_push(&children->items);
		if (!child)
			return -ENOMEM;
		*child = (struct child){ .before = NONE, .after = node };
	}
	for (uint32_t node = first_child(merge->before, parent->before); node != NONE;
	     node = next_child(merge->before, node)) {
		child = find_child(merge, children, frame_of(merge->before, node));
		if (!child) {
			child = array_push(&children->items);
			if (!child)
				return -ENOMEM;
			child->after = NONE;
		}
		child->before = node;
	}
	if (children->items.count)
		qsort_r(children->items.items, children->items.count,
			sizeof(*children->items.items), compare_children, (void *)merge);
	return 0;
}

/* The frame of a node that only the former profile has. */
static uint32_t lend_frame(struct merge *merge, uint32_t before)
{
	const struct profile_frame *frame = frame_of(merge->before, before);

	for (size_t i = 0; i < merge->after->frames.count; i++) {
		if (compare_frames(&merge->after->frames.items[i], frame) == 0)
			return (uint32_t)i;
	}
	return profile_add_frame(merge->after, frame->kind, frame->name, frame->module);
}

static int add_node(struct merge *merge, const struct child *child, uint32_t depth)
{
	struct profile_node node = { .depth = depth };
	struct profile_node *place;

	if (child->after != NONE)
		node = merge->after->nodes.items[child->after];
	else
		node.frame = lend_frame(merge, child->before);
	node.next = 0;
	node.before_total = scaled(merge, child->before);
	place = node.frame == UINT32_MAX ? NULL : array_push(&merge->nodes);
	if (!place)
		return -ENOMEM;
	*place = node;
	return 0;
}

static void children_free(struct children *children)
{
	array_free(&children->items);
}

static int merge_node(struct merge *merge, const struct child *path, uint32_t depth)
{
	owns(children_free) struct children children = {};
	size_t last = 0;
	int r = add_node(merge, path, depth);

	if (r == 0)
		r = find_children(merge, path, &children);
	for (size_t i = 0; i < children.items.count && r == 0; i++) {
		if (last)
			merge->nodes.items[last].next = (uint32_t)merge->nodes.count;
		last = merge->nodes.count;
		r = merge_node(merge, &children.items.items[i], depth + 1);
	}
	return r;
}

int profile_compare(const struct profile *before, struct profile *after, struct diag *why)
{
	struct merge merge = { .before = before, .after = after, .scale = 1 };
	const struct child root = {};
	int r = 0;

	if (before->amount && after->amount)
		merge.scale = (double)after->amount / (double)before->amount;
	if (before->nodes.count && after->nodes.count)
		r = merge_node(&merge, &root, 0);
	if (r < 0) {
		array_free(&merge.nodes);
		return diag_set(why, r, "no memory left to compare two profiles");
	}
	if (merge.nodes.count) {
		array_free(&after->nodes);
		after->nodes.items = merge.nodes.items;
		after->nodes.count = merge.nodes.count;
		after->nodes.capacity = merge.nodes.capacity;
	}
	after->is_compared = true;
	after->before_scale = merge.scale;
	return 0;
}
