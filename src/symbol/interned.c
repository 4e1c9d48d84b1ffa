/* Have these bytes been seen before? A hash leads to a candidate, the bytes themselves decide. */
#include "symbol/interned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static int keep_bytes(struct interned *set, const void *bytes, size_t length)
{
	size_t wanted_bytes = set->used_bytes + length;

	if (wanted_bytes > set->capacity_bytes) {
		size_t capacity = wanted_bytes * 2;
		char *grown = realloc(set->bytes, capacity);

		if (!grown)
			return -ENOMEM;
		set->bytes = grown;
		set->capacity_bytes = capacity;
	}
	if (length)
		memcpy(set->bytes + set->used_bytes, bytes, length);
	set->used_bytes = wanted_bytes;
	return 0;
}

static int add(struct interned *set, uint64_t key, const void *bytes, size_t length)
{
	size_t offset = set->used_bytes;
	struct interned_place *place;
	uint64_t *id;
	int r;

	if (set->places.count >= set->limit)
		return -ENOSPC;
	r = keep_bytes(set, bytes, length);
	if (r < 0)
		return r;
	place = array_push(&set->places);
	if (!place)
		return -ENOMEM;
	*place = (struct interned_place){ .offset = offset, .length = length };
	id = hash_put(&set->ids, key);
	if (!id)
		return -ENOMEM;
	*id = set->places.count;
	return 1;
}

int interned_put(struct interned *set, const void *bytes, size_t length, uint32_t *ret)
{
	uint64_t key = XXH3_64bits(bytes, length);
	const uint64_t *id;
	int r;

	/* Strings with one hash take neighbouring keys. */
	for (; (id = hash_find(&set->ids, key)); key++) {
		const struct interned_place *place = &set->places.items[*id - 1];

		if (place->length == length &&
		    memcmp(set->bytes + place->offset, bytes, length) == 0) {
			*ret = (uint32_t)*id;
			return 0;
		}
	}
	r = add(set, key, bytes, length);
	if (r < 0)
		return r;
	*ret = (uint32_t)set->places.count;
	return r;
}

const void *interned_bytes(const struct interned *set, uint32_t id)
{
	return set->bytes + set->places.items[id - 1].offset;
}

void interned_clear(struct interned *set)
{
	hash_free(&set->ids);
	array_free(&set->places);
	free(set->bytes);
	*set = (struct interned){ .limit = set->limit };
}
