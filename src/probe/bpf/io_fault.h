/* Which faults on mapped files had to wait, and how long? */
#ifndef PROBE_BPF_IO_FAULT_H
#define PROBE_BPF_IO_FAULT_H

#include "probe/bpf/io_sync.h"

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
	inode = LOOK(mapping, host);
	if (!inode)
		return 0;
	io = &thread->io;
	io_note_inode(io, inode, NULL);
	io_begin(io, WIRE_PAGE_FAULT, &call, TASK_TID(task), bpf_ktime_get_ns());
	io->submit_ns = io->start_ns;
	io->syscall = io->fd = -1;
	io->open_flags = 0;
	io->batch = io->depth = 1;
	io->offset = index * page_bytes;
	io->wanted = page_bytes;
	thread->is_asleep = 0;
	return 0;
}

static __always_inline bool is_fault(const struct io_thread *thread)
{
	return thread && thread->io.id && thread->io.engine == WIRE_PAGE_FAULT;
}

/* It has its page, or will fault again: what had to wait is told, what had not is none of ours. */
static __always_inline void fault_end(struct io_thread *thread, task_ref task)
{
	tell_task(thread_find(task, TASK_TID(task)), task);
	io_end_here(&thread->io, thread->io.wanted, WIRE_IO_WAITED);
}

PROBE(sched_switch, on_file_switch, bool preempt, task_ref prev, task_ref next)
{
	struct io_thread *thread;

	if (!is_on)
		return 0;
	thread = io_thread_find(prev, TASK_TID(prev));
	if (is_fault(thread) && !preempt && SWITCH_STATE(prev))
		thread->is_asleep = 1;
	thread = io_thread_find(next, TASK_TID(next));
	if (is_fault(thread) && thread->is_asleep)
		fault_end(thread, next);
	return 0;
}

#endif
