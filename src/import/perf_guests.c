/* What do KVM's tracepoints in a perf.data file tell? Their fields, as arch/x86/kvm/trace.h and
 * include/trace/events/kvm.h have them. */
#include "import/perf_guests.h"

#include <errno.h>

static uint32_t number_of(const struct perf_moment *moment, enum perf_field_id id)
{
	return (uint32_t)perf_field_number(moment->format, id, moment->raw);
}

int perf_guests_take(struct guest_exits *exits, const struct perf_moment *moment,
		     struct perf_out *out, struct diag *why)
{
	struct guest_moment guest = {
		.time_ns = moment->time_ns,
		.tid = moment->tid,
		/* Kernels before 5.13 do not tell it. */
		.vcpu = perf_field_is_there(moment->format, PERF_FIELD_VCPU_ID)
				? number_of(moment, PERF_FIELD_VCPU_ID)
				: UINT32_MAX,
		.isa = number_of(moment, PERF_FIELD_ISA),
	};
	int r = 0;

	if (moment->format->point == PERF_POINT_GUEST_EXIT) {
		guest.reason = number_of(moment, PERF_FIELD_EXIT_REASON);
		r = guest_exits_leave(exits, &guest);
	} else if (moment->format->point == PERF_POINT_GUEST_ENTRY) {
		r = guest_exits_enter(exits, &guest, out, why);
	} else if (moment->format->point == PERF_POINT_GUEST_USER) {
		guest.reason = guest_user_reason(
			number_of(moment, PERF_FIELD_REASON),
			(int64_t)perf_field_number(moment->format, PERF_FIELD_ERRNO, moment->raw));
		guest_exits_user(exits, &guest);
	} else if (moment->format->point == PERF_POINT_GUEST_HALTED) {
		guest_exits_halted(exits, guest.tid,
				   perf_field_number(moment->format, PERF_FIELD_NS, moment->raw));
	}
	return r == -ENOMEM ? diag_set(why, r, "no memory for the exits of guests") : r;
}
