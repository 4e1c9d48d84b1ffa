/* How is a task looked at where the kernel hands it out typed? Its fields are read directly, and
 * its state is stored with it. The rung tp_btf. */
#ifndef PROBE_BPF_TYPED_H
#define PROBE_BPF_TYPED_H

#include "probe/bpf/state.h"

/*
 * What each rung gives (here, raw.h, classic.h): task_ref, TASK_…, CALL_…, SWITCH_STATE,
 * SIGNAL_CODE, SENT_CODE, HANDLER_OF, STACK_AT_SWITCH_IN, LOST_AT_SWITCH, DYING_KEY, FIELD,
 * current_task(), task_of_pointer(), thread_find(), thread_make(), thread_rename(),
 * thread_forget(), thread_bury(); COMPLETED_RESULT, LOOK (at a field of what a tracepoint hands
 * out), FAR (of what is found from there), leader_of(), io_thread_find(), io_thread_make().
 * All else is written once, on top of these.
 */
typedef struct task_struct *task_ref;

#define TASK_TID(task)         ((__u32)(task)->pid)
#define TASK_READ(task, field) ((task)->field)
#define TASK_BIT(task, field)  BPF_CORE_READ_BITFIELD(task, field)
#define TASK_POINTER(task)     (task)
#define TASK_IS_KNOWN(task)    true
#define DYING_KEY(task)        ((__u64)(task))
#define CALL_ARGUMENT_1(regs)  PT_REGS_PARM1_SYSCALL(regs)
#define CALL_ARGUMENT_2(regs)  PT_REGS_PARM2_SYSCALL(regs)
#define CALL_ARGUMENT_3(regs)  PT_REGS_PARM3_SYSCALL(regs)
#define CALL_NUMBER(regs)      ((__s32)(regs)->REGS_NUMBER)
#define CALL_REGS(regs)        ((__u64)(regs))
#define CALL_ARGUMENT_4(regs)  PT_REGS_PARM4_SYSCALL(regs)
#define CALL_ARGUMENT_5(regs)  PT_REGS_PARM5_SYSCALL(regs)
#define CALL_ARGUMENT_6(regs)  (__PT_REGS_CAST(regs)->ARGUMENT_6_REGISTER)
#define COMPLETED_RESULT(cqe)  (completion_has_entry ? (cqe)->res : (__s32)ctx[3])
#define LOOK(pointer, field)   ((pointer)->field)

/* The kernel takes our word for what lies there: since 6.2. */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type_id) __ksym __weak;

/* A field of something that is known by its address alone. */
#define FAR(type, pointer, field)                                                              \
	({                                                                                     \
		struct type *far_pointer = (void *)(pointer);                                  \
		bpf_rdonly_cast ? ((struct type *)bpf_rdonly_cast(                             \
					   far_pointer, bpf_core_type_id_kernel(struct type))) \
					  ->field                                              \
				: BPF_CORE_READ(far_pointer, field);                           \
	})
#define SWITCH_STATE(prev)    (switch_has_state ? (__u32)ctx[3] : (prev)->__state)
#define SIGNAL_CODE(info)     signal_code(info)
#define SENT_CODE(info)       signal_code(info)
#define HANDLER_OF(action)    ((__u64)BPF_CORE_READ(action, sa.sa_handler))
#define FIELD(pointer, field) ((pointer)->field) /* of what a tracepoint hands out */

/* Is a wait's stack taken when it has ended and its length is known? */
enum {
	STACK_AT_SWITCH_IN = 1
};

/*
 * What is lost when a switch or a wake-up does not get at a thread's state: itself, not the thread.
 * Up to 6.1 nobody gets at the storage of any task while his CPU is at that of another
 * (bpf_task_storage_busy), so that an interrupt that comes just then cannot note whom it wakes.
 * Later kernels refuse it only where the state is still to be made.
 */
enum {
	LOST_AT_SWITCH = WIRE_LOST_SWITCH
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct io_thread);
} io_threads SEC(".maps");

static __always_inline task_ref current_task(void)
{
	return bpf_get_current_task_btf();
}

static __always_inline task_ref task_of_pointer(struct task_struct *task)
{
	return task;
}

static __always_inline struct thread *thread_find(task_ref task, __u32 tid)
{
	return bpf_task_storage_get(&threads, task, 0, 0);
}

/* Another CPU may give the task its first state at the same moment: then ours is refused (-EAGAIN),
 * and theirs is there. */
static __always_inline struct thread *thread_make(task_ref task, __u32 tid)
{
	struct thread *thread =
		bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return thread ?: thread_find(task, tid);
}

/* The first thread of its process. */
static __always_inline task_ref leader_of(task_ref task)
{
	return task->group_leader;
}

static __always_inline struct io_thread *io_thread_find(task_ref task, __u32 tid)
{
	return bpf_task_storage_get(&io_threads, task, 0, 0);
}

static __always_inline struct io_thread *io_thread_make(task_ref task, __u32 tid)
{
	struct io_thread *thread =
		bpf_task_storage_get(&io_threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return thread ?: io_thread_find(task, tid);
}

/* The state goes with the task, whatever its number. */
static __always_inline void thread_rename(__u32 old_tid, __u32 tid)
{
}

/* It goes away with the task. */
static __always_inline void thread_forget(__u32 tid)
{
}

static __always_inline void thread_bury(__u32 tid)
{
}

#endif
