/* What kind of guest is this machine? What a virtual machine can see of itself. */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Tell what stands in the /proc and /sys of the folder root ("": our own), beside the facts of
 * host/facts.h. What cannot be read is not told. The keys:
 * - guest.pmu: "yes" or "none": does the kernel have the CPU's performance counters?
 * - guest.disk.NAME: its driver and how many queues it has, "virtio_blk, 4 queues"
 * - guest.xen.type: of a guest of Xen "PV", "PVH" or "HVM"
 * - guest.xen.role: "control domain" where it runs the others, else "guest domain"
 * - guest.xen.disks: its disks that a driver domain serves (blkfront), by name
 * 0, or -errno of the sink.
 */
must_check int guest_tell(const char *root, const struct event_sink *sink, uint64_t time_ns,
			  struct diag *why);

#endif
