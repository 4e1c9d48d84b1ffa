/*
 * Who called the functions that the time is in? From the outermost frame inwards, the stacks that
 * begin alike are parted by their next frame; parts that are too small to show are not descended
 * into. A tree of which nothing is left out can be larger than what it is made of: it is told node
 * by node instead. Where stacks were forgotten, what is kept of them is a branch beside those of
 * the others.
 */
#include <errno.h>
#include <string.h>

#include "analyse/profile_parts.h"

#define NODES_MAX (1u << 22)

struct tree {
	struct making *making;
	struct parts parts;
	double least;
	profile_taker take; /* NULL: nodes are kept; else those that wait for what is their own */
	void *self;
};

static const struct twig *twig_at(const struct tree *tree, uint32_t twig)
{
	return &tree->making->folded->twigs.items[twig];
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

static void add_self(struct tree *tree, uint32_t node, const struct amount *amount)
{
	struct profile_node *place = &tree->making->profile->nodes.items[node];

	place->self += amount->weight;
	place->self_samples += amount->samples;
}

/* Nothing is added any more to what the nodes have of their own: whoever takes them may have them.
 */
static int hand_on(struct tree *tree)
{
	struct profile *profile = tree->making->profile;
	int r = 0;

	if (!tree->take)
		return 0;
	for (size_t i = 0; i < profile->nodes.count && r == 0; i++)
		r = tree->take(tree->self, profile, &profile->nodes.items[i]);
	profile->nodes.count = 0;
	return r;
}

/* The node after `last` that has the same caller; 0: there is none before. */
static void set_next(struct tree *tree, uint32_t last, uint32_t next)
{
	if (last && !tree->take)
		tree->making->profile->nodes.items[last].next = next;
}

/* The branches of stacks that were forgotten; what none of them has ended here. */
static int find_twigs(struct tree *tree, const struct part *part, struct amount *ended)
{
	const struct twig *caller = twig_at(tree, part->twig);

	ended->weight += caller->total;
	ended->samples += caller->samples;
	if (caller->is_cut)
		tree->making->profiler->is_cut = true;
	for (uint32_t next = caller->first; next; next = twig_at(tree, next)->next) {
		const struct twig *twig = twig_at(tree, next);
		struct branch *branch = parts_branch(&tree->parts, twig->function);

		if (!branch)
			return -ENOMEM;
		branch->twig = next;
		branch->total += twig->total;
		branch->samples += twig->samples;
		ended->weight -= twig->total;
		ended->samples -= twig->samples;
	}
	return 0;
}

static int find_branches(struct tree *tree, const struct part *part)
{
	struct amount ended = {};
	int r = 0;

	parts_next(&tree->parts);
	if (part->twig)
		r = find_twigs(tree, part, &ended);
	if (r == 0)
		r = parts_find(&tree->parts, part, &ended);
	add_self(tree, part->node, &ended);
	return r;
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
	struct parts *parts = &tree->parts;

	while (parts->branches.count > first) {
		const struct branch *last = &parts->branches.items[parts->branches.count - 1];
		const struct amount amount = { last->total, last->samples };

		if ((double)last->total >= tree->least && profile->nodes.count < NODES_MAX)
			break;
		add_self(tree, node, &amount);
		profile->hidden_rows++;
		parts_leave_out(parts, parts->branches.count - 1);
	}
}

/* One node below another for each frame that all paths of the part go on with. */
static int grow_trunk(struct tree *tree, struct part *part)
{
	struct profile *profile = tree->making->profile;
	const uint32_t *frames;
	uint32_t common = parts_common(&tree->parts, part, &frames);
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
	int r = hand_on(tree);

	for (size_t i = first; i < tree->parts.branches.count && r == 0; i++) {
		const struct branch branch = tree->parts.branches.items[i];
		struct profile_node node = { .depth = depth + 1,
					     .total = branch.total,
					     .samples = branch.samples };
		struct part inner = parts_inner(part, &branch);

		r = making_frame(tree->making, branch.function, &node.frame);
		if (r == 0)
			r = add_node(tree, &node, &inner.node);
		if (r == 0)
			set_next(tree, last, inner.node);
		last = inner.node;
		if (r == 0)
			r = descend(tree, &inner);
	}
	return r;
}

/* What a caller's node calls; as deep as the deepest stack, which is bounded. */
static int descend(struct tree *tree, struct part *part)
{
	struct parts *parts = &tree->parts;
	size_t first = parts->branches.count;
	int r = part->twig ? 0 : grow_trunk(tree, part);

	if (r == 0)
		r = find_branches(tree, part);
	if (r < 0)
		return r;
	if (parts->branches.count > first + 1)
		qsort_r(parts->branches.items + first, parts->branches.count - first,
			sizeof(*parts->branches.items), compare_branches, tree->making);
	hide_small(tree, first, part->node);
	parts_gather(parts, part, first);
	r = grow_branches(tree, part, first);
	parts->branches.count = first;
	return r;
}

/* --- the root's children --- */

struct group {
	uint32_t name;
	uint32_t begin;
	uint32_t end;
	uint32_t twig;
	uint64_t total;
	uint64_t samples;
};

struct groups {
	ARRAY(struct group) items;
	struct hash_map by_name; /* place + 1 */
};

static void groups_free(struct groups *groups)
{
	array_free(&groups->items);
	hash_free(&groups->by_name);
}

static int get_group(struct groups *groups, uint32_t name, struct group **ret)
{
	uint64_t *place = hash_put(&groups->by_name, name);
	struct group *group;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		group = array_push(&groups->items);
		if (!group)
			return -ENOMEM;
		group->name = name;
		*place = groups->items.count;
	}
	*ret = &groups->items.items[*place - 1];
	return 0;
}

static int find_groups(const struct tree *tree, struct groups *groups)
{
	const struct making *making = tree->making;
	struct group *group = NULL;

	for (uint32_t i = 0; i < making->count; i++) {
		const struct aggregate *path = &tree->parts.aggregates[tree->parts.paths[i]];
		uint32_t name = making_group(making, path->comm);

		if (!group || group->name != name) {
			if (get_group(groups, name, &group) < 0)
				return -ENOMEM;
			group->begin = i;
		}
		group->end = i + 1;
		group->total += path->weight;
		group->samples += path->samples;
	}
	return 0;
}

static int find_forgotten_groups(const struct tree *tree, struct groups *groups)
{
	const struct folded *folded = tree->making->folded;
	struct group *group;

	if (!folded || !folded->twigs.count)
		return 0;
	for (uint32_t next = twig_at(tree, 0)->first; next; next = twig_at(tree, next)->next) {
		const struct twig *twig = twig_at(tree, next);

		if (get_group(groups, twig->function, &group) < 0)
			return -ENOMEM;
		group->twig = next;
		group->total += twig->total;
		group->samples += twig->samples;
	}
	/* Not all groups found room. */
	if (twig_at(tree, 0)->is_cut)
		tree->making->profiler->is_cut = true;
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
	const struct amount amount = { group->total, group->samples };
	struct profile_node node = { .depth = 1, .total = group->total, .samples = group->samples };
	struct part part = { .begin = group->begin, .end = group->end, .twig = group->twig };
	int r;

	if ((double)group->total < tree->least) {
		add_self(tree, 0, &amount);
		profile->hidden_rows++;
		return 0;
	}
	r = making_threads(tree->making, group->name, &node.frame);
	if (r == 0)
		r = add_node(tree, &node, &part.node);
	if (r < 0)
		return r;
	set_next(tree, *last, part.node);
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
	if (r == 0)
		r = find_forgotten_groups(tree, &groups);
	if (r == 0 && groups.items.count)
		qsort_r(groups.items.items, groups.items.count, sizeof(*groups.items.items),
			compare_groups, tree->making);
	if (r == 0)
		r = hand_on(tree);
	for (size_t i = 0; i < groups.items.count && r == 0; i++)
		r = grow_group(tree, &groups.items.items[i], &last);
	return r;
}

static int make(struct tree *tree)
{
	int r = parts_new(tree->making, &tree->parts);

	if (r == 0)
		r = grow(tree);
	parts_free(&tree->parts);
	return r;
}

int tree_make(struct making *making)
{
	struct tree tree = {
		.making = making,
		.least = making->profile->min_share * (double)making->profile->amount,
	};

	return make(&tree);
}

int tree_tell(struct making *making, profile_taker take, void *self)
{
	struct tree tree = { .making = making, .take = take, .self = self };

	return make(&tree);
}
