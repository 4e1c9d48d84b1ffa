/* How is much memory had at once? */
#include "base/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *block_new(size_t bytes)
{
	size_t whole;
	void *block;

	if (bytes < BLOCK_LARGE_BYTES)
		return calloc(1, bytes);
	if (__builtin_add_overflow(bytes, BLOCK_LARGE_BYTES - 1, &whole))
		return NULL;
	whole = whole / BLOCK_LARGE_BYTES * BLOCK_LARGE_BYTES;
	block = aligned_alloc(BLOCK_LARGE_BYTES, whole);
	if (!block)
		return NULL;
	/* A wish: without large pages it is as good as any memory. */
	(void)madvise(block, whole, MADV_HUGEPAGE);
	return memset(block, 0, whole);
}
