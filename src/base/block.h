/* How is much memory had at once? In large pages, where the kernel gives them. */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <stddef.h>

/* From this size on large pages are asked for. */
#define BLOCK_LARGE_BYTES ((size_t)2 << 20)

/*
 * Zeroed memory, to be freed with free(); NULL when memory is out. For tables of many megabytes
 * that are looked into here and there: most of the time it takes to read a place is that of finding
 * its page, and large pages are few.
 */
void *block_new(size_t bytes) __attribute__((malloc));

#endif
