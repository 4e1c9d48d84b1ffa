/* Which faults on mapped files had to wait, and how long? */
#ifndef PROBE_BPF_IO_FAULT_H
#define PROBE_BPF_IO_FAULT_H

#include "probe/bpf/io_sync.h"
#include "probe/bpf/stack.h"

enum {
	FAULT_WRITES = 2,         /* in the error code of x86 */
	FAULT_ENTRY_NS = 1000000, /* a fault from the user's code is soon looked for in its file */
	FAULT_FAILED = -14,       /* EFAULT */
};

static __always_inline bool is_fault(const struct io_thread *thread)
{
	return thread && thread->io.id && thread->io.engine == WIRE_PAGE_FAULT;
}

/* It is over: what had to wait is told, what had not is none of ours. */
static __always_inline void fault_end(struct io_thread *thread, task_ref task, __s64 result)
{
	if (thread->is_asleep) {
		tell_task(thread_find(task, TASK_TID(task)), task);
		io_end_here(&thread->io, result, WIRE_IO_WAITED);
	}
	thread->io.id = 0;
}

/* Which way the program wanted the page, and since when. Told by x86 alone: elsewhere all are taken
 * for reads. */
PROBE(page_fault_user, on_user_fault, unsigned long address, struct pt_regs *regs,
      unsigned long error_code)
{
	struct io_thread *thread;
	task_ref task;

	if (!is_on)
		return 0;
	task = current_task();
	thread = io_thread_find(task, TASK_TID(task));
	if (!thread)
		return 0;
	if (is_fault(thread) && thread->is_ended)
		fault_end(thread, task, FAULT_FAILED); /* the kernel ends only what it served */
	thread->fault_ns = bpf_ktime_get_ns();
	thread->is_write_fault = error_code & FAULT_WRITES ? 1 : 0;
	return 0;
}

/* One that the kernel itself has is not told before: what stands there is of an older one. */
static __always_inline void fault_take_entry(struct io_thread *thread, struct io *io)
{
	thread->is_ended = 0;
	if (io->start_ns - thread->fault_ns < FAULT_ENTRY_NS) {
		thread->is_ended = sees_fault_end;
		io->start_ns = thread->fault_ns;
		if (thread->is_write_fault)
			io->operation = WIRE_IO_IS_WRITE;
	}
	thread->fault_ns = 0;
}

/* A page is missing that the kernel looks for in the file now. Inside of a system call that is an
 * operation itself, the time is that one's. */
PROBE(mm_filemap_fault, on_file_fault, struct address_space *mapping, unsigned long index)
{
	static const struct io_call call = { WIRE_IO_IS_READ, WIRE_IO_NONE, 0 };
	struct io_thread *thread;
	struct inode *inode;
	task_ref task;
	struct io *io;

	if (!is_on)
		return 0;
	task = current_task();
	thread = io_thread_of(task);
	if (!thread || thread->form != WIRE_IO_NONE)
		return 0;
	if (is_fault(thread) && thread->is_ended && !thread->fault_ns)
		return 0; /* the same, tried again after its wait */
	inode = LOOK(mapping, host);
	if (!inode)
		return 0;
	io = &thread->io;
	io_note_inode(io, inode, NULL);
	io_begin(io, WIRE_PAGE_FAULT, &call, TASK_TID(task), bpf_ktime_get_ns());
	fault_take_entry(thread, io);
	io->submit_ns = io->start_ns;
	io->syscall = io->fd = -1;
	io->open_flags = 0;
	io->batch = io->depth = 1;
	io->offset = index * page_bytes;
	io->wanted = page_bytes;
	thread->is_asleep = 0;
	thread->sleep_ns = 0;
	return 0;
}

/* The kernel has served a fault of this thread, on a file or not. One that a page is pinned for,
 * and not touched, does not come here. */
SEC("?perf_event")
int on_fault_end(void *ctx)
{
	struct io_thread *thread;
	task_ref task;

	if (!is_on)
		return 0;
	task = current_task();
	thread = io_thread_find(task, TASK_TID(task));
	if (!thread)
		return 0;
	thread->fault_ns = 0;
	if (is_fault(thread))
		fault_end(thread, task, thread->io.wanted);
	return 0;
}

/* It has slept for long in its operation: told with the stack that it slept on. */
static __always_inline void send_long_sleep(struct io_thread *thread, task_ref task, __u64 now)
{
	__u64 stack = stack_of_task(TASK_POINTER(task), SCRATCH_CLOSED);
	struct wire_switch *wire =
		ring_reserve(sizeof(*wire), WIRE_SWITCH_WAIT, WIRE_LOST_SWITCH, now, 0);

	if (!wire)
		return;
	__builtin_memset((char *)wire + sizeof(wire->head), 0, sizeof(*wire) - sizeof(wire->head));
	wire->next_tid = TASK_TID(task);
	wire->out_ns = thread->sleep_ns;
	wire->next_state = 2; /* TASK_UNINTERRUPTIBLE */
	wire->flags = WIRE_TOLD | WIRE_BLOCKED;
	wire->syscall = thread->io.syscall;
	wire->wait.stack = stack;
	wire->wait.fd = -1;
	ring_submit(wire);
}

static __always_inline void fall_asleep(struct io_thread *thread, __u64 now)
{
	thread->sleep_ns = now;
	thread->is_asleep = 1;
}

/* A signal that it has not blocked waits for it: then the kernel may leave the fault unserved, go
 * back for that, and the access faults anew (arch/x86/mm/fault.c, fault_signal_pending()). */
static __always_inline bool has_signal(task_ref task)
{
	struct task_struct *of = TASK_POINTER(task);
	unsigned long pending = BPF_CORE_READ(of, pending.signal.sig[0]) |
				BPF_CORE_READ(of, signal, shared_pending.signal.sig[0]);

	return pending & ~BPF_CORE_READ(of, blocked.sig[0]);
}

static __always_inline void wake_up(struct io_thread *thread, task_ref task, __u64 now)
{
	if (STACK_AT_SWITCH_IN && thread->sleep_ns && now - thread->sleep_ns >= sleep_stack_ns)
		send_long_sleep(thread, task, now);
	thread->sleep_ns = 0;
	if (is_fault(thread) && thread->is_asleep && (!thread->is_ended || has_signal(task)))
		fault_end(thread, task, thread->io.wanted);
}

PROBE(sched_switch, on_file_switch, bool preempt, task_ref prev, task_ref next)
{
	struct io_thread *thread;

	if (!is_on)
		return 0;
	thread = io_thread_find(prev, TASK_TID(prev));
	if (thread && thread->io.id && !preempt && SWITCH_STATE(prev))
		fall_asleep(thread, bpf_ktime_get_ns());
	if (thread && thread->exit_regs && !is_returning(thread))
		thread->exit_regs = 0;
	thread = io_thread_find(next, TASK_TID(next));
	if (thread && thread->io.id)
		wake_up(thread, next, bpf_ktime_get_ns());
	if (thread && thread->exit_regs)
		call_end(thread, TASK_TID(next), 0); /* only now */
	return 0;
}

#endif
