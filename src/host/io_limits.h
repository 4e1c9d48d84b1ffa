/* Which cgroup limits a process's I/O to a device? io.max, and what the older hierarchy has
 * instead. */
#ifndef HOST_IO_LIMITS_H
#define HOST_IO_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/mounts.h"

struct io_limit {
	char group[256]; /* its path in its hierarchy, cut to fit; any bytes */
	char words[96];  /* "rbps=1 wiops=100" */
};

/*
 * The limit for a device (major << 20 | minor; of a partition: its disk's) of the process's own
 * group, or else of the nearest above it. mounts: of the machine below root. false: there is none,
 * or that is not to be had.
 */
bool io_limit_find(const char *root, const struct mounts *mounts, uint32_t tgid, uint32_t dev,
		   struct io_limit *ret);

#endif
