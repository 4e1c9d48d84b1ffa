/* Which guests does this machine run? The processes of QEMU, and how each was set up. */
#ifndef HOST_QEMU_H
#define HOST_QEMU_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "host/qemu_config.h"

/*
 * Call seen() for each process that runs QEMU, by its program's path, or where that cannot be read
 * by its name; what it returns other than 0 ends the list and is returned. 0 or -errno.
 */
must_check int qemu_list(int (*seen)(void *self, uint32_t tgid), void *self);

/*
 * Tell how each of these processes was set up; of those that are not QEMU, only that (unread). The
 * command line itself is never told: it may have passwords in it. The keys, all with "vm.PID."
 * before them:
 * - name, machine, accel, cpus, memory: as qemu_config has them; those that are not said are not
 *   told
 * - debug_threads: "on" or "off"
 * - iothread.N: its name
 * - disk.N.KEY: device, id, format, backend, file, cache, aio, iothread, queues, access ("ro")
 * - left_out: disks and iothreads for which there was no room
 * - unread: why not all is known
 * 0, or -errno of the sink, or -ENOMEM.
 */
must_check int qemu_tell(const uint32_t *tgids, size_t count, const struct event_sink *sink,
			 uint64_t time_ns, struct diag *why);

/* The same of one whose command line was read. */
must_check int qemu_config_tell(uint32_t tgid, const struct qemu_config *config,
				const struct event_sink *sink, uint64_t time_ns, struct diag *why);

#endif
