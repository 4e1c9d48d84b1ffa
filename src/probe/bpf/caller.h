/*
 * Who runs on this CPU, and in which system call? Each CPU remembers it, so that a call need not
 * look for its thread's state twice. When the thread leaves the CPU it takes this along. The watch
 * of calls only.
 */
#ifndef PROBE_BPF_CALLER_H
#define PROBE_BPF_CALLER_H

#include "probe/bpf/thread.h"

struct caller {
	__u64 task; /* its address; 0: whoever runs is not known yet */
	__u64 enter_ns;
	__u64 argument;
	__u64 size;
	__s32 number;
	__u32 tid;
	__u8 follow;
	__u8 is_told;
};

MAP(callers, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct caller, 1);

static __always_inline struct caller *caller_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&callers, &zero);
}

/* What the CPU knows goes to the thread. */
static __always_inline void caller_store(const struct caller *caller, struct thread *thread)
{
	thread->enter_ns = caller->enter_ns;
	thread->argument = caller->argument;
	thread->size = caller->size;
	thread->number = caller->number;
}

/* What the thread has brought along. NULL: nothing is known of it. */
static __always_inline void caller_load(struct caller *caller, const struct thread *thread,
					task_ref task)
{
	caller->task = (__u64)TASK_POINTER(task);
	caller->follow = FOLLOW_NONE;
	if (!thread)
		return;
	caller->tid = TASK_TID(task);
	caller->enter_ns = thread->enter_ns;
	caller->argument = thread->argument;
	caller->size = thread->size;
	caller->number = thread->number;
	caller->follow = thread->follow;
	caller->is_told = thread->is_told;
}

/* The CPU's memory of the thread that runs. NULL: its calls are not asked for. */
static __always_inline struct caller *caller_of(task_ref task)
{
	struct caller *caller = caller_here();

	if (!caller)
		return NULL;
	if (caller->task != (__u64)TASK_POINTER(task))
		caller_load(caller, thread_of(task), task);
	return caller->follow >= FOLLOW_HELPER ? caller : NULL;
}

/* Does this CPU remember the thread? */
static __always_inline bool caller_is(const struct caller *caller, task_ref task)
{
	return caller && caller->task && caller->task == (__u64)TASK_POINTER(task);
}

/* What is told of the thread that runs has changed. */
static __always_inline void caller_renew(const struct thread *thread, task_ref task)
{
	struct caller *caller = caller_here();

	if (!caller_is(caller, task))
		return;
	caller->tid = TASK_TID(task); /* exec() may change it */
	caller->follow = thread->follow;
	caller->is_told = thread->is_told;
}

#endif
