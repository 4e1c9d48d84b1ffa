/* Which code was on the CPU? A sample of whoever runs, at a fixed rate on every CPU. */
#ifndef PROBE_BPF_SAMPLE_H
#define PROBE_BPF_SAMPLE_H

#include "probe/bpf/stack.h"
#include "probe/bpf/thread.h"

SEC("?perf_event")
int on_sample(void *ctx)
{
	task_ref task = current_task();
	__u32 slot = samples_in_nmi ? SCRATCH_NMI : SCRATCH_CLOSED;
	struct wire_sample *wire;
	struct thread *thread;
	__u64 stack, user_stack = 0;

	/* Whoever else may be looking at threads here right now is slowpath itself. */
	if (!is_on || !TASK_TID(task) || (__u32)TASK_READ(task, tgid) == own_tgid)
		return 0;
	/* It may interrupt a program that is getting at another thread's state: then there is none.
	 */
	thread = thread_or_loss(task, WIRE_LOST_SAMPLE);
	if (!is_followed(thread))
		return 0;
	count_from_here(thread, task);
	tell_task(thread, task);
	stack = stack_of_current(ctx, slot, 0, 0);
	if (!(TASK_READ(task, flags) & PF_KTHREAD))
		user_stack = stack_of_current(ctx, slot, BPF_F_USER_STACK, TASK_READ(task, tgid));
	wire = ring_reserve(sizeof(*wire), WIRE_SAMPLE, WIRE_LOST_SAMPLE, bpf_ktime_get_ns(),
			    TASK_TID(task));
	if (!wire)
		return 0;
	wire->stack = stack;
	wire->user_stack = user_stack;
	ring_submit(wire);
	return 0;
}

#endif
