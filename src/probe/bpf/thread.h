/* Who is followed, and who is told to user space? */
#ifndef PROBE_BPF_THREAD_H
#define PROBE_BPF_THREAD_H

#include "probe/bpf/state.h"

static __always_inline void decide_follow(struct thread *thread, struct task_struct *task)
{
	__u32 tgid = task->tgid;

	if (tgid == own_tgid)
		thread->follow = FOLLOW_NONE;
	else if (watch_machine || bpf_map_lookup_elem(&targets, &tgid))
		thread->follow = FOLLOW_TARGET;
	else if (task->flags & PF_KTHREAD)
		thread->follow = FOLLOW_HELPER;
	else
		thread->follow = FOLLOW_NONE;
	thread->number = NUMBER_UNSEEN;
	thread->stacked_number = NUMBER_NEVER;
}

/* The thread's state, made when it is first seen; NULL for idle threads and when memory is out
 * (counted). */
static __always_inline struct thread *thread_of(struct task_struct *task)
{
	struct thread *thread;

	if (!task->pid)
		return NULL;
	thread = bpf_task_storage_get(&threads, task, 0, 0);
	if (!thread) {
		thread = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!thread) {
			lose(WIRE_LOST_THREAD);
			return NULL;
		}
	}
	if (thread->follow == FOLLOW_NEW)
		decide_follow(thread, task);
	return thread;
}

static __always_inline bool is_followed(const struct thread *thread)
{
	return thread && thread->follow >= FOLLOW_HELPER;
}

static __always_inline bool is_target(const struct thread *thread)
{
	return thread && thread->follow == FOLLOW_TARGET;
}

/* Its time in system calls since it was switched in, the running call included. */
static __always_inline __u64 kernel_ns_of(const struct thread *thread, __u64 now)
{
	__u64 open_ns = 0;

	if (thread->enter_ns)
		open_ns =
			now - (thread->enter_ns > thread->in_ns ? thread->enter_ns : thread->in_ns);
	return thread->kernel_ns + open_ns;
}

static __always_inline void send_task(struct thread *thread, struct task_struct *task,
				      enum wire_kind kind)
{
	struct wire_task *wire =
		ring_reserve(sizeof(*wire), kind, WIRE_LOST_TASK, bpf_ktime_get_ns(), task->pid);

	if (!wire)
		return;
	wire->birth_ns = thread->birth_ns;
	wire->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	wire->tgid = task->tgid;
	wire->parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
	wire->is_kernel = !!(task->flags & PF_KTHREAD);
	wire->is_target = thread->follow == FOLLOW_TARGET;
	bpf_probe_read_kernel_str(wire->comm, sizeof(wire->comm), task->comm);
	ring_submit(wire);
	thread->is_told = 1;
}

static __always_inline void tell_task(struct thread *thread, struct task_struct *task)
{
	if (thread && !thread->is_told)
		send_task(thread, task, WIRE_TASK);
}

#endif
