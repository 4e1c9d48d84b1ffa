/* When is a page fault over? No tracepoint tells; perf's counts of faults do, which the kernel
 * makes when it has served one (mm/memory.c, mm_account_fault(); 5.9, bce617edecad). */
#ifndef PROBE_FAULT_ENDS_H
#define PROBE_FAULT_ENDS_H

#include "event/event.h"
#include "probe/perf_links.h"
#include "probe/rungs.h"

struct bpf_program;

/* Zero is valid: nobody asked. */
struct fault_ends {
	struct perf_links links;
	bool is_wanted;
	bool is_seen;
};

/* Is the program of those that are loaded? Then have it called at each fault's end; where that
 * cannot be, faults are told until their thread has run again. */
void fault_ends_attach(struct fault_ends *ends, const struct rung_programs *programs);
/* Tell as a fact when the ends are wanted and not seen ("missing.fault_ends"). */
must_check int fault_ends_tell(const struct fault_ends *ends, const struct event_sink *sink,
			       uint64_t time_ns, struct diag *why);
void fault_ends_detach(struct fault_ends *ends);

#endif
