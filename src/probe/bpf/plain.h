/* Where is a thread's state when tasks are not typed? In a table by its number: the rungs raw_tp
 * and tp_classic. */
#ifndef PROBE_BPF_PLAIN_H
#define PROBE_BPF_PLAIN_H

#include "probe/bpf/state.h"

enum plain_size {
	THREADS = 32768,   /* some 20 MiB; those beyond are counted as lost */
	IO_THREADS = 8192, /* the oldest are forgotten */
};

/* A stack can only be taken of the thread that runs: when its wait begins. */
enum {
	STACK_AT_SWITCH_IN = 0
};

/* The pointer is taken first: else CO-RE would look for our own struct around it in the kernel. */
#define READ_TASK(pointer, field)                          \
	({                                                 \
		struct task_struct *read_task = (pointer); \
		BPF_CORE_READ(read_task, field);           \
	})
#define READ_TASK_BIT(pointer, field)                            \
	({                                                       \
		struct task_struct *read_task = (pointer);       \
		BPF_CORE_READ_BITFIELD_PROBED(read_task, field); \
	})

/* A field of what a tracepoint hands out. */
#define LOOK(pointer, field)                              \
	({                                                \
		typeof(pointer) look_pointer = (pointer); \
		BPF_CORE_READ(look_pointer, field);       \
	})

#define FAR(type, pointer, field)                             \
	({                                                    \
		struct type *far_pointer = (void *)(pointer); \
		BPF_CORE_READ(far_pointer, field);            \
	})

MAP(threads, BPF_MAP_TYPE_HASH, __u32, struct thread, THREADS);
MAP(io_threads, BPF_MAP_TYPE_LRU_HASH, __u32, struct io_thread, IO_THREADS);

static const struct thread NEW_THREAD = {
	.number = NUMBER_UNSEEN,
	.out_number = NUMBER_UNSEEN,
};

static __always_inline struct thread *thread_at(__u32 tid)
{
	return bpf_map_lookup_elem(&threads, &tid);
}

static __always_inline void thread_add(__u32 tid)
{
	bpf_map_update_elem(&threads, &tid, &NEW_THREAD, BPF_NOEXIST);
}

static const struct io_thread NEW_IO_THREAD = {};

static __always_inline struct io_thread *io_thread_at(__u32 tid)
{
	return bpf_map_lookup_elem(&io_threads, &tid);
}

static __always_inline struct io_thread *io_thread_add(__u32 tid)
{
	bpf_map_update_elem(&io_threads, &tid, &NEW_IO_THREAD, BPF_NOEXIST);
	return io_thread_at(tid);
}

/* Only the number counts. */
#define io_thread_find(task, tid) io_thread_at(tid)
#define io_thread_make(task, tid) io_thread_add(tid)

static __always_inline void thread_forget(__u32 tid)
{
	bpf_map_delete_elem(&threads, &tid);
}

/* The kernel has let go of the thread that had this number. By now another may have it. */
static __always_inline void thread_bury(__u32 tid)
{
	struct thread *thread = thread_at(tid);

	if (thread && thread->usage_state == USAGE_DYING)
		thread_forget(tid);
}

/* A thread that calls exec() takes the number of its process's first thread. */
static __always_inline void thread_rename(__u32 old_tid, __u32 tid)
{
	struct thread *thread;

	if (old_tid == tid)
		return;
	thread = thread_at(old_tid);
	if (!thread)
		return;
	bpf_map_update_elem(&threads, &tid, thread, BPF_ANY);
	thread_forget(old_tid);
}

#endif
