/*
 * Who called the functions that the time is in? From the outermost frame inwards, the stacks that
 * begin alike are parted by their next frame; parts that are too small to show are not descended
 * into, so that the work is that of what is shown and not a node for each frame of each stack.
 */
#include <errno.h>
#include <string.h>

#include "analyse/profile_state.h"

#define NODES_MAX (1u << 22)
#define ENDED     UINT32_MAX

/* The stacks of a part that go on with the same function. */
struct branch {
	uint32_t function;
	uint32_t count; /* of aggregates */
	uint32_t begin; /* their place in order */
	uint32_t spare;
	uint64_t total;
	uint64_t samples;
};

/* Where the branch of a function is, within one part. */
struct slot {
	uint32_t part; /* its number; another: the function was not met in this one */
	uint32_t branch;
};

struct tree {
	struct making *making;
	uint32_t *spare;    /* as long as making->order */
	struct slot *slots; /* by function */
	uint32_t parts;
	ARRAY(struct branch) branches; /* of all parts that are being descended into */
	double least;
};

/* Some stacks that begin alike: where they stand in order, and how many of their frames are told.
 */
struct part {
	uint32_t begin;
	uint32_t end;
	uint32_t level;
	uint32_t node;
};

static const struct aggregate *aggregate_at(const struct tree *tree, size_t place)
{
	return &tree->making->aggregates->items.items[tree->making->order[place]];
}

static uint32_t frame_at(const struct tree *tree, const struct aggregate *aggregate, uint32_t level)
{
	const struct stacks *stacks = &tree->making->profiler->stacks;
	uint32_t count;
	const uint32_t *frames = stacks_frames(stacks, aggregate->user, &count);

	if (level < count)
		return frames[level];
	level -= count;
	frames = stacks_frames(stacks, aggregate->kernel, &count);
	return level < count ? frames[level] : ENDED;
}

/* *ret is the index of the new node; its place moves with the next one. */
static int add_node(struct tree *tree, const struct profile_node *node, uint32_t *ret)
{
	struct profile *profile = tree->making->profile;
	struct profile_node *place = array_push(&profile->nodes);

	if (!place)
		return -ENOMEM;
	*place = *node;
	place->share = profile->amount ? (double)node->total / (double)profile->amount : 0;
	*ret = (uint32_t)profile->nodes.count - 1;
	return 0;
}

static void add_self(struct tree *tree, uint32_t node, uint64_t weight, uint64_t samples)
{
	struct profile_node *place = &tree->making->profile->nodes.items[node];

	place->self += weight;
	place->self_samples += samples;
}

static int find_branches(struct tree *tree, const struct part *part)
{
	tree->parts++;
	for (uint32_t i = part->begin; i < part->end; i++) {
		const struct aggregate *aggregate = aggregate_at(tree, i);
		uint32_t function = frame_at(tree, aggregate, part->level);
		struct branch *branch;
		struct slot *slot;

		if (function == ENDED) {
			add_self(tree, part->node, aggregate->weight, aggregate->samples);
			continue;
		}
		slot = &tree->slots[function];
		if (slot->part != tree->parts) {
			branch = array_push(&tree->branches);
			if (!branch)
				return -ENOMEM;
			branch->function = function;
			*slot = (struct slot){ tree->parts, (uint32_t)tree->branches.count - 1 };
		}
		branch = &tree->branches.items[slot->branch];
		branch->count++;
		branch->total += aggregate->weight;
		branch->samples += aggregate->samples;
	}
	return 0;
}

static int compare_branches(const void *left, const void *right, void *context)
{
	const struct branch *a = left, *b = right;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return making_compare(context, a->function, b->function);
}

/* Those too small to show are the last: what they have is their caller's own. */
static void hide_small(struct tree *tree, size_t first, uint32_t node)
{
	struct profile *profile = tree->making->profile;

	while (tree->branches.count > first) {
		const struct branch *last = &tree->branches.items[tree->branches.count - 1];

		if ((double)last->total >= tree->least && profile->nodes.count < NODES_MAX)
			break;
		add_self(tree, node, last->total, last->samples);
		tree->slots[last->function].branch = ENDED;
		profile->hidden_rows++;
		tree->branches.count--;
	}
}

/* Put the stacks of each branch together, in the order in which they were. */
static void part_stacks(struct tree *tree, const struct part *part, size_t first)
{
	uint32_t *order = tree->making->order;
	uint32_t next = part->begin;

	for (size_t i = first; i < tree->branches.count; i++) {
		struct branch *branch = &tree->branches.items[i];

		tree->slots[branch->function].branch = (uint32_t)i;
		branch->begin = next;
		next += branch->count;
		branch->count = 0;
	}
	if (tree->branches.count == first + 1 && next == part->end) {
		tree->branches.items[first].count = part->end - part->begin;
		return; /* all go on with the same */
	}
	for (uint32_t i = part->begin; i < part->end; i++) {
		uint32_t function = frame_at(tree, aggregate_at(tree, i), part->level);
		struct branch *branch;

		if (function == ENDED || tree->slots[function].branch == ENDED)
			continue;
		branch = &tree->branches.items[tree->slots[function].branch];
		tree->spare[branch->begin + branch->count++] = order[i];
	}
	memcpy(order + part->begin, tree->spare + part->begin,
	       (next - part->begin) * sizeof(*order));
}

/* A caller's node, then those of what it called; as deep as the deepest stack, which is bounded. */
static int descend(struct tree *tree, const struct part *part)
{
	struct profile *profile = tree->making->profile;
	size_t first = tree->branches.count;
	uint32_t depth = profile->nodes.items[part->node].depth, last = 0;
	int r = find_branches(tree, part);

	if (r < 0)
		return r;
	if (tree->branches.count > first + 1)
		qsort_r(tree->branches.items + first, tree->branches.count - first,
			sizeof(*tree->branches.items), compare_branches, tree->making);
	hide_small(tree, first, part->node);
	if (tree->branches.count > first)
		part_stacks(tree, part, first);

	for (size_t i = first; i < tree->branches.count && r == 0; i++) {
		const struct branch branch = tree->branches.items[i];
		struct profile_node node = { .depth = depth + 1,
					     .total = branch.total,
					     .samples = branch.samples };
		struct part inner = { .begin = branch.begin,
				      .end = branch.begin + branch.count,
				      .level = part->level + 1 };

		r = making_frame(tree->making, branch.function, &node.frame);
		if (r == 0)
			r = add_node(tree, &node, &inner.node);
		if (r == 0 && last)
			profile->nodes.items[last].next = inner.node;
		last = inner.node;
		if (r == 0)
			r = descend(tree, &inner);
	}
	tree->branches.count = first;
	return r;
}

/* --- the root's children --- */

struct group {
	uint32_t name;
	uint32_t begin;
	uint32_t end;
	uint32_t spare;
	uint64_t total;
	uint64_t samples;
};

struct groups {
	ARRAY(struct group) items;
};

static void groups_free(struct groups *groups)
{
	array_free(&groups->items);
}

static int find_groups(const struct tree *tree, struct groups *groups)
{
	const struct making *making = tree->making;
	struct group *group = NULL;

	for (uint32_t i = 0; i < making->count; i++) {
		const struct aggregate *aggregate = aggregate_at(tree, i);
		uint32_t name = making_group(making, aggregate->comm);

		if (!group || group->name != name) {
			group = array_push(&groups->items);
			if (!group)
				return -ENOMEM;
			group->name = name;
			group->begin = i;
		}
		group->end = i + 1;
		group->total += aggregate->weight;
		group->samples += aggregate->samples;
	}
	return 0;
}

static int compare_groups(const void *left, const void *right, void *context)
{
	const struct group *a = left, *b = right;
	const struct making *making = context;
	const struct names *names = &making->profiler->names;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return strcmp(names_text(names, a->name), names_text(names, b->name));
}

static int grow_group(struct tree *tree, const struct group *group, uint32_t *last)
{
	struct profile *profile = tree->making->profile;
	struct profile_node node = { .depth = 1, .total = group->total, .samples = group->samples };
	struct part part = { .begin = group->begin, .end = group->end };
	int r;

	if ((double)group->total < tree->least) {
		add_self(tree, 0, group->total, group->samples);
		profile->hidden_rows++;
		return 0;
	}
	r = making_threads(tree->making, group->name, &node.frame);
	if (r == 0)
		r = add_node(tree, &node, &part.node);
	if (r < 0)
		return r;
	if (*last)
		profile->nodes.items[*last].next = part.node;
	*last = part.node;
	return descend(tree, &part);
}

static int grow(struct tree *tree)
{
	owns(groups_free) struct groups groups = {};
	struct profile *profile = tree->making->profile;
	const struct profile_node root = { .total = profile->amount, .samples = profile->samples };
	struct profile_node node = root;
	uint32_t index, last = 0;
	int r;

	r = making_threads(tree->making, 0, &node.frame);
	if (r == 0)
		r = add_node(tree, &node, &index);
	if (r == 0)
		r = find_groups(tree, &groups);
	if (r == 0 && groups.items.count)
		qsort_r(groups.items.items, groups.items.count, sizeof(*groups.items.items),
			compare_groups, tree->making);
	for (size_t i = 0; i < groups.items.count && r == 0; i++)
		r = grow_group(tree, &groups.items.items[i], &last);
	return r;
}

int tree_make(struct making *making)
{
	struct tree tree = {
		.making = making,
		.least = making->profile->min_share * (double)making->profile->amount,
	};
	int r = -ENOMEM;

	tree.spare = calloc(making->count ?: 1, sizeof(*tree.spare));
	tree.slots = calloc(making->profiler->stacks.functions.count ?: 1, sizeof(*tree.slots));
	if (tree.spare && tree.slots)
		r = grow(&tree);
	free(tree.spare);
	free(tree.slots);
	array_free(&tree.branches);
	return r;
}
