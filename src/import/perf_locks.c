/* Which kernel lock does a thread wait for? A mutex may begin several times before its one end: the
 * first counts. */
#include "import/perf_locks.h"

/* common_flags of include/linux/trace_events.h: inside of an interrupt it is not the thread's. */
#define IN_AN_IRQ (0x08u | 0x10u)

static uint64_t lock_of(const struct perf_moment *moment)
{
	if (perf_field_number(moment->format, PERF_FIELD_FLAGS, moment->raw) & IN_AN_IRQ)
		return 0;
	return perf_field_number(moment->format, PERF_FIELD_LOCK_ADDR, moment->raw);
}

void perf_contention_begin(struct perf_contention *contention, const struct perf_moment *moment)
{
	uint64_t lock = lock_of(moment);

	if (!lock || contention->lock == lock)
		return;
	*contention = (struct perf_contention){
		.lock = lock,
		.since_ns = moment->time_ns,
		.flags = (uint32_t)perf_field_number(moment->format, PERF_FIELD_LOCK_FLAGS,
						     moment->raw),
	};
}

int perf_contention_end(struct perf_contention *contention, const struct perf_moment *moment,
			struct perf_out *out, struct diag *why)
{
	uint64_t address = lock_of(moment);
	struct event_lock lock = {
		.head = PERF_EVENT_HEAD(event_lock, LOCK, moment->time_ns),
		.start_ns = contention->since_ns,
		.lock = contention->lock,
		.stack = moment->stack,
		.tid = moment->tid,
		.flags = contention->flags,
	};

	if (!address || address != contention->lock)
		return 0;
	*contention = (struct perf_contention){};
	return perf_tell(out, &lock, why);
}
