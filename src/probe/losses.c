/* What was lost on the way from the kernel? Each program counts what it drops; here it is told. */
#include "probe/losses.h"

#include "base/array.h"
#include "host/facts.h"
#include "probe/mappings.h"
#include "probe/programs.h"
#include "probe/rungs.h"

#include "watch.skel.h"

/* The order of enum wire_loss. */
static const uint32_t LOSS_OF_WIRE[] = {
	[WIRE_LOST_SWITCH] = LOSS_SWITCH,
	[WIRE_LOST_STACK] = LOSS_STACK,
	[WIRE_LOST_SYSCALL] = LOSS_SYSCALL,
	[WIRE_LOST_REQUEST] = LOSS_REQUEST,
	[WIRE_LOST_SAMPLE] = LOSS_SAMPLE,
	[WIRE_LOST_TASK] = LOSS_TASK,
	[WIRE_LOST_THREAD] = LOSS_THREAD,
	[WIRE_LOST_LOCK] = LOSS_LOCK,
	[WIRE_LOST_FILE] = LOSS_FILE,
	[WIRE_LOST_HIDDEN] = LOSS_HIDDEN,
	[WIRE_LOST_USAGE] = LOSS_USAGE,
	[WIRE_LOST_TALLY] = LOSS_TALLY,
	[WIRE_LOST_IO] = LOSS_IO,
	[WIRE_LOST_CALL] = LOSS_CALL,
	[WIRE_LOST_GUEST_EXIT] = LOSS_GUEST_EXIT,
};
_Static_assert(array_count(LOSS_OF_WIRE) == WIRE_LOSSES, "each loss of the programs has a name");

static int tell(const struct event_sink *sink, uint64_t time_ns, uint32_t what, uint64_t count,
		struct diag *why)
{
	struct event_loss loss = {
		.head = { .bytes = sizeof(loss), .kind = EVENT_LOSS, .time_ns = time_ns },
		.what = what,
		.count = count,
	};

	return count ? event_sink_take(sink, &loss.head, why) : 0;
}

int losses_tell(struct losses *losses, const struct rung_programs *programs,
		const struct mappings *mappings, const struct event_sink *sink, uint64_t time_ns,
		struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < WIRE_LOSSES && r == 0; i++) {
		uint64_t lost = __atomic_load_n(&programs->live->lost[i], __ATOMIC_RELAXED);
		uint64_t told = losses->told[i];

		losses->told[i] = lost;
		r = tell(sink, time_ns, LOSS_OF_WIRE[i], lost - told, why);
	}
	if (r == 0 && mappings) {
		uint64_t told = losses->told_mappings;

		losses->told_mappings = mappings_lost(mappings);
		r = tell(sink, time_ns, LOSS_MAPPING, losses->told_mappings - told, why);
	}
	return r;
}

/* Stacks that go on beyond what was kept of them: as a fact, for the samples themselves are whole.
 */
static int tell_cut_stacks(const struct rung_programs *programs, uint32_t frames_max,
			   const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	uint64_t count = __atomic_load_n(&programs->live->cut_stacks, __ATOMIC_RELAXED);

	if (!count)
		return 0;
	return fact_tell(sink, time_ns, why, "missing.deep_stacks",
			 "the outermost callers in stacks of %u frames or more (there were %llu)",
			 frames_max, (unsigned long long)count);
}

/* They are counted, only how long they took is not known. */
static int tell_unseen_ends(const struct rung_programs *programs, const struct event_sink *sink,
			    uint64_t time_ns, struct diag *why)
{
	uint64_t count = __atomic_load_n(&programs->live->unseen_ends, __ATOMIC_RELAXED);

	if (!count)
		return 0;
	return fact_tell(sink, time_ns, why, "missing.request_ends",
			 "when %llu block requests ended, of all: no program of ours ran then",
			 (unsigned long long)count);
}

int losses_tell_last(const struct rung_programs *programs, uint32_t frames_max, uint64_t late,
		     const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	int r = programs_tell_missed(programs->object, sink, time_ns, why);

	if (r == 0)
		r = tell_cut_stacks(programs, frames_max, sink, time_ns, why);
	if (r == 0)
		r = tell_unseen_ends(programs, sink, time_ns, why);
	return r < 0 ? r : tell(sink, time_ns, LOSS_LATE, late, why);
}
