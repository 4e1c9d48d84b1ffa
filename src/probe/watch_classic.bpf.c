/* What happens to the threads, where raw tracepoints are refused too? The programs of watch.bpf.c,
 * each called with what a classic tracepoint's record tells. */
#include "probe/bpf/classic.h"

/* What a program does; the list below says what calls it. */
#define PROBE(tracepoint, name, args...) static __always_inline int name##_at(void *ctx, ##args)

#include "probe/bpf/all.h"
#include "probe/bpf/classic_block.h"
#include "probe/bpf/classic_io_requests.h"
#include "probe/bpf/seed.h"

#define CLASSIC(group, tracepoint, name, type, arguments...) \
	SEC("?tp/" #group "/" #tracepoint)                   \
	int name(struct trace_event_raw_##type *ctx)         \
	{                                                    \
		return name##_at(ctx, ##arguments);          \
	}

/* Programs that need only know that it happened. */
#define HAPPENED(group, tracepoint)                  \
	SEC("?tp/" #group "/" #tracepoint)           \
	int on_##tracepoint(void *ctx)               \
	{                                            \
		return on_##tracepoint##_at(ctx, 0); \
	}

/* clang-format off */
CLASSIC(sched, sched_switch, on_switch, sched_switch, false, current_task(), task_of_tid(ctx->next_pid))
CLASSIC(sched, sched_waking, on_waking, sched_wakeup_template, task_of_tid(ctx->pid))
CLASSIC(sched, sched_wakeup_new, on_wakeup_new, sched_wakeup_template, task_of_tid(ctx->pid))
CLASSIC(sched, sched_process_exec, on_exec, sched_process_exec, current_task(), ctx->old_pid)
CLASSIC(sched, sched_process_exit, on_exit, sched_process_template, current_task())
CLASSIC(sched, sched_process_free, on_release, sched_process_template, task_of_tid(ctx->pid))
CLASSIC(task, task_rename, on_rename, task_rename, task_of_tid(ctx->pid))
CLASSIC(raw_syscalls, sys_enter, on_sys_enter, sys_enter, NULL, ctx->id)
CLASSIC(raw_syscalls, sys_exit, on_sys_exit, sys_exit, NULL, ctx->ret)
CLASSIC(sched, sched_switch, on_call_switch, sched_switch, false, current_task(), task_of_tid(ctx->next_pid))
CLASSIC(sched, sched_waking, on_call_waking, sched_wakeup_template, task_of_tid(ctx->pid))
CLASSIC(raw_syscalls, sys_enter, on_call_enter, sys_enter, NULL, ctx->id)
CLASSIC(raw_syscalls, sys_exit, on_call_exit, sys_exit, NULL, ctx->ret)
CLASSIC(raw_syscalls, sys_enter, on_io_enter, sys_enter, NULL, ctx->id)
CLASSIC(raw_syscalls, sys_exit, on_io_exit, sys_exit, NULL, ctx->ret)
CLASSIC(sched, sched_switch, on_file_switch, sched_switch, false, current_task(), task_of_tid(ctx->next_pid))
CLASSIC(io_uring, io_uring_submit_req, on_uring_submit, io_uring_submit_req, ctx->req)
CLASSIC(io_uring, io_uring_queue_async_work, on_uring_punt, io_uring_queue_async_work, ctx->req)
CLASSIC(io_uring, io_uring_complete, on_uring_complete, io_uring_complete, NULL, ctx->req, NULL)
CLASSIC(lock, contention_begin, on_contention_begin, contention_begin, ctx->lock_addr, ctx->flags)
CLASSIC(lock, contention_end, on_contention_end, contention_end, ctx->lock_addr, ctx->ret)
CLASSIC(signal, signal_deliver, on_signal, signal_deliver, ctx->sig, NULL, NULL)
CLASSIC(signal, signal_generate, on_kill, signal_generate, ctx->sig, NULL, task_of_tid(ctx->pid), 0, ctx->result)
CLASSIC(workqueue, workqueue_execute_start, on_work_start, workqueue_execute_start, ctx->work)
CLASSIC(workqueue, workqueue_execute_end, on_work_end, workqueue_execute_start, NULL)
HAPPENED(irq, irq_handler_entry)
HAPPENED(irq, irq_handler_exit)
HAPPENED(irq, softirq_entry)
HAPPENED(irq, softirq_exit)
HAPPENED(irq_vectors, local_timer_entry)
HAPPENED(irq_vectors, local_timer_exit)
HAPPENED(irq_vectors, call_function_entry)
HAPPENED(irq_vectors, call_function_exit)
HAPPENED(irq_vectors, call_function_single_entry)
HAPPENED(irq_vectors, call_function_single_exit)
HAPPENED(irq_vectors, irq_work_entry)
HAPPENED(irq_vectors, irq_work_exit)
/* clang-format on */

#define CLONE_THREAD 0x10000 /* include/uapi/linux/sched.h */

/* A newborn is not seen yet, but is like its parent: told so now, and again when it runs. */
static __always_inline void tell_newborn(struct thread *thread, __u32 tid, bool is_thread)
{
	struct wire_task *wire =
		ring_reserve(sizeof(*wire), WIRE_TASK, WIRE_LOST_TASK, thread->birth_ns, tid);

	if (!wire)
		return;
	fill_task(wire, thread, current_task());
	if (!is_thread) {
		wire->parent_tgid = wire->tgid;
		wire->tgid = tid;
	}
	ring_submit(wire);
}

SEC("?tp/task/task_newtask")
int on_fork(struct trace_event_raw_task_newtask *ctx)
{
	task_ref child = { .tid = ctx->pid };
	struct thread *parent, *thread;

	if (!is_on)
		return 0;
	parent = thread_of(current_task());
	thread = thread_of(child);
	if (!thread)
		return 0;
	be_born(thread, parent);
	if (is_followed(thread))
		tell_newborn(thread, child.tid, ctx->clone_flags & CLONE_THREAD);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
