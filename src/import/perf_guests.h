/* What do KVM's tracepoints in a perf.data file tell? The exits of guests. */
#ifndef IMPORT_PERF_GUESTS_H
#define IMPORT_PERF_GUESTS_H

#include "base/diag.h"
#include "base/own.h"
#include "import/guest_exits.h"
#include "import/perf_requests.h"
#include "import/perf_tell.h"

/* Take a tracepoint's record, in order of time; those of others are left alone. */
must_check int perf_guests_take(struct guest_exits *exits, const struct perf_moment *moment,
				struct perf_out *out, struct diag *why);

#endif
