/* Where is the thing with this number? An open-addressing map from 64-bit keys to 64-bit values. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/* Zero is a valid empty map. Keys are any uint64_t; iteration order is not defined: sort what you
 * print. */
struct hash_map {
	struct hash_slot *slots;
	size_t count;
	size_t capacity; /* a power of two, or 0 */
};

struct hash_slot {
	uint64_t key;
	uint64_t value;
	uint32_t used;
	uint32_t spare;
};

/* The value's place, or NULL when the key is not there; valid until the next hash_put(),
 * hash_remove(). */
uint64_t *hash_find(const struct hash_map *map, uint64_t key);

/* The value's place, made with value 0 when the key was not there; NULL when memory is out. */
uint64_t *hash_put(struct hash_map *map, uint64_t key);

/* Forget a key; true when it was there. */
bool hash_remove(struct hash_map *map, uint64_t key);

void hash_free(struct hash_map *map);

/* A well-mixed number for a pair: for keys made of two parts. Not reversible, collisions at 2^-64.
 */
uint64_t hash_pair(uint64_t first, uint64_t second);

#endif
