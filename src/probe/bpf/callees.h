/* How long was a call of a function in those that it calls? These are a chain, each called by the
 * one before: only what happens inside of that one is counted. */
#ifndef PROBE_BPF_CALLEES_H
#define PROBE_BPF_CALLEES_H

#include "probe/bpf/state.h"

/* An outermost call begins. One that is on its way as programs are put at its callees has none. */
static __always_inline void begin_callees(struct wire_open_calls *calls)
{
	calls->callee_count = callee_count;
	if (calls->callee_count)
		__builtin_memset(calls->callees, 0, sizeof(calls->callees));
}

static __always_inline void enter_callee(struct wire_open_calls *calls, __u64 number)
{
	__u32 place = (__u32)number & (WIRE_CALLEES - 1);
	struct wire_timed *callee = &calls->callees[place];

	if (place >= calls->callee_count ||
	    (place && !calls->callees[(place - 1) & (WIRE_CALLEES - 1)].depth))
		return;
	if (callee->depth++)
		return;
	callee->count++;
	callee->start_ns = bpf_ktime_get_ns();
}

static __always_inline void leave_callee(struct wire_open_calls *calls, __u64 number)
{
	struct wire_timed *callee = &calls->callees[(__u32)number & (WIRE_CALLEES - 1)];
	__u64 ns;

	if (!callee->depth || --callee->depth)
		return;
	ns = bpf_ktime_get_ns() - callee->start_ns;
	callee->ns += ns;
	if (ns > callee->max_ns)
		callee->max_ns = ns;
}

/* The call has returned. */
static __always_inline void tell_callees(const struct wire_open_calls *calls, __u64 start_ns,
					 __u64 now, __u32 tid)
{
	for (__u32 i = 0; i < WIRE_CALLEES && i < calls->callee_count; i++) {
		struct wire_callee *wire =
			ring_reserve(sizeof(*wire), WIRE_CALLEE, WIRE_LOST_CALL, now, tid);

		if (!wire)
			return;
		wire->start_ns = start_ns;
		wire->ns = calls->callees[i].ns;
		wire->max_ns = calls->callees[i].max_ns;
		wire->callee = i;
		wire->count = calls->callees[i].count;
		wire->is_unsure = calls->callees[i].depth != 0;
		wire->spare = 0;
		ring_submit(wire);
	}
}

#endif
