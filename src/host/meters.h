/* How busy is the machine? The kernel's own sums, read at one moment and told when its turn comes.
 */
#ifndef HOST_METERS_H
#define HOST_METERS_H

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/* Zero is valid and empty. */
struct meters {
	ARRAY(struct event_counter) items;
};

/*
 * Read anew, below root ("" is our own): CPU time of all CPUs (/proc/stat), what threads lost to
 * pressure (/proc/pressure), and for how long each disk had requests (/proc/diskstats). What the
 * kernel does not count is left out. -ENOMEM.
 */
must_check int meters_read(const char *root, struct meters *meters);

/* Tell what was read, as of that time. */
must_check int meters_tell(const struct meters *meters, uint64_t time_ns,
			   const struct event_sink *sink, struct diag *why);

void meters_free(struct meters *meters);

#endif
