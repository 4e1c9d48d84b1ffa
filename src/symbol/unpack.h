/* What did these bytes say before they were compressed? zstd, xz and gzip, told by their first
 * bytes. */
#ifndef SYMBOL_UNPACK_H
#define SYMBOL_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

/* So many first bytes tell. */
#define UNPACK_MAGIC_BYTES 6

/* Do they begin like something that unpack() can read? */
bool unpack_can(const void *bytes, size_t count);

/*
 * Unpack them into memory, which is the caller's to free(): at least one byte. -EBADMSG: unknown,
 * broken or cut; -EFBIG: more than limit bytes come out.
 */
must_check int unpack(const void *bytes, size_t count, size_t limit, void **ret, size_t *ret_bytes);

#endif
