/* What are the frames of a stack called? A copy of it is written, frame by frame. */
#include "symbol/frames.h"

#include <stddef.h>

#define FRAMES_MAX 4096

/* The stack that is being written: so many frames of it are, and so many are still to come. */
struct writing {
	struct naming *naming;
	struct chains *chains;
	struct copied *room;
	struct event_stack *copy;
	uint32_t frames; /* to be named */
	uint32_t written;
	uint32_t to_come;
	uint64_t named_at; /* the address by which the last frame was named */
};

/*
 * A caller's frame holds the address after its call. When that call never returns it is the last of
 * its function, and the address is the next function's: the byte before is the one to name.
 */
static int name_frame(struct writing *writing, bool is_caller, const struct event_frame *frame,
		      struct event_frame *ret)
{
	uint64_t address = frame->address;
	uint64_t back = is_caller && address ? 1 : 0;
	struct named named;
	int r = naming_find(writing->naming, address - back, &named);

	/* Trampolines are returned to without having called: nothing need be before them. */
	if (r == 0 && back && named.symbol == 0) {
		back = 0;
		r = naming_find(writing->naming, address, &named);
	}
	if (r < 0)
		return r;
	writing->named_at = address - back;
	ret->address = address;
	ret->symbol = named.symbol;
	ret->offset = named.symbol ? named.offset + (uint32_t)back : 0;
	return 0;
}

/* Before the frame that was written last, those of the functions that were put into its own. */
static int write_inlined(struct writing *writing)
{
	const struct naming *naming = writing->naming;
	const uint32_t *chain = NULL;
	struct event_frame last;
	uint32_t count;
	int r = chains_find(writing->chains, naming, writing->named_at, &chain);

	if (r < 0)
		return r;
	count = chain[0];
	if (count == 0 || writing->written + writing->to_come + count > FRAMES_MAX)
		return 0;
	writing->copy = copied_make_room(
		writing->room,
		sizeof(*writing->copy) +
			((size_t)writing->written + writing->to_come + count) * sizeof(last));
	if (!writing->copy)
		return telling_no_memory(naming->why);
	last = writing->copy->frame[--writing->written];
	for (uint32_t i = 0; i < count; i++)
		writing->copy->frame[writing->written++] = (struct event_frame){
			.address = last.address,
			.symbol = chain[1 + i],
		};
	writing->copy->frame[writing->written++] = last;
	return 0;
}

/* The frames that are remembered, from this one on: most are. Returns the first that is not. */
static uint32_t write_remembered(const struct writing *writing, const struct event_stack *stack,
				 uint32_t from, struct event_frame *to)
{
	const struct naming *naming = writing->naming;
	uint32_t i;

	for (i = from; i < writing->frames; i++) {
		uint64_t address = stack->frame[i].address;
		uint64_t back = i > 0 && address;
		struct named named;

		if (!naming_remembers(naming, address - back, &named))
			break;
		to[i] = (struct event_frame){ .address = address,
					      .symbol = named.symbol,
					      .offset = named.offset + (uint32_t)back };
	}
	return i;
}

static int write_frames(struct writing *writing, const struct event_stack *stack)
{
	struct event_frame *to = writing->copy->frame;

	while (writing->written < writing->frames) {
		uint32_t next = write_remembered(writing, stack, writing->written, to);
		int r = 0;

		writing->written = next;
		if (next == writing->frames)
			break;
		r = name_frame(writing, next > 0, &stack->frame[next], &to[next]);
		if (r < 0)
			return r;
		writing->written++;
	}
	return 0;
}

static int write_with_inlined(struct writing *writing, const struct event_stack *stack)
{
	for (uint32_t i = 0; i < writing->frames; i++) {
		struct event_frame *frame = &writing->copy->frame[writing->written];
		int r = name_frame(writing, i > 0, &stack->frame[i], frame);

		if (r < 0)
			return r;
		writing->written++;
		writing->to_come = writing->frames - i - 1;
		if (frame->symbol)
			r = write_inlined(writing);
		if (r < 0)
			return r;
	}
	return 0;
}

int frames_name(struct naming *naming, struct chains *chains, const struct event_stack *stack,
		uint32_t frames, struct copied *room, const struct event_stack **ret)
{
	struct writing writing = {
		.naming = naming, .chains = chains, .room = room, .frames = frames
	};
	int r;

	writing.copy = copied_make_room(room, stack->head.bytes);
	if (!writing.copy)
		return telling_no_memory(naming->why);
	*writing.copy = *stack;
	r = chains ? write_with_inlined(&writing, stack) : write_frames(&writing, stack);
	if (r < 0)
		return r;
	writing.copy->frames = writing.written;
	writing.copy->head.bytes =
		(uint32_t)(sizeof(*stack) + writing.written * sizeof(stack->frame[0]));
	*ret = writing.copy;
	return 0;
}
