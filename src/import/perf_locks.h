/* Which kernel lock does a thread wait for, by the tracepoints? From contention_begin to
 * contention_end. */
#ifndef IMPORT_PERF_LOCKS_H
#define IMPORT_PERF_LOCKS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_requests.h"
#include "import/perf_tell.h"

/* Of one thread. Zero is valid: it waits for none. */
struct perf_contention {
	uint64_t lock; /* 0: none */
	uint64_t since_ns;
	uint32_t flags; /* event_lock.flags */
};

void perf_contention_begin(struct perf_contention *contention, const struct perf_moment *moment);

/* Tell it, when it is this lock's, and forget it. */
must_check int perf_contention_end(struct perf_contention *contention,
				   const struct perf_moment *moment, struct perf_out *out,
				   struct diag *why);

#endif
