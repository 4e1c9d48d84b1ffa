/* Which operations did the watch leave under way? Read once by iter/task when the other programs
 * are off. */
#ifndef PROBE_BPF_IO_OPEN_H
#define PROBE_BPF_IO_OPEN_H

#include "probe/bpf/io_sync.h"

/* One of libaio whose requests are complete is so itself: only nobody was seen to reap it. */
static __always_inline void send_io_open(struct io *io)
{
	if (io->engine == WIRE_AIO && io->last.io == io->id && io->last.done_ns)
		io_end(io, io->last.done_ns + 1, io->wanted, WIRE_IO_REAP_UNSEEN, 0);
	else
		send_io(io, bpf_ktime_get_ns(), 0, WIRE_IO_OPEN_END, 0);
}

static long tell_open_io(void *map, const void *key, void *value, void *context)
{
	struct io *io = value;

	if (io->id && io->engine) /* else a place for a system call's last request */
		send_io_open(io);
	return 0;
}

SEC("?iter/task")
int on_io_open(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct io_thread *thread;

	if (!ctx->meta->seq_num &&
	    bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_for_each_map_elem))
		bpf_for_each_map_elem(&ios, tell_open_io, NULL, 0);
	if (!task)
		return 0;
	thread = io_thread_find(task_of_pointer(task), task->pid);
	if (thread && thread->io.id && thread->follow == FOLLOW_TARGET)
		send_io_open(&thread->io);
	return 0;
}

#endif
