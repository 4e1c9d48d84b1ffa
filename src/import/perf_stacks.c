/* Which call stacks were seen? A table remembers what was told, the latest stack of each slot, and
 * forgets all when it was much. */
#include "import/perf_stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "import/perf_layout.h"

/* As many as one record can hold, and the sample's own. */
#define FRAMES_MAX (PERF_RECORD_BYTES_MAX / sizeof(uint64_t) + 1)

/* Slots of the table, as a power of two, and how many stacks are told before all are forgotten:
 * where stacks hardly repeat, a larger table finds no more, and is slower to look into. */
#define TOLD_BITS 16u
#define TOLD_MAX  (1u << 15)

struct perf_stacks {
	uint64_t frames[PERF_SIDES][FRAMES_MAX];
	uint64_t *told; /* ids; 0: a free slot */
	uint32_t told_count;
	bool is_afresh; /* the next one is the first of those that are told anew */
	_Alignas(8) unsigned char event[sizeof(struct event_stack) +
					FRAMES_MAX * sizeof(struct event_frame)];
};

int perf_stacks_new(struct perf_stacks **ret)
{
	struct perf_stacks *stacks = calloc(1, sizeof(*stacks));

	if (!stacks)
		return -ENOMEM;
	stacks->told = calloc((size_t)1 << TOLD_BITS, sizeof(*stacks->told));
	if (!stacks->told) {
		free(stacks);
		return -ENOMEM;
	}
	*ret = stacks;
	return 0;
}

void perf_stacks_free(struct perf_stacks **stacks)
{
	struct perf_stacks *old = give(*stacks);

	if (!old)
		return;
	free(old->told);
	free(old);
}

/* Whose addresses follow a mark, or stand in a sample of this mode; PERF_SIDES: nobody's. */
static enum perf_side side_of_mark(uint64_t mark)
{
	if (mark == PERF_CONTEXT_KERNEL_MARK)
		return PERF_SIDE_KERNEL;
	return mark == PERF_CONTEXT_USER_MARK ? PERF_SIDE_USER : PERF_SIDES;
}

static enum perf_side side_of_mode(uint16_t misc)
{
	unsigned int mode = misc & PERF_MISC_MODE;

	if (mode == PERF_MODE_KERNEL)
		return PERF_SIDE_KERNEL;
	return mode == PERF_MODE_USER ? PERF_SIDE_USER : PERF_SIDES;
}

/* Where the part of a chain that begins here ends: at the next mark, or with the chain. */
static uint64_t part_end(const struct perf_sample *sample, uint64_t from, bool swap)
{
	while (from < sample->frames &&
	       perf_load_u64(sample->chain + from * sizeof(uint64_t), swap) < PERF_CONTEXT_FIRST)
		from++;
	return from;
}

/* From now on the side's frames stand in memory of ours. */
static uint64_t *own_frames(struct perf_stacks *stacks, struct perf_chain *chain,
			    enum perf_side side)
{
	uint64_t *frames = stacks->frames[side];

	if (chain->frames[side] != frames && chain->counts[side])
		memcpy(frames, chain->frames[side], chain->counts[side] * sizeof(*frames));
	chain->frames[side] = frames;
	return frames;
}

/* Most parts can be read where they stand: they are in our byte order, and the first of a side. */
static void take_part(struct perf_stacks *stacks, const unsigned char *part, uint64_t count,
		      bool swap, enum perf_side side, struct perf_chain *chain)
{
	uint64_t *frames;

	if (!swap && !chain->counts[side] && (uintptr_t)part % sizeof(*frames) == 0) {
		chain->frames[side] = (const uint64_t *)(const void *)part;
		chain->counts[side] = (uint32_t)count;
		return;
	}
	frames = own_frames(stacks, chain, side);
	for (uint64_t i = 0; i < count; i++)
		frames[chain->counts[side]++] = perf_load_u64(part + i * sizeof(*frames), swap);
}

static void split_chain(struct perf_stacks *stacks, const struct perf_sample *sample,
			enum perf_side side, bool swap, struct perf_chain *chain)
{
	uint64_t i = 0;

	while (i < sample->frames) {
		const unsigned char *at = sample->chain + i * sizeof(uint64_t);
		uint64_t mark = perf_load_u64(at, swap), end;

		if (mark >= PERF_CONTEXT_FIRST) {
			side = side_of_mark(mark);
			i++;
			continue;
		}
		end = part_end(sample, i, swap);
		if (side != PERF_SIDES)
			take_part(stacks, at, end - i, swap, side, chain);
		i = end;
	}
}

/* Between two samples, so that none is of both times. */
static void forget_if_much(struct perf_stacks *stacks)
{
	if (stacks->told_count < TOLD_MAX)
		return;
	memset(stacks->told, 0, sizeof(*stacks->told) << TOLD_BITS);
	stacks->told_count = 0;
	stacks->is_afresh = true;
}

void perf_stacks_split(struct perf_stacks *stacks, const struct perf_sample *sample, uint16_t misc,
		       bool swap, struct perf_chain *ret)
{
	enum perf_side side = side_of_mode(misc);
	struct perf_chain chain = { .frames = { stacks->frames[0], stacks->frames[1] } };

	forget_if_much(stacks);
	split_chain(stacks, sample, side, swap, &chain);
	if (side != PERF_SIDES && sample->ip &&
	    (!chain.counts[side] || chain.frames[side][0] != sample->ip)) {
		own_frames(stacks, &chain, side)[0] = sample->ip;
		if (!chain.counts[side])
			chain.counts[side] = 1;
	}
	*ret = chain;
}

/* Was this stack told lately? Now it will be. */
static bool was_told(struct perf_stacks *stacks, uint64_t id)
{
	uint64_t *slot = &stacks->told[id >> (64 - TOLD_BITS)];

	if (*slot == id)
		return true;
	*slot = id;
	stacks->told_count++;
	return false;
}

static int tell_stack(struct perf_stacks *stacks, const struct event_stack *head,
		      const uint64_t *frames, struct perf_out *out, struct diag *why)
{
	struct event_stack *event = (struct event_stack *)(void *)stacks->event;

	*event = *head;
	for (uint32_t i = 0; i < head->frames; i++)
		event->frame[i] = (struct event_frame){ .address = frames[i] };
	return perf_tell(out, event, why);
}

int perf_stacks_tell(struct perf_stacks *stacks, const struct perf_chain *chain,
		     const struct perf_owner *owner, struct perf_out *out, uint64_t *ret_id,
		     struct diag *why)
{
	const uint64_t *frames = chain->frames[owner->side];
	uint32_t count = chain->counts[owner->side];
	bool is_user = owner->side == PERF_SIDE_USER;
	uint64_t seed = (uint64_t)owner->generation << 33 | (uint64_t)owner->tgid << 1 | is_user;
	struct event_stack head = {
		.head = { .bytes = (uint32_t)(sizeof(head) + count * sizeof(struct event_frame)),
			  .kind = EVENT_STACK,
			  .time_ns = out->told_ns },
		.flags = is_user ? STACK_USER : 0,
		.tgid = owner->tgid,
		.frames = count,
	};

	*ret_id = 0;
	if (!count)
		return 0;
	head.id = XXH3_64bits_withSeed(frames, count * sizeof(*frames), seed);
	head.id += !head.id;
	*ret_id = head.id;
	if (was_told(stacks, head.id))
		return 0;
	if (stacks->is_afresh)
		head.flags |= STACK_AFRESH;
	stacks->is_afresh = false;
	return tell_stack(stacks, &head, frames, out, why);
}
