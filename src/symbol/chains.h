/* Which functions were put into the one at an address? Each address is looked up once. Inner to the
 * namer. */
#ifndef SYMBOL_CHAINS_H
#define SYMBOL_CHAINS_H

#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "symbol/addresses.h"

/* Zero is a valid empty set. */
struct chains {
	struct hash_map places;  /* of salt and address → place in symbols */
	ARRAY(uint32_t) symbols; /* a count, then so many symbols, and so on */
};

/*
 * The symbols of those at an address that naming_find() was asked for last, innermost first: from
 * *ret[1] on, *ret[0] is their count. Valid until the next call. Beyond a bound there are none.
 */
must_check int chains_find(struct chains *chains, const struct naming *naming, uint64_t address,
			   const uint32_t **ret);

void chains_clear(struct chains *chains);

#endif
