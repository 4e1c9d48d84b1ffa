/* Where is the thing with this number? Linear probing at a load of at most 3/4, deletion by
 * shifting back. */
#include "base/hash.h"

#include <stdlib.h>

/* The finalizer of MurmurHash3 (Appleby, public domain): every input bit reaches every output bit.
 */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	x ^= x >> 33;
	return x;
}

static size_t find_slot(const struct hash_map *map, uint64_t key)
{
	size_t mask = map->capacity - 1;
	size_t i = mix(key) & mask;

	while (map->slots[i].used && map->slots[i].key != key)
		i = (i + 1) & mask;
	return i;
}

static int grow(struct hash_map *map)
{
	struct hash_map wider = { .capacity = map->capacity ? map->capacity * 2 : 16 };

	wider.slots = calloc(wider.capacity, sizeof(*wider.slots));
	if (!wider.slots)
		return -1;
	for (size_t i = 0; i < map->capacity; i++) {
		if (map->slots[i].used)
			wider.slots[find_slot(&wider, map->slots[i].key)] = map->slots[i];
	}
	wider.count = map->count;
	free(map->slots);
	*map = wider;
	return 0;
}

uint64_t *hash_find(const struct hash_map *map, uint64_t key)
{
	size_t i;

	if (!map->capacity)
		return NULL;
	i = find_slot(map, key);
	return map->slots[i].used ? &map->slots[i].value : NULL;
}

uint64_t *hash_put(struct hash_map *map, uint64_t key)
{
	size_t i;

	if (map->count >= map->capacity / 4 * 3 && grow(map) < 0)
		return NULL;
	i = find_slot(map, key);
	if (!map->slots[i].used) {
		map->slots[i] = (struct hash_slot){ .key = key, .used = 1 };
		map->count++;
	}
	return &map->slots[i].value;
}

bool hash_remove(struct hash_map *map, uint64_t key)
{
	size_t mask = map->capacity - 1;
	size_t hole, i, home;

	if (!map->capacity)
		return false;
	hole = find_slot(map, key);
	if (!map->slots[hole].used)
		return false;

	/* Shift back every follower whose home does not lie between the hole and itself. */
	for (i = (hole + 1) & mask; map->slots[i].used; i = (i + 1) & mask) {
		home = mix(map->slots[i].key) & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole].used = 0;
	map->count--;
	return true;
}

void hash_free(struct hash_map *map)
{
	free(map->slots);
	*map = (struct hash_map){};
}

uint64_t hash_pair(uint64_t first, uint64_t second)
{
	return mix(first ^ mix(second + 0x9e3779b97f4a7c15ULL));
}
