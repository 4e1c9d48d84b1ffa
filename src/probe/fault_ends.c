/* When is a page fault over? Two software events of perf: faults that waited for a file or a retry
 * are major ones, all others are minor. */
#include "probe/fault_ends.h"

#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include "base/array.h"
#include "host/facts.h"
#include "probe/watch.wire.h"

#include "watch.skel.h"

void fault_ends_attach(struct fault_ends *ends, const struct rung_programs *programs)
{
	static const uint64_t EVENTS[] = { PERF_COUNT_SW_PAGE_FAULTS_MAJ,
					   PERF_COUNT_SW_PAGE_FAULTS_MIN };
	const struct bpf_program *program =
		bpf_object__find_program_by_name(programs->object, "on_fault_end");
	int r = 0;

	ends->is_wanted = program && bpf_program__autoload(program);
	if (!ends->is_wanted)
		return;
	for (size_t i = 0; i < array_count(EVENTS) && r == 0; i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_SOFTWARE,
			.size = sizeof(attr),
			.config = EVENTS[i],
			.sample_period = 1,
		};

		r = perf_links_attach(&ends->links, &attr, program);
	}
	ends->is_seen = r == 0;
	programs->live->sees_fault_end = ends->is_seen;
	if (r < 0)
		perf_links_free(&ends->links);
}

int fault_ends_tell(const struct fault_ends *ends, const struct event_sink *sink, uint64_t time_ns,
		    struct diag *why)
{
	if (!ends->is_wanted || ends->is_seen)
		return 0;
	return fact_tell(sink, time_ns, why, "missing.fault_ends",
			 "the ends of page faults: they are told until their thread ran again");
}

void fault_ends_detach(struct fault_ends *ends)
{
	perf_links_free(&ends->links);
}
