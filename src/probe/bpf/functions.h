/*
 * How long did each call of a function take? Programs at its entry and at its return; each thread's
 * open calls are kept until they return. Those that took long are told one by one, the others are
 * counted.
 */
#ifndef PROBE_BPF_FUNCTIONS_H
#define PROBE_BPF_FUNCTIONS_H

#include "probe/bpf/callees.h"
#include "probe/bpf/state.h"
#include "probe/bpf/thread.h"

struct open_calls_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WIRE_FUNCTION_THREADS);
	__type(key, __u32);
	__type(value, struct wire_open_calls);
};

struct open_calls_map function_calls SEC(".maps");

static const struct wire_open_calls no_calls;

/* The thread's open calls, made where there are none; NULL: there is no room (counted). Those of a
 * dead thread whose number this one has got are no longer there. */
static __always_inline struct wire_open_calls *open_calls(__u32 tid, __u64 task)
{
	struct wire_open_calls *calls = bpf_map_lookup_elem(&function_calls, &tid);

	if (!calls) {
		bpf_map_update_elem(&function_calls, &tid, &no_calls, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&function_calls, &tid);
		if (!calls) {
			lose(WIRE_LOST_CALL);
			return NULL;
		}
	}
	if (calls->task != task) {
		calls->task = task;
		calls->count = calls->beyond = 0;
	}
	return calls;
}

/* Those that it is in now; NULL: none. */
static __always_inline struct wire_open_calls *current_calls(void)
{
	task_ref task = current_task();
	__u32 tid = TASK_TID(task);
	struct wire_open_calls *calls = bpf_map_lookup_elem(&function_calls, &tid);

	return calls && calls->count && calls->task == (__u64)TASK_POINTER(task) ? calls : NULL;
}

/* The stack has grown from above the caller's frame: calls that were below it have ended without a
 * return that was seen: longjmp(3), an exception, a return that the kernel missed. */
static __always_inline void drop_below(struct wire_open_calls *calls, __u64 sp)
{
	for (int i = 0; i < WIRE_OPEN_CALLS; i++) {
		__u32 top = calls->count - 1;

		if (top >= WIRE_OPEN_CALLS || calls->calls[top].sp >= sp)
			return;
		calls->count = top;
		lose(WIRE_LOST_CALL);
	}
}

static __always_inline int enter_function(__u64 function, __u64 sp)
{
	struct wire_open_calls *calls;
	struct wire_open_call *call;
	struct thread *thread;
	task_ref task;
	__u32 place;

	if (!is_on)
		return 0;
	task = current_task();
	thread = thread_of(task);
	if (!is_target(thread))
		return 0;
	calls = open_calls(TASK_TID(task), (__u64)TASK_POINTER(task));
	if (!calls)
		return 0;
	/* One that stood where this one does is over as well. */
	drop_below(calls, sp ? sp + 1 : 0);
	place = calls->count;
	if (place >= WIRE_OPEN_CALLS) {
		calls->beyond++;
		return 0;
	}
	if (!place)
		begin_callees(calls);
	call = &calls->calls[place];
	call->start_ns = bpf_ktime_get_ns();
	call->sp = sp;
	call->function = function;
	calls->count = place + 1;
	return 0;
}

static __always_inline void tell_call(struct thread *thread, task_ref task,
				      const struct wire_open_calls *calls,
				      const struct wire_open_call *call, __u32 depth)
{
	__u64 now = bpf_ktime_get_ns();
	struct wire_call *wire;

	if (now - call->start_ns < function_over_ns) {
		__sync_fetch_and_add(&short_calls, 1);
		return;
	}
	tell_task(thread, task);
	if (!depth)
		tell_callees(calls, call->start_ns, now, TASK_TID(task));
	wire = ring_reserve(sizeof(*wire), WIRE_CALL, WIRE_LOST_CALL, now, TASK_TID(task));
	if (!wire)
		return;
	wire->start_ns = call->start_ns;
	wire->function = call->function;
	wire->depth = depth;
	wire->spare = 0;
	ring_submit(wire);
}

/* sp: as it was at the entry; 0: not known, it is the innermost call that returns. */
static __always_inline int leave_function(__u64 function, __u64 sp)
{
	struct wire_open_calls *calls;
	struct wire_open_call call;
	struct thread *thread;
	task_ref task;
	__u32 tid, place;

	if (!is_on)
		return 0;
	task = current_task();
	tid = TASK_TID(task);
	calls = bpf_map_lookup_elem(&function_calls, &tid);
	if (!calls || calls->task != (__u64)TASK_POINTER(task))
		return 0;
	if (!sp && calls->beyond) {
		calls->beyond--;
		lose(WIRE_LOST_CALL);
		return 0;
	}
	drop_below(calls, sp);
	place = calls->count - 1;
	if (place >= WIRE_OPEN_CALLS)
		return 0; /* it began before the watch */
	call = calls->calls[place];
	if (call.function != function || (sp && call.sp != sp))
		return 0;
	calls->count = place;
	thread = thread_of(task);
	if (thread)
		tell_call(thread, task, calls, &call, place);
	return 0;
}

/* --- a system call that is the function: it is told by others, its callees here --- */

static __always_inline void enter_system_call(const struct thread *thread, task_ref task)
{
	struct wire_open_calls *calls;

	if (function_syscall < 0 || thread->number != function_syscall || !callee_count ||
	    !is_target(thread))
		return;
	calls = open_calls(TASK_TID(task), (__u64)TASK_POINTER(task));
	if (!calls)
		return;
	begin_callees(calls);
	calls->count = 1;
}

static __always_inline void leave_system_call(const struct thread *thread, task_ref task, __u64 now)
{
	struct wire_open_calls *calls;

	if (function_syscall < 0 || thread->number != function_syscall || !callee_count)
		return;
	calls = current_calls();
	if (!calls)
		return;
	if (now - thread->enter_ns >= function_over_ns)
		tell_callees(calls, thread->enter_ns, now, TASK_TID(task));
	calls->count = 0;
}

/* What lies on the stack between the entry, where the return address is on it, and the return. */
#if defined(__TARGET_ARCH_x86)
#define RETURN_BYTES 8
#else
#define RETURN_BYTES 0
#endif

SEC("?uprobe")
int on_user_enter(struct pt_regs *ctx)
{
	return enter_function(bpf_get_attach_cookie(ctx), PT_REGS_SP(ctx));
}

SEC("?uretprobe")
int on_user_return(struct pt_regs *ctx)
{
	return leave_function(bpf_get_attach_cookie(ctx), PT_REGS_SP(ctx) - RETURN_BYTES);
}

/* The kernel misses a return when too many calls are open at a time: where a later one stands tells
 * that it is over. */
SEC("?kprobe")
int on_kernel_enter(struct pt_regs *ctx)
{
	return enter_function(bpf_get_func_ip(ctx), PT_REGS_SP(ctx));
}

SEC("?kretprobe")
int on_kernel_return(struct pt_regs *ctx)
{
	return leave_function(bpf_get_func_ip(ctx), 0);
}

/* The same where the kernel calls programs without a breakpoint; no return is missed. */
SEC("?fentry")
int on_kernel_begin(void *ctx)
{
	return enter_function(bpf_get_func_ip(ctx), 0);
}

SEC("?fexit")
int on_kernel_end(void *ctx)
{
	return leave_function(bpf_get_func_ip(ctx), 0);
}

/* --- what is timed inside of it: its number is the cookie --- */

SEC("?kprobe")
int on_callee_enter(struct pt_regs *ctx)
{
	struct wire_open_calls *calls = callee_count ? current_calls() : NULL;

	if (calls)
		enter_callee(calls, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("?kretprobe")
int on_callee_return(struct pt_regs *ctx)
{
	struct wire_open_calls *calls = callee_count ? current_calls() : NULL;

	if (calls)
		leave_callee(calls, bpf_get_attach_cookie(ctx));
	return 0;
}

#endif
