/* How is a task looked at where the kernel tells only its number? Its address is remembered from
 * when it was current. The rung tp_classic; typed.h tells what a rung gives. */
#ifndef PROBE_BPF_CLASSIC_H
#define PROBE_BPF_CLASSIC_H

#include "probe/bpf/plain.h"

/* The contexts of classic tracepoints: records as their format files tell them. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct trace_event_raw_sched_switch {
	long prev_state;
	int next_pid;
};

struct trace_event_raw_sched_wakeup_template {
	int pid;
};

struct trace_event_raw_sched_process_exec {
	int old_pid;
};

struct trace_event_raw_sched_process_template {
	int pid;
};

struct trace_event_raw_task_newtask {
	int pid;
	unsigned long clone_flags;
};

struct trace_event_raw_task_rename {
	int pid;
};

struct trace_event_raw_sys_enter {
	long id;
	unsigned long args[6];
};

struct trace_event_raw_sys_exit {
	long id;
	long ret;
};

struct trace_event_raw_contention_begin {
	void *lock_addr;
	unsigned int flags;
};

struct trace_event_raw_contention_end {
	void *lock_addr;
	int ret;
};

struct trace_event_raw_workqueue_execute_start {
	void *work;
};

struct trace_event_raw_block_rq {
	__u32 dev;
	__u64 sector;
	unsigned int nr_sector;
	char rwbs[8];
};

struct trace_event_raw_block_bio {
	__u32 dev;
	__u64 sector;
	unsigned int nr_sector;
	char rwbs[8];
};

struct trace_event_raw_block_rq_requeue {
	__u32 dev;
	__u64 sector;
	unsigned int nr_sector;
	char rwbs[8];
};

struct trace_event_raw_block_rq_completion {
	__u32 dev;
	__u64 sector;
	unsigned int nr_sector;
	int error;
	char rwbs[8];
};

struct trace_event_raw_io_uring_submit_req {
	void *req;
};

struct trace_event_raw_io_uring_queue_async_work {
	void *req;
};

struct trace_event_raw_io_uring_complete {
	void *req;
	int res;
};

struct trace_event_raw_signal_deliver {
	int sig;
	int code;
	unsigned long sa_handler;
};

struct trace_event_raw_signal_generate {
	int sig;
	int code;
	int pid;
	int result;
};

#pragma clang attribute pop

typedef struct {
	struct task_struct *task; /* NULL: not seen yet */
	__u32 tid;
} task_ref;

#define TASK_TID(ref)         ((ref).tid)
#define TASK_READ(ref, field) READ_TASK((ref).task, field)
#define TASK_BIT(ref, field)  READ_TASK_BIT((ref).task, field)
#define TASK_POINTER(ref)     ((ref).task)
#define TASK_IS_KNOWN(ref)    ((ref).task != NULL)
#define DYING_KEY(ref)        ((__u64)(ref).tid)
#define CALL_ARGUMENT_1(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[0])
#define CALL_ARGUMENT_2(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[1])
#define CALL_ARGUMENT_3(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[2])
#define CALL_NUMBER(regs)     ((__s32)((struct trace_event_raw_sys_exit *)ctx)->id)
#define CALL_REGS(regs)       0 /* not told */
#define CALL_ARGUMENT_4(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[3])
#define CALL_ARGUMENT_5(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[4])
#define CALL_ARGUMENT_6(regs) (((struct trace_event_raw_sys_enter *)ctx)->args[5])
#define COMPLETED_RESULT(cqe) (((struct trace_event_raw_io_uring_complete *)ctx)->res)
#define SWITCH_STATE(prev)    state_of_report(((struct trace_event_raw_sched_switch *)ctx)->prev_state)
#define SIGNAL_CODE(info)     (((struct trace_event_raw_signal_deliver *)ctx)->code)
#define SENT_CODE(info)       (((struct trace_event_raw_signal_generate *)ctx)->code)
#define HANDLER_OF(action)    (((struct trace_event_raw_signal_deliver *)ctx)->sa_handler)

/* include/linux/sched.h and fs/proc/array.c: how a state is reported, unchanged since 4.14. */
#define REPORTED_STATES 0x7f
#define REPORTED_EXIT   0x30
#define REPORTED_IDLE   0x80
#define TASK_IDLE       0x402

/* The kernel's state bits behind what the record tells. Preempted threads are reported as 0x100. */
static __always_inline __u32 state_of_report(long reported)
{
	if (reported & REPORTED_EXIT)
		return TASK_DEAD;
	if (reported & REPORTED_IDLE)
		return TASK_IDLE;
	return reported & REPORTED_STATES;
}

static __always_inline task_ref current_task(void)
{
	task_ref ref = {
		.task = (struct task_struct *)bpf_get_current_task(),
		.tid = (__u32)bpf_get_current_pid_tgid(),
	};

	return ref;
}

static __always_inline task_ref task_of_pointer(struct task_struct *task)
{
	task_ref ref = { .task = task, .tid = BPF_CORE_READ(task, pid) };

	return ref;
}

static __always_inline task_ref task_of_tid(__u32 tid)
{
	struct thread *thread = thread_at(tid);
	task_ref ref = {
		.task = thread ? (struct task_struct *)thread->task : NULL,
		.tid = tid,
	};

	return ref;
}

static __always_inline task_ref leader_of(task_ref task)
{
	task_ref ref = {
		.task = READ_TASK(task.task, group_leader),
		.tid = READ_TASK(task.task, tgid),
	};

	return ref;
}

static __always_inline struct thread *thread_find(task_ref task, __u32 tid)
{
	struct thread *thread = thread_at(tid);

	if (thread && task.task)
		thread->task = (__u64)task.task;
	return thread;
}

static __always_inline struct thread *thread_make(task_ref task, __u32 tid)
{
	thread_add(tid);
	return thread_find(task, tid);
}

#endif
