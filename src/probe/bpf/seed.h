/* What did each thread do when the watch began? Read once by iter/task, on rungs that cannot look
 * at a thread while another one runs. */
#ifndef PROBE_BPF_SEED_H
#define PROBE_BPF_SEED_H

#include "probe/bpf/stack.h"
#include "probe/bpf/thread.h"

/* Already seen since the watch began: that is newer. */
static __always_inline bool has_moved(const struct thread *thread)
{
	return thread->in_ns || thread->out_ns || thread->wake_ns;
}

SEC("?iter/task")
int on_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;

	if (!task || task->__state & TASK_DEAD || follow_of(task_of_pointer(task)) < FOLLOW_KERNEL)
		return 0;
	thread = thread_of(task_of_pointer(task));
	if (!thread || has_moved(thread) || task->on_cpu || !task->__state)
		return 0;
	thread->out_state = task->__state;
	thread->stack = stack_of_task(task, SCRATCH_SEED);
	return 0;
}

#endif
