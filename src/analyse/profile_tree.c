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
	uint32_t count; /* of paths */
	uint32_t begin; /* their place */
	uint32_t spare;
	uint64_t total;
	uint64_t samples;
};

/* Where the branch of a function is, within one part. */
struct slot {
	uint32_t part; /* its number; another: the function was not met in this one */
	uint32_t branch;
};

/* What an aggregate has to do with the tree. Paths are moved, so that those of one part lie side by
 * side. */
struct path {
	uint32_t user; /* content */
	uint32_t kernel;
	uint32_t samples;
	uint32_t comm;
	uint64_t weight;
};

struct tree {
	struct making *making;
	struct path *paths;
	struct path *spare; /* as long */
	struct slot *slots; /* by function */
	uint32_t parts;
	ARRAY(struct branch) branches; /* of all parts that are being descended into */
	double least;
};

/* Some stacks that begin alike: where they stand in paths, and how many of their frames are told.
 */
struct part {
	uint32_t begin;
	uint32_t end;
	uint32_t level;
	uint32_t node;
};

/*
 * The frames that a path has from this level on, of the user stack or, behind that, of the
 * kernel's. In which of the two they are is the same for all paths of a part: a function of the one
 * is never one of the other.
 */
static const uint32_t *rest_of(const struct tree *tree, const struct path *path, uint32_t level,
			       uint32_t *ret_count)
{
	const struct stacks *stacks = &tree->making->profiler->stacks;
	uint32_t count;
	const uint32_t *frames = stacks_frames(stacks, path->user, &count);

	if (level >= count) {
		level -= count;
		frames = stacks_frames(stacks, path->kernel, &count);
	}
	if (level >= count) {
		*ret_count = 0;
		return NULL;
	}
	*ret_count = count - level;
	return frames + level;
}

static uint32_t frame_at(const struct tree *tree, const struct path *path, uint32_t level)
{
	uint32_t count;
	const uint32_t *frames = rest_of(tree, path, level, &count);

	return count ? frames[0] : ENDED;
}

/* Paths lie side by side, but not their stacks: see profile_table.c. */
prefetcher look_ahead(const struct tree *tree, const struct part *part, uint32_t next)
{
	const struct stacks *stacks = &tree->making->profiler->stacks;
	uint32_t count;

	if (next + 2 * STACK_AHEAD < part->end) {
		stacks_prefetch_content(stacks, tree->paths[next + 2 * STACK_AHEAD].user);
		stacks_prefetch_content(stacks, tree->paths[next + 2 * STACK_AHEAD].kernel);
	}
	if (next + STACK_AHEAD < part->end)
		__builtin_prefetch(
			rest_of(tree, &tree->paths[next + STACK_AHEAD], part->level, &count));
}

/* How many frames from here on all paths of the part have in common: most callers are callers of
 * all. */
static uint32_t find_common(const struct tree *tree, const struct part *part)
{
	uint32_t common, count;
	const uint32_t *first = rest_of(tree, &tree->paths[part->begin], part->level, &common);

	for (uint32_t i = part->begin + 1; i < part->end && common; i++) {
		const uint32_t *frames = rest_of(tree, &tree->paths[i], part->level, &count);
		uint32_t same = 0;

		look_ahead(tree, part, i);
		while (same < common && same < count && frames[same] == first[same])
			same++;
		common = same;
	}
	return common;
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

/* The branch of the part being looked at that goes on with the function; NULL when memory is out.
 */
static struct branch *get_branch(struct tree *tree, uint32_t function)
{
	struct slot *slot = &tree->slots[function];
	struct branch *branch;

	if (slot->part == tree->parts)
		return &tree->branches.items[slot->branch];
	branch = array_push(&tree->branches);
	if (!branch)
		return NULL;
	branch->function = function;
	*slot = (struct slot){ tree->parts, (uint32_t)tree->branches.count - 1 };
	return branch;
}

static int find_branches(struct tree *tree, const struct part *part)
{
	tree->parts++;
	for (uint32_t i = part->begin; i < part->end; i++) {
		const struct path *path = &tree->paths[i];
		uint32_t function = frame_at(tree, path, part->level);
		struct branch *branch;

		look_ahead(tree, part, i);
		if (function == ENDED) {
			add_self(tree, part->node, path->weight, path->samples);
			continue;
		}
		branch = get_branch(tree, function);
		if (!branch)
			return -ENOMEM;
		branch->count++;
		branch->total += path->weight;
		branch->samples += path->samples;
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

/* Put the paths of each branch together, in the order in which they were. */
static void part_paths(struct tree *tree, const struct part *part, size_t first)
{
	uint32_t next = part->begin;

	for (size_t i = first; i < tree->branches.count; i++) {
		struct branch *branch = &tree->branches.items[i];

		tree->slots[branch->function].branch = (uint32_t)i;
		branch->begin = next;
		next += branch->count;
		branch->count = 0;
	}
	for (uint32_t i = part->begin; i < part->end; i++) {
		uint32_t function = frame_at(tree, &tree->paths[i], part->level);
		struct branch *branch;

		if (function == ENDED || tree->slots[function].branch == ENDED)
			continue;
		branch = &tree->branches.items[tree->slots[function].branch];
		tree->spare[branch->begin + branch->count++] = tree->paths[i];
	}
	memcpy(tree->paths + part->begin, tree->spare + part->begin,
	       (next - part->begin) * sizeof(*tree->paths));
}

/* One node below another for each frame that all paths of the part go on with. */
static int grow_trunk(struct tree *tree, struct part *part)
{
	struct profile *profile = tree->making->profile;
	uint32_t common = find_common(tree, part), rest;
	const uint32_t *frames = rest_of(tree, &tree->paths[part->begin], part->level, &rest);
	int r = 0;

	for (uint32_t i = 0; i < common && r == 0 && profile->nodes.count < NODES_MAX; i++) {
		const struct profile_node *above = &profile->nodes.items[part->node];
		struct profile_node node = { .depth = above->depth + 1,
					     .total = above->total,
					     .samples = above->samples };

		r = making_frame(tree->making, frames[i], &node.frame);
		if (r == 0)
			r = add_node(tree, &node, &part->node);
		part->level++;
	}
	return r;
}

static int descend(struct tree *tree, struct part *part);

static int grow_branches(struct tree *tree, const struct part *part, size_t first)
{
	struct profile *profile = tree->making->profile;
	uint32_t depth = profile->nodes.items[part->node].depth, last = 0;
	int r = 0;

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
	return r;
}

/* What a caller's node calls; as deep as the deepest stack, which is bounded. */
static int descend(struct tree *tree, struct part *part)
{
	size_t first = tree->branches.count;
	int r = grow_trunk(tree, part);

	if (r == 0)
		r = find_branches(tree, part);
	if (r < 0)
		return r;
	if (tree->branches.count > first + 1)
		qsort_r(tree->branches.items + first, tree->branches.count - first,
			sizeof(*tree->branches.items), compare_branches, tree->making);
	hide_small(tree, first, part->node);
	if (tree->branches.count > first)
		part_paths(tree, part, first);
	r = grow_branches(tree, part, first);
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
		const struct path *path = &tree->paths[i];
		uint32_t name = making_group(making, path->comm);

		if (!group || group->name != name) {
			group = array_push(&groups->items);
			if (!group)
				return -ENOMEM;
			group->name = name;
			group->begin = i;
		}
		group->end = i + 1;
		group->total += path->weight;
		group->samples += path->samples;
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

/* Threads of one group side by side. */
static void lay_paths(struct tree *tree)
{
	const struct making *making = tree->making;

	for (size_t i = 0; i < making->count; i++) {
		const struct aggregate *aggregate =
			&making->aggregates->items.items[making->order[i]];

		tree->paths[i] = (struct path){
			.user = aggregate->user,
			.kernel = aggregate->kernel,
			.samples = aggregate->samples,
			.comm = aggregate->comm,
			.weight = aggregate->weight,
		};
	}
}

int tree_make(struct making *making)
{
	struct tree tree = {
		.making = making,
		.least = making->profile->min_share * (double)making->profile->amount,
	};
	int r = -ENOMEM;

	tree.paths = calloc(making->count ?: 1, sizeof(*tree.paths));
	tree.spare = calloc(making->count ?: 1, sizeof(*tree.spare));
	tree.slots = calloc(making->profiler->stacks.functions.count ?: 1, sizeof(*tree.slots));
	if (tree.paths && tree.spare && tree.slots) {
		lay_paths(&tree);
		r = grow(&tree);
	}
	free(tree.paths);
	free(tree.spare);
	free(tree.slots);
	array_free(&tree.branches);
	return r;
}
