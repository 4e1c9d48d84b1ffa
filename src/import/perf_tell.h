/* How do the events of a perf.data file leave? In order of time, whatever the records say. */
#ifndef IMPORT_PERF_TELL_H
#define IMPORT_PERF_TELL_H

#include <stdint.h>

#include "base/diag.h"
#include "event/event.h"

struct perf_out {
	struct event_sink sink;
	uint64_t begin_ns; /* of the watch */
	uint64_t told_ns;  /* time of the newest event told */
};

#define PERF_EVENT_HEAD(type, KIND, when)                                             \
	{                                                                             \
		.bytes = sizeof(struct type), .kind = EVENT_##KIND, .time_ns = (when) \
	}

/* Tell an event, which begins with its head; one that comes late is told now. */
static inline must_check int perf_tell(struct perf_out *out, void *event, struct diag *why)
{
	struct event *head = event;

	if (head->time_ns < out->told_ns)
		head->time_ns = out->told_ns;
	out->told_ns = head->time_ns;
	return event_sink_take(&out->sink, head, why);
}

#endif
