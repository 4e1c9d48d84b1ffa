/* In which state is each thread? Read by iter/task: once when the other programs are off, and while
 * they run by those who want to know what lasts. */
#ifndef PROBE_BPF_OPEN_H
#define PROBE_BPF_OPEN_H

#include "probe/bpf/lock.h"
#include "probe/bpf/sched.h"

static __always_inline void send_open(struct thread *thread, struct task_struct *typed, __u64 now)
{
	task_ref task = task_of_pointer(typed);
	bool running = thread->in_ns > thread->out_ns || (!thread->out_ns && typed->on_cpu);
	bool blocked =
		!running && (thread->out_ns ? thread->out_state && thread->wake_ns <= thread->out_ns
					    : typed->__state);
	struct wire_switch *wire;
	__u64 stack = 0;

	if (blocked && typed->__state)
		stack = stack_of_task(typed, SCRATCH_SEED);
	wire = ring_reserve(sizeof(*wire), WIRE_OPEN, WIRE_LOST_SWITCH, now, 0);
	if (!wire)
		return;
	__builtin_memset((char *)wire + sizeof(wire->head), 0, sizeof(*wire) - sizeof(wire->head));
	fill_next(wire, thread, task, now);
	wire->flags &= ~WIRE_BLOCKED;
	if (running)
		wire->flags |= WIRE_RUNNING;
	else if (blocked)
		wire->flags |= WIRE_BLOCKED;
	if (!wire->next_state && blocked)
		wire->next_state = typed->__state;
	wire->next_tid = typed->pid;
	wire->in_ns = thread->in_ns;
	wire->kernel_ns = running ? kernel_ns_of(thread, now) : 0;
	fill_wait(&wire->wait, thread, task, stack);
	ring_submit(wire);
}

/* It got the CPU, was never seen leaving it, and yet is not there: see missed_its_leaving(). A
 * moment passes between the end of the watch and this look, in which any thread may leave. */
static __always_inline bool has_left_unseen(const struct thread *thread, struct task_struct *task,
					    __u64 now)
{
	return thread->in_ns && !thread->out_ns && !task->on_cpu && now - thread->in_ns > 50000000;
}

SEC("?iter/task")
int on_open(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;
	__u64 now = bpf_ktime_get_ns();

	if (!task || task->__state & TASK_DEAD)
		return 0;
	thread = thread_of(task_of_pointer(task));
	if (!is_followed(thread) || thread->out_state & TASK_DEAD)
		return 0;
	if (thread->follow < FOLLOW_TARGET && !thread->is_told)
		return 0; /* nobody waited for it */
	if (has_left_unseen(thread, task, now)) {
		give_up_hidden(thread, task_of_pointer(task));
		return 0;
	}
	tell_task(thread, task_of_pointer(task));
	if (!is_on) /* else the thread itself may be adding to its sums right now */
		syscall_flush(thread, task->pid, now);
	if (thread->lock)
		tell_lock_name(task, thread->lock, thread->lock_flags, now);
	send_open(thread, task, now);
	return 0;
}

#endif
