/* Which files do processes map as code? perf's side band tells it at once: of those that end before
 * they can be asked, too. */
#ifndef PROBE_MAPPINGS_H
#define PROBE_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

enum mapping_size {
	MAPPING_PATH_MAX = 4096,
};

/* An event_mapping with room for its path. */
union mapping_room {
	struct event_mapping event;
	char bytes[sizeof(struct event_mapping) + MAPPING_PATH_MAX];
};

struct mappings;

/* Listen on all CPUs from now on. *ret is the caller's, to end with mappings_free(). -errno: this
 * machine does not tell. */
must_check int mappings_open(struct mappings **ret);
void mappings_free(struct mappings **mappings);

/* Hand on what was mapped since the last call, CPU by CPU; ends with what take() returns below 0.
 */
must_check int mappings_drain(struct mappings *mappings, const struct event_sink *sink,
			      struct diag *why);

/* So many mappings found no room. */
uint64_t mappings_lost(const struct mappings *mappings);

/* Is this perf record (header and all) of a file mapped as code? Then *ret is filled. */
bool mapping_read(const void *record, size_t bytes, union mapping_room *ret);

#endif
