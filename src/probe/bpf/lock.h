/* Which kernel lock was contended, and who held it? */
#ifndef PROBE_BPF_LOCK_H
#define PROBE_BPF_LOCK_H

#include "probe/bpf/stack.h"
#include "probe/bpf/thread.h"

/* The owner's tid where the lock keeps one: mutexes and read-write semaphores. 0: not known. */
static __always_inline __u32 lock_owner(void *lock, __u32 flags)
{
	__u64 owner;

	if (flags & (LOCK_SPIN | LOCK_PERCPU) && !(flags & LOCK_MUTEX))
		return 0;
	if (flags & LOCK_MUTEX)
		owner = BPF_CORE_READ((struct mutex *)lock, owner.counter);
	else if (flags)
		owner = BPF_CORE_READ((struct rw_semaphore *)lock, owner.counter);
	else
		return 0;
	owner &= ~LOCK_OWNER_FLAGS;
	return owner ? BPF_CORE_READ((struct task_struct *)owner, pid) : 0;
}

/* A mutex may begin several times before its one end: the first counts (dc1f7893a70f). */
PROBE(contention_begin, on_contention_begin, void *lock, unsigned int flags)
{
	struct thread *thread;

	if (!is_on || context_of(this_cpu()) != IN_THREAD)
		return 0;
	thread = thread_of(current_task());
	if (!is_followed(thread) || thread->lock)
		return 0;
	thread->lock = (__u64)lock;
	thread->lock_ns = bpf_ktime_get_ns();
	thread->lock_flags = flags;
	thread->lock_owner = lock_owner(lock, flags);
	return 0;
}

static __always_inline void send_lock(void *ctx, const struct thread *thread, __u32 tid, __u64 now)
{
	struct wire_lock *wire;
	__u64 stack;

	stack = stack_of_current(ctx, SCRATCH_OPEN, 0, 0);
	wire = ring_reserve(sizeof(*wire), WIRE_LOCK, WIRE_LOST_LOCK, now, tid);
	if (!wire)
		return;
	wire->start_ns = thread->lock_ns;
	wire->lock = thread->lock;
	wire->stack = stack;
	wire->owner = thread->lock_owner;
	wire->flags = thread->lock_flags;
	ring_submit(wire);
}

PROBE(contention_end, on_contention_end, void *lock, int result)
{
	task_ref task;
	struct thread *thread;
	__u64 now;

	if (!is_on || context_of(this_cpu()) != IN_THREAD)
		return 0;
	task = current_task();
	thread = thread_of(task);
	if (!is_followed(thread) || thread->lock != (__u64)lock)
		return 0;
	now = bpf_ktime_get_ns();
	if (now - thread->lock_ns >= lock_min_ns)
		send_lock(ctx, thread, TASK_TID(task), now);
	thread->lock = 0;
	thread->lock_owner = 0;
	thread->lock_flags = 0;
	return 0;
}

#endif
