/* Which operations are handed over by io_submit(2), and when are they reaped? Known by where their
 * iocbs lie in the program's memory: what the program reads and writes there, we read as well. */
#ifndef PROBE_BPF_IO_AIO_H
#define PROBE_BPF_IO_AIO_H

#include "probe/bpf/io.h"

enum aio_size {
	AIO_BATCH = 256, /* operations of one call that are told; more are counted as lost */
};

/* include/uapi/linux/aio_abi.h */
struct user_iocb {
	__u64 data;
	__u32 key;
	__u32 rw_flags;
	__u16 operation;
	__s16 priority;
	__u32 fd;
	__u64 buffer;
	__u64 bytes;
	__s64 offset;
};

struct user_event {
	__u64 data;
	__u64 iocb;
	__s64 result;
	__s64 result2;
};

/* How many bytes the iocb's vectors ask for: that of one vector is known, more are not worth it. */
static __always_inline __u64 aio_bytes(const struct user_iocb *iocb, __u32 flags)
{
	__u64 bytes = 0, one;

	if (!(flags & WIRE_IO_VECTORED))
		return iocb->bytes;
	for (__u32 i = 0; i < 16 && i < iocb->bytes; i++) {
		if (bpf_probe_read_user(&one, sizeof(one), (void *)(iocb->buffer + 16 * i + 8)))
			break;
		bytes += one;
	}
	return bytes;
}

static __always_inline struct io_key aio_context(const struct io_thread *thread, __u64 owner)
{
	struct io_key key = { thread->arguments[0], owner };

	return key;
}

/* The program has taken it out of the mapped ring without a call: it is over since its last block
 * request was; without one nobody knows. */
static __always_inline void aio_end_unseen(struct io *io, const struct io_key *context, __u64 now)
{
	if (io->last.done_ns) {
		io_end(io, io->last.done_ns + 1, io->wanted, WIRE_IO_REAP_UNSEEN,
		       0); /* behind its request */
	} else {
		io->requests = 0; /* one that was not seen to end says nothing */
		send_io(io, now, io->wanted, WIRE_IO_REAP_UNSEEN, 0);
	}
	context_leave(context);
	io->id = 0;
}

static __always_inline void aio_fill(struct io *io, const struct user_iocb *iocb,
				     const struct io_thread *thread, struct file *file)
{
	io->submit_ns = thread->call_ns;
	io->syscall = thread->number;
	io->fd = iocb->fd;
	io->offset = iocb->offset;
	io->wanted = aio_bytes(iocb, io->flags);
	io->rw_flags = iocb->rw_flags;
	io->batch = thread->arguments[1];
	io->is_known = 0;
	if (file)
		io_identify(io, file);
}

/* A function of its own: the verifier looks at it once, not for each in a batch. */
__noinline int aio_begin(__u32 index)
{
	task_ref task = current_task();
	__u64 owner = bpf_get_current_pid_tgid() >> 32, now = bpf_ktime_get_ns();
	struct io_thread *thread = io_thread_find(task, TASK_TID(task));
	struct user_iocb iocb;
	struct io_key key = { .owner = owner }, context;
	struct io_call call;
	struct io *io;

	if (!thread)
		return 0;
	if (bpf_probe_read_user(&key.pointer, sizeof(key.pointer),
				(void *)(thread->arguments[2] + 8 * index)) ||
	    bpf_probe_read_user(&iocb, sizeof(iocb), (void *)key.pointer)) {
		lose(WIRE_LOST_IO);
		return 0;
	}
	call = io_call_of(aio_operations[iocb.operation & (WIRE_AIO_OPERATIONS - 1)]);
	if (call.form == WIRE_IO_NONE)
		return 0;
	io = io_make(&key);
	if (!io)
		return 0;
	context = aio_context(thread, owner);
	if (io->id && io->context == context.pointer)
		aio_end_unseen(io, &context, now);
	io_begin(io, WIRE_AIO, &call, TASK_TID(task), now);
	io->context = context.pointer;
	io->depth = context_enter(&context);
	note_call(io, thread);
	aio_fill(io, &iocb, thread, file_behind(TASK_POINTER(task), iocb.fd));
	if (thread->arguments[1] == 1)
		thread->window = key;
	return 0;
}

/* The kernel did not take it. */
__noinline int aio_refuse(__u32 index)
{
	task_ref task = current_task();
	struct io_thread *thread = io_thread_find(task, TASK_TID(task));
	struct io_key key = { .owner = bpf_get_current_pid_tgid() >> 32 }, context;
	struct io *io;

	if (!thread || bpf_probe_read_user(&key.pointer, sizeof(key.pointer),
					   (void *)(thread->arguments[2] + 8 * index)))
		return 0;
	io = io_find(&key);
	if (!io || !io->id)
		return 0;
	context = aio_context(thread, key.owner);
	context_leave(&context);
	io->id = 0;
	return 0;
}

__noinline int aio_end(__u32 index)
{
	task_ref task = current_task();
	struct io_thread *thread = io_thread_find(task, TASK_TID(task));
	struct io_key key = { .owner = bpf_get_current_pid_tgid() >> 32 }, context;
	struct user_event event;
	struct io *io;

	if (!thread || bpf_probe_read_user(&event, sizeof(event),
					   (void *)(thread->arguments[2] + 32 * index))) {
		lose(WIRE_LOST_IO);
		return 0;
	}
	key.pointer = event.iocb;
	io = io_find(&key);
	if (!io || !io->id) /* from before the watch */
		return 0;
	io_end(io, bpf_ktime_get_ns(), event.result, 0, 0);
	context = aio_context(thread, key.owner);
	context_leave(&context);
	io->id = 0;
	return 0;
}

static __always_inline void aio_lose_beyond(__s64 count)
{
	if (count > AIO_BATCH)
		__sync_fetch_and_add(&lost[WIRE_LOST_IO], count - AIO_BATCH);
}

static __always_inline void aio_submit(struct io_thread *thread, task_ref task)
{
	__s64 count = thread->arguments[1];

	call_begin(thread);
	tell_task(thread_find(task, TASK_TID(task)), task);
	for (__u32 i = 0; i < AIO_BATCH && i < count; i++)
		aio_begin(i);
	aio_lose_beyond(count);
}

static __always_inline void aio_submitted(struct io_thread *thread, task_ref task, __s64 result)
{
	__s64 count = thread->arguments[1];

	if (result < 0)
		result = 0;
	for (__u32 i = result; i < AIO_BATCH && i < count; i++)
		aio_refuse(i);
}

static __always_inline void aio_reaped(struct io_thread *thread, task_ref task, __s64 result)
{
	for (__u32 i = 0; i < AIO_BATCH && i < result; i++)
		aio_end(i);
	aio_lose_beyond(result);
}

static __always_inline void aio_destroyed(struct io_thread *thread, task_ref task)
{
	struct io_key context = aio_context(thread, bpf_get_current_pid_tgid() >> 32);

	bpf_map_delete_elem(&io_contexts, &context);
}

#endif
