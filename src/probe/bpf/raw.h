/* How is a task looked at where the kernel hands out bare pointers? Each field is copied. The rung
 * raw_tp; typed.h tells what a rung gives. */
#ifndef PROBE_BPF_RAW_H
#define PROBE_BPF_RAW_H

#include "probe/bpf/plain.h"

typedef struct task_struct *task_ref;

#define TASK_TID(task)         ((__u32)READ_TASK(task, pid))
#define TASK_READ(task, field) READ_TASK(task, field)
#define TASK_BIT(task, field)  READ_TASK_BIT(task, field)
#define TASK_POINTER(task)     (task)
#define TASK_IS_KNOWN(task)    true
#define DYING_KEY(task)        ((__u64)(task))
#define CALL_ARGUMENT_1(regs)  PT_REGS_PARM1_CORE_SYSCALL(regs)
#define CALL_ARGUMENT_2(regs)  PT_REGS_PARM2_CORE_SYSCALL(regs)
#define CALL_ARGUMENT_3(regs)  PT_REGS_PARM3_CORE_SYSCALL(regs)
#define CALL_NUMBER(regs)      ((__s32)BPF_CORE_READ(regs, REGS_NUMBER))
#define CALL_REGS(regs)        ((__u64)(regs))
#define CALL_ARGUMENT_4(regs)  PT_REGS_PARM4_CORE_SYSCALL(regs)
#define CALL_ARGUMENT_5(regs)  PT_REGS_PARM5_CORE_SYSCALL(regs)
#define CALL_ARGUMENT_6(regs)  BPF_CORE_READ(__PT_REGS_CAST(regs), ARGUMENT_6_REGISTER)
#define COMPLETED_RESULT(cqe)  (completion_has_entry ? LOOK(cqe, res) : (__s32)ctx[3])
#define SWITCH_STATE(prev)     (switch_has_state ? (__u32)ctx[3] : READ_TASK(prev, __state))
#define SIGNAL_CODE(info)      signal_code(info)
#define SENT_CODE(info)        signal_code(info)
#define HANDLER_OF(action)     ((__u64)BPF_CORE_READ(action, sa.sa_handler))
#define FIELD(pointer, field)  BPF_CORE_READ(pointer, field)

static __always_inline task_ref current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline task_ref task_of_pointer(struct task_struct *task)
{
	return task;
}

static __always_inline task_ref leader_of(task_ref task)
{
	return READ_TASK(task, group_leader);
}

static __always_inline struct thread *thread_find(task_ref task, __u32 tid)
{
	return thread_at(tid);
}

static __always_inline struct thread *thread_make(task_ref task, __u32 tid)
{
	thread_add(tid);
	return thread_at(tid);
}

#endif
