/* When did which virtual CPU leave its guest, and when did it go back? One exit at most is open for
 * each thread. */
#include "import/guest_exits.h"

#include <errno.h>

/* The thread's; NULL with 0: there is no room. */
static int get_vcpu(struct guest_exits *exits, uint32_t tid, struct guest_vcpu **ret)
{
	uint64_t *place = hash_find(&exits->by_tid, tid);
	struct guest_vcpu *vcpu;

	*ret = NULL;
	if (place) {
		*ret = &exits->vcpus.items[*place - 1];
		return 0;
	}
	if (exits->vcpus.count >= GUEST_VCPUS_MAX) {
		exits->refused++;
		return 0;
	}
	place = hash_put(&exits->by_tid, tid);
	vcpu = place ? array_push(&exits->vcpus) : NULL;
	if (!vcpu)
		return -ENOMEM;
	*place = exits->vcpus.count;
	vcpu->tid = tid;
	*ret = vcpu;
	return 0;
}

static struct guest_vcpu *find_vcpu(const struct guest_exits *exits, uint32_t tid)
{
	const uint64_t *place = hash_find(&exits->by_tid, tid);

	return place ? &exits->vcpus.items[*place - 1] : NULL;
}

int guest_exits_leave(struct guest_exits *exits, const struct guest_moment *moment)
{
	struct guest_vcpu *vcpu;
	int r = get_vcpu(exits, moment->tid, &vcpu);

	if (!vcpu)
		return r;
	/* It went back meanwhile without being seen. */
	exits->unpaired += vcpu->is_out;
	vcpu->exit = (struct event_guest_exit){
		.start_ns = moment->time_ns,
		.tid = moment->tid,
		.vcpu = moment->vcpu == UINT32_MAX ? 0 : moment->vcpu,
		.reason = moment->reason,
		.isa = (uint16_t)moment->isa,
		.flags = moment->vcpu == UINT32_MAX ? 0 : GUEST_EXIT_VCPU,
	};
	if (vcpu->is_in && moment->time_ns >= vcpu->entered_ns) {
		vcpu->exit.guest_ns = moment->time_ns - vcpu->entered_ns;
		vcpu->exit.flags |= GUEST_EXIT_GUEST;
	}
	vcpu->user_since_ns = 0;
	vcpu->is_in = false;
	vcpu->is_out = true;
	return 0;
}

/* KVM_EXIT_UNKNOWN and KVM_EXIT_INTR of include/uapi/linux/kvm.h. */
enum {
	USER_REASON_UNKNOWN = 0,
	USER_REASON_SIGNAL = 10,
};

uint32_t guest_user_reason(uint32_t reason, int64_t error)
{
	if (error == -EINTR)
		return USER_REASON_SIGNAL;
	return error < 0 ? USER_REASON_UNKNOWN : reason;
}

void guest_exits_user(struct guest_exits *exits, const struct guest_moment *moment)
{
	struct guest_vcpu *vcpu = find_vcpu(exits, moment->tid);

	/* It may leave for the program several times before it goes back: the first counts. */
	if (!vcpu || !vcpu->is_out || vcpu->user_since_ns)
		return;
	vcpu->user_since_ns = moment->time_ns;
	vcpu->exit.user_reason = moment->reason;
	vcpu->exit.flags |= GUEST_EXIT_USER;
}

void guest_exits_halted(struct guest_exits *exits, uint32_t tid, uint64_t ns)
{
	struct guest_vcpu *vcpu = find_vcpu(exits, tid);

	if (!vcpu || !vcpu->is_out)
		return;
	if (__builtin_add_overflow(vcpu->exit.halted_ns, ns, &vcpu->exit.halted_ns))
		vcpu->exit.halted_ns = UINT64_MAX;
	vcpu->exit.flags |= GUEST_EXIT_HALTED;
}

static int tell(struct guest_vcpu *vcpu, uint64_t end_ns, uint32_t flags, struct perf_out *out,
		struct diag *why)
{
	struct event_guest_exit exit = vcpu->exit;
	uint64_t whole_ns;

	exit.head = (struct event)PERF_EVENT_HEAD(event_guest_exit, GUEST_EXIT, end_ns);
	exit.flags |= (uint16_t)flags;
	if (exit.start_ns > end_ns)
		exit.start_ns = end_ns;
	whole_ns = end_ns - exit.start_ns;
	if (exit.flags & GUEST_EXIT_USER && end_ns > vcpu->user_since_ns)
		exit.user_ns = end_ns - vcpu->user_since_ns;
	/* The kernel measures its own way: the parts are no more than the whole. */
	if (exit.user_ns > whole_ns)
		exit.user_ns = whole_ns;
	if (exit.halted_ns > whole_ns - exit.user_ns)
		exit.halted_ns = whole_ns - exit.user_ns;
	vcpu->is_out = false;
	return perf_tell(out, &exit, why);
}

int guest_exits_enter(struct guest_exits *exits, const struct guest_moment *moment,
		      struct perf_out *out, struct diag *why)
{
	struct guest_vcpu *vcpu;
	int r = get_vcpu(exits, moment->tid, &vcpu);

	if (!vcpu)
		return r;
	if (vcpu->is_out)
		r = tell(vcpu, moment->time_ns, 0, out, why);
	vcpu->is_in = true;
	vcpu->entered_ns = moment->time_ns;
	return r;
}

void guest_exits_forget(struct guest_exits *exits)
{
	for (size_t i = 0; i < exits->vcpus.count; i++) {
		exits->unpaired += exits->vcpus.items[i].is_out;
		exits->vcpus.items[i].is_out = exits->vcpus.items[i].is_in = false;
	}
}

int guest_exits_finish(struct guest_exits *exits, uint64_t end_ns, struct perf_out *out,
		       struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, end_ns),
		.what = LOSS_GUEST_EXIT,
		.count = exits->unpaired + exits->refused,
	};
	int r = 0;

	for (size_t i = 0; i < exits->vcpus.count && r == 0; i++) {
		if (exits->vcpus.items[i].is_out)
			r = tell(&exits->vcpus.items[i], end_ns, GUEST_EXIT_OPEN_END, out, why);
	}
	return r < 0 || !loss.count ? r : perf_tell(out, &loss, why);
}

void guest_exits_free(struct guest_exits *exits)
{
	array_free(&exits->vcpus);
	hash_free(&exits->by_tid);
}
