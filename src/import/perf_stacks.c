/* Which call stacks were seen? A table of bounded size remembers what was told: the latest stack of
 * each slot. */
#include "import/perf_stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "import/perf_layout.h"

/* As many as one record can hold, and the sample's own. */
#define FRAMES_MAX (PERF_RECORD_BYTES_MAX / sizeof(uint64_t) + 1)

/* Slots of the table, as a power of two: at the begin and at most. */
#define TOLD_BITS_MIN 12u
#define TOLD_BITS_MAX 19u

struct perf_stacks {
	uint64_t frames[PERF_SIDES][FRAMES_MAX];
	uint64_t *told; /* ids; 0: a free slot */
	unsigned int told_bits;
	size_t told_count; /* slots taken */
	_Alignas(8) unsigned char event[sizeof(struct event_stack) +
					FRAMES_MAX * sizeof(struct event_frame)];
};

int perf_stacks_new(struct perf_stacks **ret)
{
	struct perf_stacks *stacks = calloc(1, sizeof(*stacks));

	if (!stacks)
		return -ENOMEM;
	stacks->told_bits = TOLD_BITS_MIN;
	stacks->told = calloc((size_t)1 << stacks->told_bits, sizeof(*stacks->told));
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

/* The next part of a chain: the addresses up to the next mark or the end. Returns where it ends. */
static uint64_t copy_part(const struct perf_sample *sample, uint64_t from, bool swap, uint64_t *to,
			  uint32_t *count)
{
	uint32_t n = *count;
	uint64_t i = from;

	for (; i < sample->frames; i++) {
		uint64_t address = perf_load_u64(sample->chain + i * sizeof(uint64_t), swap);

		if (address >= PERF_CONTEXT_FIRST)
			break;
		to[n++] = address;
	}
	*count = n;
	return i;
}

/* Where PERF_SIDES is, the part is written over by the next one. */
static void split_chain(struct perf_stacks *stacks, const struct perf_sample *sample,
			enum perf_side side, bool swap, uint32_t counts[PERF_SIDES])
{
	uint64_t i = 0;

	while (i < sample->frames) {
		uint64_t mark = perf_load_u64(sample->chain + i * sizeof(uint64_t), swap);

		if (mark >= PERF_CONTEXT_FIRST) {
			side = side_of_mark(mark);
			i++;
			continue;
		}
		if (side == PERF_SIDES)
			i++;
		else
			i = copy_part(sample, i, swap, stacks->frames[side], &counts[side]);
	}
}

void perf_stacks_split(struct perf_stacks *stacks, const struct perf_sample *sample, uint16_t misc,
		       bool swap, struct perf_chain *ret)
{
	enum perf_side side = side_of_mode(misc);
	uint32_t counts[PERF_SIDES] = {};

	split_chain(stacks, sample, side, swap, counts);
	if (side != PERF_SIDES && sample->ip) {
		stacks->frames[side][0] = sample->ip;
		if (!counts[side])
			counts[side] = 1;
	}
	for (size_t i = 0; i < PERF_SIDES; i++) {
		ret->frames[i] = stacks->frames[i];
		ret->counts[i] = counts[i];
	}
}

/* Without memory for a wider table the old one serves as well. */
static void widen(struct perf_stacks *stacks)
{
	size_t slots = (size_t)1 << stacks->told_bits;
	unsigned int bits = stacks->told_bits + 2;
	uint64_t *told;

	if (bits > TOLD_BITS_MAX)
		bits = TOLD_BITS_MAX;
	told = calloc((size_t)1 << bits, sizeof(*told));
	if (!told)
		return;
	stacks->told_count = 0;
	for (size_t i = 0; i < slots; i++) {
		uint64_t id = stacks->told[i];

		if (id)
			stacks->told_count += !told[id >> (64 - bits)];
		if (id)
			told[id >> (64 - bits)] = id;
	}
	free(stacks->told);
	stacks->told = told;
	stacks->told_bits = bits;
}

/* Was this stack told lately? Now it will be. */
static bool was_told(struct perf_stacks *stacks, uint64_t id)
{
	uint64_t *slot = &stacks->told[id >> (64 - stacks->told_bits)];

	if (*slot == id)
		return true;
	stacks->told_count += !*slot;
	*slot = id;
	if (stacks->told_bits < TOLD_BITS_MAX &&
	    stacks->told_count > (size_t)1 << (stacks->told_bits - 1))
		widen(stacks);
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
	return tell_stack(stacks, &head, frames, out, why);
}
