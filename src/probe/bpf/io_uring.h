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

/* How many are under way in the ring, it included. Of a ring that one thread uses, that thread
 * counts. */
static __always_inline __u32 uring_depth(struct io *io, struct io_thread *thread, __u32 ring_flags)
{
	struct io_key context = { .pointer = io->context };

	if (!thread->ring)
		thread->ring = io->context;
	if (thread->ring != io->context || (ring_flags & SETUP_SINGLE) != SETUP_SINGLE)
		return context_enter(&context);
	io->is_local = 1;
	return ++thread->in_flight;
}

static __always_inline void uring_leave(struct io *io, struct io_thread *thread)
{
	struct io_key context = { .pointer = io->context };

	if (!io->is_local)
		context_leave(&context);
	else if (thread && thread->ring == io->context && thread->in_flight)
		thread->in_flight--;
}

static __always_inline void uring_begin(struct io *io, struct io_kiocb *request,
					struct io_thread *thread, const struct io_call *call)
{
	bool in_call = thread->form == WIRE_IO_ENTER; /* else a thread of the kernel's does it */
	struct io_ring_ctx *ring = LOOK(request, ctx);
	__u32 ring_flags = LOOK(ring, flags);

	io->is_known = 0; /* the file is looked up later */
	io->submit_ns = in_call ? thread->call_ns : io->start_ns;
	io->syscall = in_call ? thread->number : -1;
	io->batch = in_call ? thread->batch : 0;
	io->context = (__u64)ring;
	io->depth = uring_depth(io, thread, ring_flags);
	if (in_call)
		note_call(io, thread);
	io->fd = uring_fd(request);
	if (LOOK(request, flags) & REQ_F_FIXED_FILE)
		io->flags |= WIRE_IO_FIXED_FILE;
	if (ring_flags & SETUP_SQPOLL)
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

/* How many completions the ring has told by now, this one included. */
static __always_inline __u32 uring_position(struct io_ring_ctx *ring)
{
	return bpf_core_field_exists(ring->cached_cq_tail) ? FAR(io_ring_ctx, ring, cached_cq_tail)
							   : 0;
}

static __always_inline void uring_end(struct io *io, void *request, struct io_thread *thread,
				      __s64 result)
{
	__u32 position = uring_position((void *)io->context);
	bool is_told;
	struct file *file = io->is_known ? NULL : FAR(io_kiocb, request, file);

	uring_leave(io, thread);
	if (file && !io_identify(io, file)) {
		io->id = 0; /* a socket, a pipe */
		return;
	}
	is_told = io_end(io, bpf_ktime_get_ns(), result, 0, position);
	io->id = 0;
	if (!thread)
		return;
	thread->window.pointer = 0; /* what comes next is no longer the submission */
	if (is_told && thread->ring == io->context)
		thread->position = position;
}

PROBE(io_uring_complete, on_uring_complete, void *ring, void *request, struct io_uring_cqe *entry)
{
	struct io_key key;
	task_ref task;
	struct io *io;

	if (!is_on)
		return 0;
	key = uring_key(request);
	io = io_find(&key);
	if (!io || !io->id)
		return 0;
	task = current_task();
	uring_end(io, request, io_thread_find(task, TASK_TID(task)), COMPLETED_RESULT(entry));
	return 0;
}

/* How far the program has come in taking completions out of its ring. */
static __always_inline __u32 uring_head(__u64 ring)
{
	struct io_rings *rings = FAR(io_ring_ctx, ring, rings);

	return FAR(io_rings, rings, cq.head);
}

/* A program takes completions when a call has returned, and then works on: those that had been told
 * by then and that its next call finds gone were taken at the begin of the time between. */
static __always_inline void uring_return(struct io_thread *thread)
{
	if (!thread->position)
		return;
	thread->returned_ns = bpf_ktime_get_ns();
	thread->told = uring_position((void *)thread->ring);
}

/* What it has taken out by now is told with the end of the call. */
static __always_inline void uring_enter(struct io_thread *thread)
{
	thread->batch = thread->arguments[1];
	thread->returned_before_ns = thread->returned_ns;
	thread->told_before = thread->told;
	thread->returned_ns = 0;
	call_begin(thread);
	thread->arguments[2] = 0;
	if (!thread->position)
		return;
	thread->arguments[2] = uring_head(thread->ring);
	thread->is_timed = 1;
	if ((__s32)(thread->arguments[2] - thread->position) >= 0)
		thread->position = 0;
}

#endif
