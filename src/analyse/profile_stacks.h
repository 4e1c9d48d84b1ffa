/*
 * Which functions were called from which? Functions and call stacks of a profile, each kept once.
 * A stack is a row of function numbers, outermost first, and is kept by what it contains: stacks
 * that differ only in where inside of their functions they were seen are one.
 */
#ifndef ANALYSE_PROFILE_STACKS_H
#define ANALYSE_PROFILE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/dense.h"
#include "analyse/names.h"
#include "base/array.h"
#include "event/event.h"
#include "finding/profile.h"

enum {
	STACK_CHUNK_BITS = 18, /* a chunk of frames is a MiB */
	STACK_CHUNK_FRAMES = 1 << STACK_CHUNK_BITS,
	STACK_LINE_FRAMES = 16, /* in a line of the cache */
	STACK_PREFETCHED = 4 * STACK_LINE_FRAMES,
	STACK_FRAMES_MAX = 1024, /* of one stack; the outermost are left out */
};

/* So many stacks are on their way while one is looked at. */
#define STACK_AHEAD ((size_t)4)

/* A function, or what else a frame stands for. */
struct function {
	uint32_t name; /* names; 0: not known */
	uint32_t module;
	uint32_t kind;  /* enum profile_frame_kind */
	uint32_t place; /* names: where it begins in its source; 0: not told. Tells no two apart */
};

/* What an event_symbol was told to be. */
struct told_symbol {
	uint32_t name;
	uint32_t module;
	uint32_t place;
};

struct content {
	uint32_t place; /* of its first frame: chunk, frame in it */
	uint32_t hash;
	uint32_t count;
};

struct stack_id {
	uint32_t low;
	uint32_t high;
	uint32_t content;
};

/* Zero is a valid empty store. Numbers of contents begin with 1; 0 is the empty stack. */
struct stacks {
	ARRAY(struct told_symbol) symbols; /* by event_symbol.id */
	/* By the same: functions + 1 as met in user code and in the kernel; 0: not yet. They are
	 * asked for each frame: that they lie close counts. */
	ARRAY(uint32_t) met[2];
	ARRAY(struct function) functions;
	struct hash_map by_function;
	ARRAY(uint32_t *) chunks; /* owned */
	uint32_t chunk;           /* the one that is being filled, and how far it is */
	uint32_t chunk_used;
	ARRAY(struct content) contents; /* by number − 1 */
	struct dense by_content;
	ARRAY(struct stack_id) ids;
	struct dense by_id;
	uint64_t refused; /* stacks there was no room for */
	struct stacks_limits {
		uint32_t contents;
		uint32_t ids;
		uint32_t frames;
	} limits;          /* 0: as many as can be numbered */
	uint32_t crowd[2]; /* contents that stand for those in user code, in the kernel; 0: nothing
			    * does
			    */
	uint64_t last_id;  /* the one told last is the one asked for next */
	uint32_t last_content;
};

must_check int stacks_take_symbol(struct stacks *stacks, struct names *names,
				  const struct event_symbol *event);
/* The name of a symbol that was told; 0: it was not. */
uint32_t stacks_symbol_name(const struct stacks *stacks, uint32_t symbol);
/* Where the function begins in its source, of any length, as the compiler was given it. */
void stacks_take_place(struct stacks *stacks, struct names *names, uint32_t id, const char *file,
		       size_t file_bytes, uint32_t line);
must_check int stacks_take_stack(struct stacks *stacks, const struct event_stack *event);

/* The number of a function; 0 or -ENOMEM. */
must_check int stacks_function(struct stacks *stacks, const struct function *function,
			       uint32_t *ret);

/* The content with these frames, outermost first. *ret is 0 when there is no room (counted). 0 or
 * -ENOMEM. */
must_check int stacks_put(struct stacks *stacks, const uint32_t *frames, size_t count,
			  uint32_t *ret);

/* What a stack that was told contains; false when it was not told, or its id found no room. */
bool stacks_find(const struct stacks *stacks, uint64_t id, uint32_t *ret);

/* Its frames, outermost first; *ret_count is 0 for number 0. They never move. */
static inline const uint32_t *stacks_frames(const struct stacks *stacks, uint32_t content,
					    uint32_t *ret_count)
{
	const struct content *kept;

	if (!content) {
		*ret_count = 0;
		return NULL;
	}
	kept = &stacks->contents.items[content - 1];
	*ret_count = kept->count;
	return stacks->chunks.items[kept->place >> STACK_CHUNK_BITS] +
	       (kept->place & (STACK_CHUNK_FRAMES - 1));
}

/* Functions that do nothing but this: gcc 12 holds them for pure, and leaves out their calls. */
#define prefetcher static inline __attribute__((always_inline)) void

/* The content will be looked at soon. What is kept of it is in the cache already. */
prefetcher stacks_prefetch(const struct stacks *stacks, uint32_t content)
{
	const uint32_t *frames;
	uint32_t count;

	frames = stacks_frames(stacks, content, &count);
	for (uint32_t i = 0; i < count && i < STACK_PREFETCHED; i += STACK_LINE_FRAMES)
		__builtin_prefetch(frames + i);
}

/* What is kept of the content will be looked at soon. */
prefetcher stacks_prefetch_content(const struct stacks *stacks, uint32_t content)
{
	if (content)
		__builtin_prefetch(&stacks->contents.items[content - 1]);
}

/* Forget which stack has which id: it will be told again before it is asked for. */
void stacks_forget_ids(struct stacks *stacks);

/* Forget all contents and ids, but not the functions. */
void stacks_forget(struct stacks *stacks);

/* How many frames are kept. */
static inline size_t stacks_frames_kept(const struct stacks *stacks)
{
	return (size_t)stacks->chunk * STACK_CHUNK_FRAMES + stacks->chunk_used;
}

/* Did ids find no room? Then a stack that is not known may be one of them. */
bool stacks_lack_ids(const struct stacks *stacks);

/* No stack will be put or looked for any more: only frames are asked for. */
void stacks_seal(struct stacks *stacks);

void stacks_free(struct stacks *stacks);

#endif
