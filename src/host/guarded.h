/* How are a process's mappings, files and memory read when it may be sick? As elsewhere, but by a
 * helper (host/guard.h). */
#ifndef HOST_GUARDED_H
#define HOST_GUARDED_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "host/guard.h"

/*
 * The three have the shape of sources of bytes for the namer; self is a struct guard. What they
 * return is as host_maps(), host_open_image() and host_open_perf_map() have it; -ETIMEDOUT: it
 * hung. A file has been read once by the helper, so that it is in memory; one that a process serves
 * (FUSE) is refused with -EOPNOTSUPP, as reading and closing it asks that process again.
 */
must_check int guarded_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes);
must_check int guarded_open_image(void *self, uint32_t tgid, const char *path);
must_check int guarded_open_perf_map(void *self, uint32_t tgid);

enum {
	PEEK_THREADS_MAX = 256, /* of one question */
	PEEK_FRAMES_MAX = 127,
	PEEK_WORDS = 5,
};

/* Where a thread left its own code. */
struct peek_registers {
	uint64_t ip;
	uint64_t sp;
	uint64_t fp;
};

/* What it has called, innermost first. */
struct peek_stack {
	uint32_t frames;
	uint32_t spare;
	uint64_t address[]; /* frames of them */
};

/*
 * The user stacks of threads of one process, along their frame pointers: what was compiled without
 * them ends a stack, and where its memory is not ours to read a stack is one frame. On success
 * seen() was called for each, in order.
 */
must_check int guarded_peek_stacks(
	struct guard *guard, uint32_t tgid, const struct peek_registers *threads, size_t count,
	void (*seen)(void *self, size_t index, const struct peek_stack *stack), void *self);

struct peek_words {
	uint32_t is_there;
	uint32_t word[PEEK_WORDS];
};

/* The words from these addresses on, in the memory of one process. ret has room for count. */
must_check int guarded_peek_words(struct guard *guard, uint32_t tgid, const uint64_t *addresses,
				  size_t count, struct peek_words *ret);

#endif
