/* Which operation on a file is a system call, and which system calls submit others? */
#ifndef PROBE_BPF_IO_SYNC_H
#define PROBE_BPF_IO_SYNC_H

#include "probe/bpf/io_aio.h"
#include "probe/bpf/io_path.h"
#include "probe/bpf/io_uring.h"

enum {
	VECTORS_MAX = 64, /* of one call whose sizes are added up */
};

struct user_vector {
	__u64 base;
	__u64 bytes;
};

/* How many bytes the vectors ask for; of more than VECTORS_MAX only the first. */
static __always_inline __u64 vectors_bytes(__u64 vectors, __u64 count)
{
	struct user_vector vector;
	__u64 bytes = 0;

	for (__u32 i = 0; i < VECTORS_MAX && i < count; i++) {
		if (bpf_probe_read_user(&vector, sizeof(vector),
					(void *)(vectors + i * sizeof(vector))))
			break;
		bytes += vector.bytes;
	}
	return bytes;
}

static __always_inline bool is_copy(__u32 form)
{
	return form == WIRE_IO_COPY || form == WIRE_IO_SENDFILE;
}

/* The file of a call that copies, its descriptor, and what is done to it. */
static __always_inline struct file *copied_file(void *ctx, struct pt_regs *regs,
						struct task_struct *task, struct io_call *call,
						__u64 *fd)
{
	bool is_copy = call->form == WIRE_IO_COPY;
	__u64 first = CALL_ARGUMENT_1(regs), second = CALL_ARGUMENT_2(regs);
	__u64 third = CALL_ARGUMENT_3(regs);
	struct file *from, *to;

	/* Read all before one is chosen: a record's address may not be computed. */
	barrier_var(first);
	barrier_var(second);
	barrier_var(third);
	from = file_behind(task, is_copy ? first : second);
	to = file_behind(task, is_copy ? third : first);
	if (!is_stored(to)) {
		*fd = is_copy ? first : second;
		call->operation = WIRE_IO_IS_READ;
		return from;
	}
	*fd = is_copy ? third : first;
	if (!is_stored(from))
		call->operation = WIRE_IO_IS_WRITE;
	return to;
}

/* The offset lies where the call says, or the file stands there: of the file that is told. */
static __always_inline void copy_fill(void *ctx, struct pt_regs *regs, struct io *io, __u32 form,
				      struct file *file)
{
	__u64 first = CALL_ARGUMENT_1(regs), second = CALL_ARGUMENT_2(regs);
	__u64 third = CALL_ARGUMENT_3(regs), fourth = CALL_ARGUMENT_4(regs);
	__u64 fifth = CALL_ARGUMENT_5(regs), place = 0;

	barrier_var(first);
	barrier_var(second);
	barrier_var(third);
	barrier_var(fourth);
	barrier_var(fifth);
	io->wanted = form == WIRE_IO_COPY ? fifth : fourth;
	if (form == WIRE_IO_COPY)
		place = io->fd == (__s32)third ? fourth : second;
	else if (io->fd != (__s32)first)
		place = third;
	if (!place || bpf_probe_read_user(&io->offset, sizeof(io->offset), (void *)place))
		io->offset = BPF_CORE_READ(file, f_pos);
	else
		io->flags |= WIRE_IO_POSITIONED;
}

/* Where in the file, how much, and how. */
static __always_inline void sync_fill(void *ctx, struct pt_regs *regs, struct io *io, __u32 form,
				      struct file *file)
{
	__u64 size = 0;

	if (form == WIRE_IO_BARE || form == WIRE_IO_NOWHERE)
		return;
	if (is_copy(form)) {
		copy_fill(ctx, regs, io, form, file);
		return;
	}
	size = CALL_ARGUMENT_3(regs);
	if (form == WIRE_IO_RANGE) {
		io->offset = CALL_ARGUMENT_2(regs);
		io->wanted = size;
		return;
	}
	if (form == WIRE_IO_ALLOCATE) {
		io->offset = size;
		io->wanted = CALL_ARGUMENT_4(regs);
		return;
	}
	if (form == WIRE_IO_PREAD || form == WIRE_IO_PREADV || form == WIRE_IO_PREADV2)
		io->offset = CALL_ARGUMENT_4(regs);
	if (form == WIRE_IO_PREADV2)
		io->rw_flags = CALL_ARGUMENT_6(regs);
	if (form == WIRE_IO_READ || form == WIRE_IO_READV || io->offset == OFFSET_UNKNOWN) {
		io->offset = BPF_CORE_READ(file, f_pos);
		io->flags &= ~WIRE_IO_POSITIONED;
	}
	io->wanted =
		io->flags & WIRE_IO_VECTORED ? vectors_bytes(CALL_ARGUMENT_2(regs), size) : size;
}

/* What is the same for all system calls that are operations themselves. */
static __always_inline void call_is_io(struct io_thread *thread, task_ref task,
				       const struct io_call *call, __s32 fd)
{
	struct io *io = &thread->io;

	thread->is_timed = 0;
	io_begin(io, WIRE_SYNC_CALL, call, TASK_TID(task), thread->call_ns);
	io->submit_ns = thread->call_ns;
	io->syscall = thread->number;
	io->fd = fd;
	io->batch = io->depth = 1;
	io->offset = io->wanted = 0;
	thread->switches = TASK_READ(task, nvcsw);
	thread->sleep_ns = 0;
	thread->form = call->form;
}

static __always_inline void sync_begin(void *ctx, struct pt_regs *regs, struct io_thread *thread,
				       task_ref task, struct io_call *call)
{
	__u64 fd = CALL_ARGUMENT_1(regs);
	struct file *file = NULL;
	struct io *io = &thread->io;

	barrier_var(fd);
	if (is_copy(call->form))
		file = copied_file(ctx, regs, TASK_POINTER(task), call, &fd);
	else if (call->form != WIRE_IO_NOWHERE)
		file = file_behind(TASK_POINTER(task), fd);
	if (call->form == WIRE_IO_NOWHERE)
		io->is_known = 0;
	else if (!file || !io_identify(io, file))
		return;
	call_is_io(thread, task, call, file ? (__s32)fd : -1);
	sync_fill(ctx, regs, io, call->form, file);
}

static __always_inline void sync_end(struct io_thread *thread, task_ref task, __s64 result)
{
	tell_task(thread_find(task, TASK_TID(task)), task);
	io_end_here(&thread->io, result,
		    TASK_READ(task, nvcsw) != thread->switches ? WIRE_IO_WAITED : 0);
}

static __always_inline bool is_sync(__u32 form)
{
	return form >= WIRE_IO_BARE && form <= WIRE_IO_NOWHERE;
}

static __always_inline bool is_path(__u32 form)
{
	return form == WIRE_IO_PATH || form == WIRE_IO_PATH_AT;
}

static __always_inline void path_begin(void *ctx, struct pt_regs *regs, struct io_thread *thread,
				       task_ref task, const struct io_call *call)
{
	__u64 first = CALL_ARGUMENT_1(regs), second = CALL_ARGUMENT_2(regs);

	/* Read both before one is chosen: a record's address may not be computed. */
	barrier_var(first);
	barrier_var(second);
	call_is_io(thread, task, call, -1);
	thread->io.is_known = 0;
	thread->arguments[0] = call->form == WIRE_IO_PATH ? first : second;
	thread->arguments[1] = call->form == WIRE_IO_PATH ? -1 : first;
}

/* Which file it was is best known of one that is open now; else there is only the path. */
static __always_inline void path_end(struct io_thread *thread, task_ref task, __s64 result)
{
	struct io *io = &thread->io;
	struct file *file = NULL;

	if (io->operation == WIRE_IO_IS_OPEN && result >= 0) {
		file = file_behind(TASK_POINTER(task), result);
		io->fd = result;
	} else if (!io_name_path(io, thread->arguments[0])) {
		file = file_behind(TASK_POINTER(task), thread->arguments[1]);
		io->fd = thread->arguments[1];
	}
	if (file && !io_identify(io, file))
		io->id = 0; /* a pipe, a terminal */
	else
		sync_end(thread, task, result);
}

static __always_inline void keep_arguments(void *ctx, struct pt_regs *regs,
					   struct io_thread *thread)
{
	thread->arguments[0] = CALL_ARGUMENT_1(regs);
	thread->arguments[1] = CALL_ARGUMENT_2(regs);
	thread->arguments[2] =
		thread->form == WIRE_IO_REAP ? CALL_ARGUMENT_4(regs) : CALL_ARGUMENT_3(regs);
}

PROBE(sys_enter, on_io_enter, struct pt_regs *regs, long number)
{
	struct io_call call;
	struct io_thread *thread;
	task_ref task;

	if (!is_on || number < 0 || number >= WIRE_SYSCALLS)
		return 0;
	call = io_call_of(io_calls[number & (WIRE_SYSCALLS - 1)]);
	if (call.form == WIRE_IO_NONE)
		return 0;
	task = current_task();
	thread = io_thread_of(task);
	if (!thread)
		return 0;
	thread->call_ns = bpf_ktime_get_ns();
	thread->number = number;
	thread->io.id = 0; /* the end of its last call may have been missed */
	thread->exit_regs = 0;
	thread->form = WIRE_IO_NONE;
	if (is_sync(call.form)) {
		sync_begin(ctx, regs, thread, task, &call);
		return 0;
	}
	if (is_path(call.form)) {
		path_begin(ctx, regs, thread, task, &call);
		return 0;
	}
	thread->form = call.form;
	keep_arguments(ctx, regs, thread);
	if (call.form == WIRE_IO_SUBMIT)
		aio_submit(thread, task);
	else if (call.form == WIRE_IO_ENTER)
		uring_enter(thread);
	return 0;
}

PROBE(sys_exit, on_io_exit, struct pt_regs *regs, long result)
{
	struct io_thread *thread;
	task_ref task;
	__u32 form;

	if (!is_on)
		return 0;
	task = current_task();
	thread = io_thread_find(task, TASK_TID(task));
	if (!thread || thread->form == WIRE_IO_NONE)
		return 0;
	form = thread->form;
	if (form == WIRE_IO_ENTER)
		uring_return(thread);
	if (thread->is_timed) {
		call_end(thread, TASK_TID(task), thread->arguments[2]);
		return_begin(thread, CALL_REGS(regs));
	}
	thread->is_timed = 0;
	thread->form = WIRE_IO_NONE;
	thread->window.pointer = 0;
	if (is_path(form))
		path_end(thread, task, result);
	else if (is_sync(form))
		sync_end(thread, task, result);
	else if (form == WIRE_IO_SUBMIT)
		aio_submitted(thread, task, result);
	else if (form == WIRE_IO_REAP)
		aio_reaped(thread, task, result);
	else if (form == WIRE_IO_DESTROY)
		aio_destroyed(thread, task);
	return 0;
}

#endif
