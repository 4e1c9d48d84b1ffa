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

/* Since 6.13. NULL for what is in no slab. */
extern struct kmem_cache *bpf_get_kmem_cache(__u64 address) __ksym __weak;

/* Objects lie one behind the other in slabs of so many pages, which begin at a multiple of that. */
static __always_inline __u32 offset_in_object(__u64 lock, __u32 order_objects, __u32 object_bytes)
{
	__u64 slab_bytes = page_bytes << (order_objects >> 16 & 15);

	return object_bytes ? (__u32)(lock & (slab_bytes - 1)) % object_bytes : 0;
}

static __always_inline bool fill_cache(struct wire_lock_name *wire, __u64 lock)
{
	struct kmem_cache *cache;
	__u32 object_bytes, pad = 0;

	if (!tells_caches)
		return false;
	cache = bpf_get_kmem_cache(lock);
	object_bytes = BPF_CORE_READ(cache, size); /* 0 when there is none */
	if (!object_bytes || bpf_probe_read_kernel_str(wire->cache, sizeof(wire->cache),
						       BPF_CORE_READ(cache, name)) <= 0)
		return false;
	if (bpf_core_field_exists(struct kmem_cache, red_left_pad))
		pad = BPF_CORE_READ(cache, red_left_pad);
	wire->offset = offset_in_object(lock, BPF_CORE_READ(cache, oo.x), object_bytes) - pad;
	wire->offset_min = offset_in_object(lock, BPF_CORE_READ(cache, min.x), object_bytes) - pad;
	wire->is_shared = BPF_CORE_READ(cache, refcount) > 1;
	return true;
}

/* Is it the mmap_lock of the task's own process? */
static __always_inline bool is_own_mmap_lock(struct task_struct *task, __u64 lock)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	return bpf_core_field_exists(struct mm_struct, mmap_lock) && mm &&
	       lock == (__u64)mm + bpf_core_field_offset(struct mm_struct, mmap_lock);
}

/* What the lock that a task waits for is called, the first time it is told of; and when it has
 * become another process's mmap_lock, as the kernel gives the memory of dead ones away. */
static __always_inline void tell_lock_name(struct task_struct *task, __u64 lock, __u32 flags,
					   __u64 now)
{
	struct wire_lock_name wire = { .lock = lock, .flags = flags };
	__u32 tgid = is_own_mmap_lock(task, lock) ? BPF_CORE_READ(task, tgid) : 0;
	__u32 *seen = bpf_map_lookup_elem(&locks_seen, &lock);

	if (seen && (!tgid || *seen == tgid))
		return;
	bpf_map_update_elem(&locks_seen, &lock, &tgid, BPF_ANY);
	fill_head(&wire.head, WIRE_LOCK_NAME, now, tgid);
	if (tgid || fill_cache(&wire, lock))
		(void)ring_send(&wire, sizeof(wire), WIRE_LOST_LOCK);
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

	tell_lock_name((struct task_struct *)bpf_get_current_task(), thread->lock,
		       thread->lock_flags, now);
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
