/* Where in the source are the functions that were named? Asked at the end, one file at a time. */
#ifndef SYMBOL_PLACES_H
#define SYMBOL_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "symbol/files.h"
#include "symbol/interned.h"

struct wanted_place {
	uint64_t address; /* of the function, in the file's own terms */
	uint32_t file;    /* its number */
	uint32_t tgid;    /* who has it mapped */
	uint32_t symbol;
	uint32_t name; /* set by places_want_named(); 0: it is found by its address */
};

/* Zero wants nothing. */
struct places {
	struct interned names;
	ARRAY(struct wanted_place) wanted;
};

/* Who is told of the places that were found; path is valid for the call. */
struct places_listener {
	int (*told)(void *self, uint32_t symbol, const char *path, uint32_t line);
	void *self;
};

/* Beyond a bound nothing more is wanted. -ENOMEM. */
must_check int places_want(struct places *places, const struct wanted_place *wanted);

/* The same for a function of the kernel, which is found by its name. */
must_check int places_want_named(struct places *places, const struct wanted_place *wanted,
				 const char *name);

/*
 * Look for all of them, and want nothing then. Files with more than limit bytes of debug
 * information are passed over. Returns what told() returned, when that is not 0.
 */
must_check int places_tell(struct places *places, struct file_table *files, size_t limit,
			   const struct places_listener *listener);

void places_clear(struct places *places);

#endif
