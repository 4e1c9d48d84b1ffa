/* What was lost on the way from the kernel, and how much of it was told? Inner to the watch. */
#ifndef PROBE_LOSSES_H
#define PROBE_LOSSES_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.wire.h"

struct mappings;
struct rung_programs;

/* Zero: nothing was told. */
struct losses {
	uint64_t told[WIRE_LOSSES];
	uint64_t told_mappings;
};

/* Tell what was lost since it was told last. mappings: NULL where they are not told. */
must_check int losses_tell(struct losses *losses, const struct rung_programs *programs,
			   const struct mappings *mappings, const struct event_sink *sink,
			   uint64_t time_ns, struct diag *why);

/* Tell what is counted once, at the end: how often programs were left out, stacks that go on beyond
 * the frames_max that were kept of them, and the records that came too late to be put in order. */
must_check int losses_tell_last(const struct rung_programs *programs, uint32_t frames_max,
				uint64_t late, const struct event_sink *sink, uint64_t time_ns,
				struct diag *why);

#endif
