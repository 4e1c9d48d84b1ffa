/* What do the hot functions of a profile mean? Each path of its call tree is a stack. */
#include "analyse/profile_hints.h"

#include <errno.h>
#include <stdlib.h>

#include "finding/format.h"

/* Threads with less of the profile, and what is less of it, get no note. */
#define SHARE_NOTED  0.05
#define GROUPS_NOTED 5
#define HITS_NOTED   2

/* The call tree of some threads: the nodes from begin to end. */
struct group {
	size_t begin; /* the node that stands for the threads */
	size_t end;
	uint64_t cpu; /* of its total what ran */
};

/* The stacks of a group; the frames of all of them, one after the other. */
struct stacks {
	ARRAY(struct hot_frame) frames;
	ARRAY(struct hot_stack) items;
};

static void free_stacks(struct stacks *stacks)
{
	array_free(&stacks->frames);
	array_free(&stacks->items);
}

static bool is_function(const struct profile *profile, const struct profile_node *node)
{
	const struct profile_frame *frame;

	if (node->frame >= profile->frames.count)
		return false;
	frame = &profile->frames.items[node->frame];
	return frame->kind == FRAME_USER || frame->kind == FRAME_KERNEL;
}

static struct hot_frame hot_frame(const struct profile *profile, uint32_t place)
{
	const struct profile_frame *frame = &profile->frames.items[place];

	return (struct hot_frame){
		.kind = frame->kind == FRAME_KERNEL ? HOT_KERNEL : HOT_USER,
		.name = frame->name,
		.module = frame->module,
	};
}

/* Which frames can matter? The caller's to free. */
static bool *find_known(const struct profile *profile)
{
	bool *known = calloc(profile->frames.count + 1, sizeof(*known));
	struct hot_index *index = calloc(1, sizeof(*index));

	if (known && index) {
		hotspots_index(index);
		for (size_t i = 0; i < profile->frames.count; i++) {
			struct hot_frame frame = hot_frame(profile, (uint32_t)i);

			known[i] = hotspots_know(index, &frame);
		}
	} else {
		own_free(&known);
	}
	free(index);
	return known;
}

/* A call tree on the way down: the frames above a node, by depth below the threads. */
struct descent {
	const struct profile *profile;
	const bool *known;
	ARRAY(uint32_t) path;
};

static void free_descent(struct descent *descent)
{
	array_free(&descent->path);
}

/* The path's known frames, innermost first. */
static int add_stack(const struct descent *descent, const struct profile_node *node, uint64_t whole,
		     struct stacks *stacks)
{
	size_t count = descent->path.count, before = stacks->frames.count;
	struct hot_stack *stack = array_push(&stacks->items);

	if (!stack)
		return -ENOMEM;
	for (size_t i = count; i-- > 0;) {
		uint32_t place = descent->path.items[i];
		struct hot_frame *frame;

		if (!descent->known[place])
			continue;
		frame = array_push(&stacks->frames);
		if (!frame)
			return -ENOMEM;
		*frame = hot_frame(descent->profile, place);
		frame->is_leaf = i + 1 == count;
	}
	stack->count = stacks->frames.count - before;
	stack->share = (double)node->self / (double)whole;
	return 0;
}

/* Where the frames are is known once all are there. */
static void place_stacks(struct stacks *stacks)
{
	const struct hot_frame *next = stacks->frames.items;

	for (size_t i = 0; i < stacks->items.count; i++) {
		stacks->items.items[i].frames = next;
		next += stacks->items.items[i].count;
	}
}

static int read_group(struct descent *descent, const struct group *group, struct stacks *ret)
{
	const struct profile *profile = descent->profile;
	uint32_t top = profile->nodes.items[group->begin].depth + 1;
	uint32_t *place;
	int r = 0;

	for (size_t i = group->begin + 1; i < group->end && r == 0; i++) {
		const struct profile_node *node = &profile->nodes.items[i];

		if (!is_function(profile, node))
			continue;
		if (node->depth - top < descent->path.count)
			descent->path.count = node->depth - top;
		place = array_push(&descent->path);
		if (!place)
			return -ENOMEM;
		*place = node->frame;
		if (node->self)
			r = add_stack(descent, node, group->cpu, ret);
	}
	if (r == 0)
		place_stacks(ret);
	return r;
}

static int note_group(struct profile *profile, const bool *known, const struct group *group,
		      const struct hotspot_facts *machine)
{
	const struct profile_node *threads = &profile->nodes.items[group->begin];
	struct hotspot_facts facts = { .whose = "their samples",
				       .samples = threads->samples,
				       .clock = machine->clock,
				       .hypervisor = machine->hypervisor };
	owns(free_descent) struct descent descent = { .profile = profile, .known = known };
	owns(free_stacks) struct stacks stacks = {};
	struct hotspot_hit hits[HITS_NOTED];
	size_t count = 0;
	int r = read_group(&descent, group, &stacks);

	if (r == 0)
		r = hotspots_match(stacks.items.items, stacks.items.count, &facts, hits, HITS_NOTED,
				   &count);
	for (size_t i = 0; i < count && r == 0; i++) {
		double share = hits[i].share * (double)group->cpu / (double)profile->amount;

		if (share >= SHARE_NOTED)
			r = text_add(&profile->notes, "%s, %s in all: %s. %s",
				     profile->frames.items[threads->frame].name,
				     format_share(share).text, hits[i].evidence, hits[i].advice);
	}
	return r;
}

/* The threads whose node is at `begin`: up to the next node that is as high. */
static struct group find_group(const struct profile *profile, size_t begin)
{
	const struct profile_node *nodes = profile->nodes.items;
	struct group group = { .begin = begin, .end = begin + 1 };

	for (; group.end < profile->nodes.count; group.end++) {
		const struct profile_node *node = &nodes[group.end];

		if (node->depth <= nodes[begin].depth)
			break;
		if (is_function(profile, node))
			group.cpu += node->self;
	}
	return group;
}

int profile_hints(struct profile *profile, const struct hotspot_facts *machine)
{
	owns(own_free) bool *known = find_known(profile);
	size_t noted = 0;
	int r = 0;

	if (!known)
		return -ENOMEM;
	for (size_t i = 1; i < profile->nodes.count && noted < GROUPS_NOTED && r == 0;) {
		struct group group = find_group(profile, i);
		uint32_t frame = profile->nodes.items[i].frame;

		i = group.end;
		if (!profile->amount || frame >= profile->frames.count ||
		    (double)group.cpu / (double)profile->amount < SHARE_NOTED)
			continue;
		r = note_group(profile, known, &group, machine);
		noted++;
	}
	return r;
}
