/* Which block requests have ended without any program of ours running then? Inner to the watch. */
#ifndef PROBE_UNSEEN_ENDS_H
#define PROBE_UNSEEN_ENDS_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "host/inflight.h"
#include "probe/watch.wire.h"

/*
 * Of these requests, which the programs hold to be with their devices: how many can no longer be
 * there, as the kernel has fewer in flight. Those issued since since_ns are left out, and those
 * that wait for a flush while their device has anything in flight: the kernel does not count these.
 * They are sorted by device.
 */
uint64_t unseen_ends_among(struct pending *held, size_t count, const struct inflight *inflight,
			   uint64_t since_ns);

/*
 * The same of the map of requests under way, and of this machine. To be asked while the programs
 * still run: those that end meanwhile are seen. -ENOMEM.
 */
must_check int unseen_ends_count(int map, uint64_t *ret);

#endif
