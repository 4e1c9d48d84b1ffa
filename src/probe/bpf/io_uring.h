/* Which operations come from the submission queue of an io_uring? Known by the kernel's request,
 * which lives from submission to completion, and is then used again. */
#ifndef PROBE_BPF_IO_URING_H
#define PROBE_BPF_IO_URING_H

#include "probe/bpf/io.h"

static __always_inline struct io_key uring_key(const void *request)
{
	struct io_key key = { .pointer = (__u64)request };

	return key;
}

/* Where in the file, how much, and how: the operation's own part of the request. */
static __always_inline void uring_fill(struct io *io, struct io_kiocb *request, __u32 form)
{
	io->offset = 0;
	io->wanted = 0;
	if (form == WIRE_IO_URING_RW) {
		struct io_rw *rw = (void *)request;

		io->offset = BPF_CORE_READ(rw, kiocb.ki_pos); /* -1: where the file stands */
		io->wanted = BPF_CORE_READ(rw, len);
		io->rw_flags = BPF_CORE_READ(rw, flags);
		if (io->offset == OFFSET_UNKNOWN)
			io->flags &= ~WIRE_IO_POSITIONED;
	} else if (form == WIRE_IO_URING_SYNC) {
		struct io_sync *sync = (void *)request;

		io->offset = BPF_CORE_READ(sync, off);
		io->wanted = BPF_CORE_READ(sync, len);
		if (io->operation == WIRE_IO_FSYNC && BPF_CORE_READ(sync, flags) & FSYNC_DATASYNC)
			io->operation = WIRE_IO_FDATASYNC;
	}
}

static __always_inline __s32 uring_fd(struct io_kiocb *request)
{
	return bpf_core_field_exists(request->cqe) ? BPF_CORE_READ(request, cqe.fd) : -1;
}

static __always_inline void uring_begin(struct io *io, struct io_kiocb *request,
					struct io_thread *thread, const struct io_call *call)
{
	bool in_call = thread->form == WIRE_IO_ENTER; /* else a thread of the kernel's does it */
	struct io_ring_ctx *ring = LOOK(request, ctx);
	struct io_key context = { .pointer = (__u64)ring };

	io->is_known = 0; /* the file is looked up later */
	io->submit_ns = in_call ? thread->call_ns : io->start_ns;
	io->syscall = in_call ? thread->number : -1;
	io->batch = in_call ? thread->batch : 0;
	io->context = context.pointer;
	io->depth = context_enter(&context);
	io->fd = uring_fd(request);
	if (LOOK(request, flags) & REQ_F_FIXED_FILE)
		io->flags |= WIRE_IO_FIXED_FILE;
	if (BPF_CORE_READ(ring, flags) & SETUP_SQPOLL)
		io->flags |= WIRE_IO_POLLED;
	uring_fill(io, request, call->form);
}

/* It was taken out of the queue, and is carried out next unless something else comes first. */
PROBE(io_uring_submit_req, on_uring_submit, struct io_kiocb *request)
{
	struct io_thread *thread;
	struct io_call call;
	struct io_key key;
	task_ref task;
	struct io *io;

	if (!is_on)
		return 0;
	task = current_task();
	thread = io_thread_of(task);
	if (!thread)
		return 0;
	thread->window.pointer = 0;
	call = io_call_of(io_opcodes[LOOK(request, opcode) & (WIRE_OPCODES - 1)]);
	if (call.form == WIRE_IO_NONE)
		return 0;
	key = uring_key(request);
	io = io_make(&key);
	if (!io)
		return 0;
	tell_task(thread_find(task, TASK_TID(task)), task);
	io_begin(io, WIRE_URING, &call, TASK_TID(task), bpf_ktime_get_ns());
	uring_begin(io, request, thread, &call);
	thread->window = key;
	return 0;
}

/* It could not be carried out without waiting: a worker does it. */
PROBE(io_uring_queue_async_work, on_uring_punt, struct io_kiocb *request)
{
	struct io_key key = uring_key(request);
	struct io *io = is_on ? io_find(&key) : NULL;

	if (io)
		io->flags |= WIRE_IO_PUNTED;
	return 0;
}

static __always_inline void uring_end(struct io *io, struct io_kiocb *request, __s64 result)
{
	struct io_key context = { .pointer = io->context };
	struct file *file = io->is_known ? NULL : BPF_CORE_READ(request, file);

	context_leave(&context);
	if (file && !io_identify(io, file)) {
		io->id = 0; /* a socket, a pipe */
		return;
	}
	send_io(io, bpf_ktime_get_ns(), result, 0);
	io->id = 0;
}

PROBE(io_uring_complete, on_uring_complete, void *ring, void *request, struct io_uring_cqe *entry)
{
	struct io_thread *thread;
	struct io_key key;
	struct io *io;
	task_ref task;

	if (!is_on)
		return 0;
	key = uring_key(request);
	io = io_find(&key);
	if (!io || !io->id)
		return 0;
	uring_end(io, request, COMPLETED_RESULT(entry));
	task = current_task();
	thread = io_thread_find(task, TASK_TID(task));
	if (thread) /* what comes next is no longer the submission */
		thread->window.pointer = 0;
	return 0;
}

#endif
