/* What of the machine's settings decides how a stuck or crashed process looks? */
#ifndef PROBE_LOOK_FACTS_H
#define PROBE_LOOK_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Tell, as facts, what can be read of:
 * - kernel.core_pattern, kernel.core_uses_pid, kernel.hung_task_timeout_secs,
 *   kernel.hung_task_detect_count, kernel.tainted: as sysctl has them
 * - process.PID.core_limit, for each of the target's processes: in bytes, or "unlimited"
 * root: of /proc; "", but in tests.
 */
must_check int look_facts_tell(const char *root, const uint32_t *tgids, size_t count,
			       const struct event_sink *sink, uint64_t time_ns, struct diag *why);

#endif
