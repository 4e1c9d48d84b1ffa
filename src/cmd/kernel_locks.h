/* What does the kernel itself count of its locks while we watch? Two looks at its statistics, where
 * it has them. */
#ifndef CMD_KERNEL_LOCKS_H
#define CMD_KERNEL_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "host/lock_stat.h"

/* Zero is valid: nothing has begun. */
struct kernel_locks {
	struct host_lock_stat stat;
	bool is_counting;
};

/* Let the kernel count, and tell how its counters stand; root as in host_lock_stat_begin(). 0 also
 * where it cannot. */
must_check int kernel_locks_begin(struct kernel_locks *locks, const char *root,
				  const struct event_sink *sink, uint64_t time_ns,
				  struct diag *why);
/* Tell how they stand now. */
must_check int kernel_locks_tell(const struct kernel_locks *locks, const struct event_sink *sink,
				 uint64_t time_ns, struct diag *why);
/* Leave the kernel as it was. */
void kernel_locks_end(struct kernel_locks *locks);

#endif
