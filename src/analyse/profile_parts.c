/* Which stacks go on alike? Paths are moved, and not their stacks. */
#include "analyse/profile_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int parts_new(const struct making *making, struct parts *ret)
{
	struct parts parts = { .stacks = &making->profiler->stacks,
			       .aggregates = making->aggregates->items.items,
			       .paths = making->order };

	parts.spare = calloc(making->count ?: 1, sizeof(*parts.spare));
	parts.slots = calloc(parts.stacks->functions.count ?: 1, sizeof(*parts.slots));
	if (!parts.spare || !parts.slots) {
		parts_free(&parts);
		return -ENOMEM;
	}
	*ret = parts;
	return 0;
}

void parts_free(struct parts *parts)
{
	free(parts->spare);
	free(parts->slots);
	array_free(&parts->branches);
	*parts = (struct parts){};
}

/*
 * The frames that a path has from this level on, of the user stack or, behind that, of the
 * kernel's. In which of the two they are is the same for all paths of a part: a function of the one
 * is never one of the other.
 */
static const uint32_t *rest_of(const struct parts *parts, uint32_t path, uint32_t level,
			       uint32_t *ret_count)
{
	const struct aggregate *aggregate = &parts->aggregates[path];
	uint32_t count;
	const uint32_t *frames = stacks_frames(parts->stacks, aggregate->user, &count);

	if (level >= count) {
		level -= count;
		frames = stacks_frames(parts->stacks, aggregate->kernel, &count);
	}
	if (level >= count) {
		*ret_count = 0;
		return NULL;
	}
	*ret_count = count - level;
	return frames + level;
}

/* Paths lie side by side, but not their stacks: each piece is asked for when the one that leads to
 * it has come, while others are looked at. */
prefetcher look_ahead(const struct parts *parts, const struct part *part, uint32_t next)
{
	const struct aggregate *aggregates = parts->aggregates;
	uint32_t count;

	if (next + 3 * STACK_AHEAD < part->end)
		__builtin_prefetch(&aggregates[parts->paths[next + 3 * STACK_AHEAD]]);
	if (next + 2 * STACK_AHEAD < part->end) {
		const struct aggregate *ahead = &aggregates[parts->paths[next + 2 * STACK_AHEAD]];

		stacks_prefetch_content(parts->stacks, ahead->user);
		stacks_prefetch_content(parts->stacks, ahead->kernel);
	}
	if (next + STACK_AHEAD < part->end)
		__builtin_prefetch(
			rest_of(parts, parts->paths[next + STACK_AHEAD], part->level, &count));
}

uint32_t parts_common(const struct parts *parts, const struct part *part, const uint32_t **ret)
{
	uint32_t common, count;
	const uint32_t *first = rest_of(parts, parts->paths[part->begin], part->level, &common);

	for (uint32_t i = part->begin + 1; i < part->end && common; i++) {
		const uint32_t *frames = rest_of(parts, parts->paths[i], part->level, &count);
		uint32_t same = 0;

		look_ahead(parts, part, i);
		while (same < common && same < count && frames[same] == first[same])
			same++;
		common = same;
	}
	*ret = first;
	return common;
}

struct branch *parts_branch(struct parts *parts, uint32_t function)
{
	struct branch_slot *slot = &parts->slots[function];
	struct branch *branch;

	if (slot->part == parts->number)
		return &parts->branches.items[slot->branch];
	branch = array_push(&parts->branches);
	if (!branch)
		return NULL;
	branch->function = function;
	*slot = (struct branch_slot){ parts->number, (uint32_t)parts->branches.count - 1 };
	return branch;
}

/* Behind the last frame of a user stack come those of the kernel's. */
static bool calls_kernel(const struct parts *parts, const struct aggregate *path, uint32_t last)
{
	return path->kernel && parts->stacks->functions.items[last].kind == FRAME_USER;
}

int parts_find(struct parts *parts, const struct part *part, struct amount *ended)
{
	for (uint32_t i = part->begin; i < part->end; i++) {
		const struct aggregate *path = &parts->aggregates[parts->paths[i]];
		uint32_t count;
		const uint32_t *frames = rest_of(parts, parts->paths[i], part->level, &count);
		struct branch *branch;

		look_ahead(parts, part, i);
		if (!count) {
			ended->weight += path->weight;
			ended->samples += path->samples;
			continue;
		}
		branch = parts_branch(parts, frames[0]);
		if (!branch)
			return -ENOMEM;
		branch->count++;
		branch->total += path->weight;
		branch->samples += path->samples;
		branch->goes_on |= count > 1 || calls_kernel(parts, path, frames[0]);
	}
	return 0;
}

void parts_leave_out(struct parts *parts, size_t branch)
{
	struct branch *items = parts->branches.items;

	parts->slots[items[branch].function].branch = ENDED;
	items[branch] = items[--parts->branches.count];
}

void parts_gather(struct parts *parts, const struct part *part, size_t first)
{
	uint32_t next = part->begin;

	if (parts->branches.count == first)
		return;
	for (size_t i = first; i < parts->branches.count; i++) {
		struct branch *branch = &parts->branches.items[i];

		parts->slots[branch->function].branch = (uint32_t)i;
		branch->begin = next;
		next += branch->count;
		branch->count = 0;
	}
	for (uint32_t i = part->begin; i < part->end; i++) {
		uint32_t count;
		const uint32_t *frames = rest_of(parts, parts->paths[i], part->level, &count);
		struct branch *branch;

		if (!count || parts->slots[frames[0]].branch == ENDED)
			continue;
		branch = &parts->branches.items[parts->slots[frames[0]].branch];
		parts->spare[branch->begin + branch->count++] = parts->paths[i];
	}
	memcpy(parts->paths + part->begin, parts->spare + part->begin,
	       (next - part->begin) * sizeof(*parts->paths));
}
