/* How often was ZFS's cache of data (ARC) enough? As its kstats count it. */
#ifndef HOST_ARC_H
#define HOST_ARC_H

#include <stdint.h>

#include "base/own.h"

/* Of demands for data, since the module was loaded; what was read ahead is not in it. */
struct arc_counts {
	uint64_t hits;
	uint64_t misses;
};

/* Of the machine whose /proc is below root ("" is our own). -ENOENT: ZFS is not there; -EBADMSG: it
 * says nothing of that. */
must_check int arc_read(const char *root, struct arc_counts *ret);

#endif
