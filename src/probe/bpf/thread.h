/* Who is followed, and who is told to user space? */
#ifndef PROBE_BPF_THREAD_H
#define PROBE_BPF_THREAD_H

#include "probe/bpf/state.h"

static __always_inline enum follow follow_of(task_ref task)
{
	__u32 tgid = TASK_READ(task, tgid);

	if (tgid == own_tgid)
		return FOLLOW_NONE;
	if (watch_machine)
		return FOLLOW_TARGET;
	if (bpf_map_lookup_elem(&targets, &tgid))
		return awaits_exec ? FOLLOW_HELPER : FOLLOW_TARGET;
	return TASK_READ(task, flags) & PF_KTHREAD ? FOLLOW_KERNEL : FOLLOW_NONE;
}

static __always_inline void decide_follow(struct thread *thread, task_ref task)
{
	thread->follow = follow_of(task);
	thread->number = thread->out_number = NUMBER_UNSEEN;
}

/* The thread's state, made when it is first seen; NULL for idle threads, and when there is no
 * memory or no getting at it (counted as this loss). */
static __always_inline struct thread *thread_or_loss(task_ref task, enum wire_loss what)
{
	__u32 tid = TASK_TID(task);
	struct thread *thread;

	if (!tid)
		return NULL;
	thread = thread_find(task, tid);
	if (!thread) {
		thread = thread_make(task, tid);
		if (!thread) {
			lose(what);
			return NULL;
		}
	}
	if (thread->follow == FOLLOW_NEW && TASK_IS_KNOWN(task))
		decide_follow(thread, task);
	return thread;
}

static __always_inline struct thread *thread_of(task_ref task)
{
	return thread_or_loss(task, WIRE_LOST_THREAD);
}

/* The same for switches and wake-ups, which come amid anything. */
static __always_inline struct thread *thread_of_switch(task_ref task)
{
	return thread_or_loss(task, LOST_AT_SWITCH);
}

static __always_inline bool is_followed(const struct thread *thread)
{
	return thread && thread->follow >= FOLLOW_KERNEL;
}

/* Does the target wait for what it does? */
static __always_inline bool is_awaited(const struct thread *thread)
{
	return thread->follow >= FOLLOW_HELPER;
}

static __always_inline bool is_bystander(const struct thread *thread)
{
	return thread->follow == FOLLOW_NONE || thread->follow == FOLLOW_KERNEL;
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

/* What it ran before does not count. */
static __always_inline void count_from_here(struct thread *thread, task_ref task)
{
	if (thread->usage_state != USAGE_UNKNOWN)
		return;
	thread->base.run_ns = TASK_READ(task, se.sum_exec_runtime);
	thread->base.user_ns = TASK_READ(task, utime);
	thread->base.kernel_ns = TASK_READ(task, stime);
	thread->usage_state = USAGE_COUNTED;
}

static __always_inline void be_born(struct thread *thread, const struct thread *parent)
{
	if (is_target(parent))
		thread->follow = FOLLOW_TARGET;
	thread->birth_ns = bpf_ktime_get_ns();
	thread->out_ns = thread->birth_ns;
	thread->is_newborn = 1;
	__builtin_memset(&thread->base, 0, sizeof(thread->base));
	thread->usage_state = USAGE_COUNTED;
}

static __always_inline void fill_task(struct wire_task *wire, const struct thread *thread,
				      task_ref task)
{
	struct task_struct *pointer = TASK_POINTER(task);

	wire->birth_ns = thread->birth_ns;
	wire->cgroup = BPF_CORE_READ(pointer, cgroups, dfl_cgrp, kn, id);
	wire->tgid = TASK_READ(task, tgid);
	wire->parent_tgid = BPF_CORE_READ(pointer, real_parent, tgid);
	wire->is_kernel = !!(TASK_READ(task, flags) & PF_KTHREAD);
	wire->is_target = thread->follow == FOLLOW_TARGET;
	bpf_probe_read_kernel_str(wire->comm, sizeof(wire->comm), pointer->comm);
}

static __always_inline void send_task(struct thread *thread, task_ref task, enum wire_kind kind)
{
	struct wire_task *wire = ring_reserve(sizeof(*wire), kind, WIRE_LOST_TASK,
					      bpf_ktime_get_ns(), TASK_TID(task));

	if (!wire)
		return;
	fill_task(wire, thread, task);
	ring_submit(wire);
	thread->is_told = 1;
}

static __always_inline void tell_task(struct thread *thread, task_ref task)
{
	if (thread && !thread->is_told && TASK_IS_KNOWN(task))
		send_task(thread, task, WIRE_TASK);
}

#endif
