/* What do KVM's tracepoints in a trace.dat file tell? The exits of guests. */
#ifndef IMPORT_TRACE_GUESTS_H
#define IMPORT_TRACE_GUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/guest_exits.h"
#include "import/perf_formats.h"
#include "import/perf_tell.h"

enum {
	TRACE_GUEST_FORMATS = 4,
};

/* Born zero. */
struct trace_guests {
	const struct perf_format *formats[TRACE_GUEST_FORMATS]; /* those that there are; borrowed */
	size_t format_count;
	struct guest_exits exits;
	uint64_t records; /* of these formats */
};

/* Which of the formats are KVM's? They must live as long. False: not even exits are told. */
bool trace_guests_find(struct trace_guests *guests, const struct perf_formats *formats);

/* Take a record of any event, in order of time; those of others are left alone. 0, -ENOMEM, or what
 * the sink returned. */
must_check int trace_guests_take(struct trace_guests *guests, struct perf_bytes raw,
				 uint64_t time_ns, struct perf_out *out, struct diag *why);

void trace_guests_clear(struct trace_guests *guests);

#endif
