/* What is this machine? Told once, so that a recording can be judged elsewhere; never its name. */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Tell one fact, key = formatted value. Values longer than 1023 bytes are cut. 0 or -errno of the
 * sink.
 */
must_check int fact_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why,
			 const char *key, const char *value_format, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * Tell the facts of the machine. What cannot be read is not told. The keys:
 * - kernel.release, kernel.version, kernel.arch: as uname tells them
 * - cpus.online, cpu.model, memory.bytes, swap.bytes
 * - hypervisor: "none", a name ("xen", a product of the firmware), or "unknown kind"
 * - hypervisor.kind: "none", "kvm", "xen", "hyperv", "vmware", …, or "unknown"
 * - kernel.core_pattern: where the cores of crashed programs go, as core(5) has it
 * - boot.id: recordings with the same one have the same kernel addresses
 * - clock: of all times in the stream, "CLOCK_MONOTONIC"
 * - clock.source: the kernel's, "tsc", "kvm-clock", …
 * - command_line: of slowpath itself
 * - clock.realtime_offset_ns: added to a time it yields the wall clock's
 */
must_check int facts_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why);

enum {
	HYPERVISOR_VENDOR_BYTES = 12
};

/* What a hypervisor that answers CPUID by this name is called: "kvm", "xen", …; "unknown". */
const char *hypervisor_kind(const char vendor[HYPERVISOR_VENDOR_BYTES]);

/*
 * Tell COUNTER_STEAL_NS and COUNTER_IDLE_NS (idle and waiting for I/O) as /proc/stat has them now.
 * -ENODATA: it has not.
 */
must_check int counters_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why);

/* The same, of the machine whose /proc and /sys are in the folder root: for tests. */
must_check int facts_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
			       struct diag *why);
must_check int counters_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
				  struct diag *why);

#endif
