/*
 * When did which virtual CPU leave its guest, and when did it go back? KVM is mostly a module,
 * whose types a kernel may not tell: all rungs use its classic tracepoints, and user space says
 * where their records have which field.
 */
#ifndef PROBE_BPF_GUEST_H
#define PROBE_BPF_GUEST_H

#include "probe/bpf/state.h"
#include "probe/bpf/thread.h"

/* Of enum guest_exit_flags of event.h. */
enum {
	OUT_FOR_USER = 1,
	OUT_HALTED = 2,
	OUT_VCPU_KNOWN = 8,
	OUT_GUEST_KNOWN = 16,
};

#define FIELD_BYTES_MAX 8

struct vcpus_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WIRE_VCPUS);
	__type(key, __u32);
	__type(value, struct wire_vcpu);
};

struct vcpus_map vcpus SEC(".maps");

/* 0 where the record has no such field. */
static __always_inline __u64 record_field(void *record, __u16 offset, __u16 bytes)
{
	__u64 value = 0;

	if (bytes && bytes <= FIELD_BYTES_MAX)
		bpf_probe_read_kernel(&value, bytes, record + offset);
	return value;
}

#define RECORD_FIELD(record, field) \
	record_field(record, guest_fields.field.offset, guest_fields.field.bytes)

/* The current thread's; NULL: it has none. That of a dead thread whose number it has got is none.
 */
static __always_inline struct wire_vcpu *vcpu_find(task_ref task)
{
	__u32 tid = TASK_TID(task);
	struct wire_vcpu *vcpu = bpf_map_lookup_elem(&vcpus, &tid);

	return vcpu && vcpu->task == (__u64)TASK_POINTER(task) ? vcpu : NULL;
}

/* The same, made when there is none; it is in the guest since entered_ns. NULL: there is no room
 * (counted). */
static __always_inline struct wire_vcpu *vcpu_make(task_ref task, __u64 entered_ns)
{
	struct wire_vcpu fresh = { .task = (__u64)TASK_POINTER(task), .entered_ns = entered_ns };
	struct wire_vcpu *vcpu = vcpu_find(task);
	__u32 tid = TASK_TID(task);

	if (vcpu)
		return vcpu;
	bpf_map_update_elem(&vcpus, &tid, &fresh, BPF_ANY);
	vcpu = bpf_map_lookup_elem(&vcpus, &tid);
	if (!vcpu)
		lose(WIRE_LOST_GUEST_EXIT);
	return vcpu;
}

static __always_inline void tell_guest_exit(struct thread *thread, task_ref task,
					    const struct wire_vcpu *vcpu, __u64 now)
{
	struct wire_guest_exit *wire;

	tell_task(thread, task);
	wire = ring_reserve(sizeof(*wire), WIRE_GUEST_EXIT, WIRE_LOST_GUEST_EXIT, now,
			    TASK_TID(task));
	if (!wire)
		return;
	wire->start_ns = vcpu->left_ns;
	wire->guest_ns = vcpu->guest_ns;
	wire->why = vcpu->why;
	ring_submit(wire);
}

SEC("?tp/kvm/kvm_entry")
int on_guest_entry(void *ctx)
{
	struct wire_vcpu *vcpu;
	struct thread *thread;
	task_ref task;
	__u64 now;

	if (!is_on)
		return 0;
	task = current_task();
	thread = thread_of(task);
	if (!is_target(thread))
		return 0;
	vcpu = vcpu_make(task, 0);
	if (!vcpu)
		return 0;
	now = bpf_ktime_get_ns();
	if (vcpu->left_ns)
		tell_guest_exit(thread, task, vcpu, now);
	vcpu->left_ns = 0;
	/* Some exits are dealt with at once and told by no tracepoint: it is in the guest still. */
	if (!vcpu->entered_ns)
		vcpu->entered_ns = now;
	return 0;
}

SEC("?tp/kvm/kvm_exit")
int on_guest_exit(void *ctx)
{
	struct wire_vcpu *vcpu;
	task_ref task;
	__u64 now;

	if (!is_on)
		return 0;
	task = current_task();
	if (!is_target(thread_of(task)))
		return 0;
	/* Who leaves the guest without having gone in has been there since before the watch. */
	vcpu = vcpu_make(task, begin_ns);
	if (!vcpu)
		return 0;
	now = bpf_ktime_get_ns();
	if (vcpu->left_ns)
		lose(WIRE_LOST_GUEST_EXIT);
	__builtin_memset(&vcpu->why, 0, sizeof(vcpu->why));
	vcpu->why.reason = RECORD_FIELD(ctx, reason);
	vcpu->why.isa = RECORD_FIELD(ctx, isa);
	vcpu->why.vcpu = RECORD_FIELD(ctx, vcpu);
	vcpu->why.flags = guest_fields.vcpu.bytes ? OUT_VCPU_KNOWN : 0;
	vcpu->guest_ns = 0;
	if (vcpu->entered_ns) {
		vcpu->guest_ns = now - vcpu->entered_ns;
		vcpu->why.flags |= OUT_GUEST_KNOWN;
	}
	vcpu->entered_ns = 0;
	vcpu->left_ns = now;
	return 0;
}

/* The current thread's virtual CPU, when it has left its guest; else NULL. */
static __always_inline struct wire_vcpu *vcpu_outside(void)
{
	struct wire_vcpu *vcpu = is_on ? vcpu_find(current_task()) : NULL;

	return vcpu && vcpu->left_ns ? vcpu : NULL;
}

/* It may leave for the program several times before it goes back: the first counts. */
SEC("?tp/kvm/kvm_userspace_exit")
int on_guest_user(void *ctx)
{
	struct wire_vcpu *vcpu = vcpu_outside();

	if (!vcpu || vcpu->why.user_ns)
		return 0;
	vcpu->why.user_ns = bpf_ktime_get_ns();
	vcpu->why.user_reason = RECORD_FIELD(ctx, user_reason);
	vcpu->why.user_error = RECORD_FIELD(ctx, user_error);
	vcpu->why.flags |= OUT_FOR_USER;
	return 0;
}

SEC("?tp/kvm/kvm_vcpu_wakeup")
int on_guest_halted(void *ctx)
{
	struct wire_vcpu *vcpu = vcpu_outside();

	if (!vcpu)
		return 0;
	vcpu->why.halted_ns += RECORD_FIELD(ctx, halted_ns);
	vcpu->why.flags |= OUT_HALTED;
	return 0;
}

#endif
