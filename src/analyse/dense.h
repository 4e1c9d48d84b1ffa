/*
 * Where in the list is it? An index of the items of a list by what they contain, at four to eight
 * bytes for each: the list itself keeps the keys. For lists of millions, where struct hash_map
 * would be larger than what it finds. All items of the list are in the index, each as soon as it is
 * in the list.
 */
#ifndef ANALYSE_DENSE_H
#define ANALYSE_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

/* Zero is a valid empty index. */
struct dense {
	uint32_t *slots; /* item + 1; 0: free */
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* The hash of the list's item. */
typedef uint64_t (*dense_hash)(const void *list, uint32_t item);

/* Where the search for a key with this hash begins; the next places follow. Only with room. */
static inline size_t dense_begin(const struct dense *dense, uint64_t hash)
{
	return hash & (dense->capacity - 1);
}

static inline size_t dense_next(const struct dense *dense, size_t place)
{
	return (place + 1) & (dense->capacity - 1);
}

/* Make room for one more item, so that a search always ends. 0 or -ENOMEM. */
must_check int dense_reserve(struct dense *dense, dense_hash hash, const void *list);

/* Put an item where the search for it ended. */
static inline void dense_put(struct dense *dense, size_t place, uint32_t item)
{
	dense->slots[place] = item + 1;
	dense->count++;
}

/* The list is empty again. */
static inline void dense_clear(struct dense *dense)
{
	if (dense->slots)
		memset(dense->slots, 0, dense->capacity * sizeof(*dense->slots));
	dense->count = 0;
}

static inline void dense_free(struct dense *dense)
{
	free(dense->slots);
	*dense = (struct dense){};
}

#endif
