/* Have these bytes been seen before? Dense numbers for distinct byte strings. */
#ifndef SYMBOL_INTERNED_H
#define SYMBOL_INTERNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

/* Zero is a valid empty set, but for its limit. */
struct interned {
	struct hash_map ids;
	ARRAY(struct interned_place) places;
	char *bytes;
	size_t used_bytes;
	size_t capacity_bytes;
	uint32_t limit; /* so many strings are kept at most */
};

struct interned_place {
	size_t offset;
	size_t length;
};

/*
 * The string's number, from 1 on: returns 1 when it is new, 0 when it was known, -ENOMEM, or
 * -ENOSPC when it is not known and the set is full.
 */
must_check int interned_put(struct interned *set, const void *bytes, size_t length, uint32_t *ret);

/* The bytes with this number; valid until the next interned_put(). */
const void *interned_bytes(const struct interned *set, uint32_t id);

/* Forget all; the limit stays. */
void interned_clear(struct interned *set);

#endif
