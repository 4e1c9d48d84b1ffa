/* What is inside of a compressed file? Unpacked in memory and within a bound, never to disk. */
#ifndef SYMBOL_PACKING_H
#define SYMBOL_PACKING_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_XZ,
	PACKING_ZSTD,
};

/* By its first bytes; PACKING_BYTES of them are enough. */
enum packing packing_of(const void *bytes, size_t count);

enum {
	PACKING_BYTES = 6,
};

/* "zstd"; "" for PACKING_NONE. */
const char *packing_name(enum packing packing);

/*
 * Unpack bytes that packing_of() knows. On success *ret is the caller's, to free(). -EFBIG: more
 * than most bytes come out. -EBADMSG: damaged, or cut short.
 */
must_check int packing_undo(const void *bytes, size_t count, size_t most, char **ret,
			    size_t *ret_bytes, struct diag *why);

#endif
