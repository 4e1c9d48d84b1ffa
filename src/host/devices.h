/* Which block devices are there, and which lies on which? As /sys tells it. */
#ifndef HOST_DEVICES_H
#define HOST_DEVICES_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Tell every block device as an event_device, in the order of their names, and of those whose
 * physical blocks are larger than the logical ones how large (in bytes) as a fact,
 * physical_block.MAJOR:MINOR. Devices that vanish meanwhile are left out; a machine without any is
 * no error. 0, or -errno of the sink or of /sys.
 */
must_check int devices_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why);

/* The same, of the machine whose /proc and /sys are in the folder root: for tests. */
must_check int devices_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
				 struct diag *why);

#endif
