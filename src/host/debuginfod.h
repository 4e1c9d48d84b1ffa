/* Who else has the debug information of a build? The servers that DEBUGINFOD_URLS names. */
#ifndef HOST_DEBUGINFOD_H
#define HOST_DEBUGINFOD_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct debuginfod;

/*
 * Make ready to ask them. -ENOENT: the user has named none; -ENOSYS: libdebuginfod is not installed
 * (it is only looked for here). *ret is the caller's, to end with debuginfod_free().
 */
must_check int debuginfod_new(struct debuginfod **ret);

/*
 * The shape of a source's fetch_debug(); self is a struct debuginfod. Fetches, through the
 * library's own cache, and returns a descriptor, the caller's to close, or -errno. It takes as long
 * as the network takes: not for a live watch. A server that did not answer once is not asked again.
 */
must_check int debuginfod_fetch(void *self, const uint8_t *build_id, size_t bytes);

void debuginfod_free(struct debuginfod **debuginfod);

#endif
