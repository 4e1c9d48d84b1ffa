/* Which operations on files are under way, and what is told of them when they end? */
#ifndef PROBE_BPF_IO_H
#define PROBE_BPF_IO_H

#include "probe/bpf/file.h"
#include "probe/bpf/tally.h"
#include "probe/bpf/thread.h"

/* The values of enum io_engine, io_operation, io_flags and tally_what in event.h;
 * src/probe/translate.c asserts that they agree. */
enum wire_io_engine {
	WIRE_SYNC_CALL = 1,
	WIRE_AIO = 2,
	WIRE_URING = 3,
	WIRE_PAGE_FAULT = 4,
};

enum wire_io_operation {
	WIRE_IO_IS_READ = 1,
	WIRE_IO_IS_WRITE = 2,
	WIRE_IO_FSYNC = 3,
	WIRE_IO_FDATASYNC = 4,
	WIRE_IO_IS_OPEN = 6,
	WIRE_IO_IS_COPY = 17,
};

enum wire_io_flags {
	WIRE_IO_VECTORED = 32,
	WIRE_IO_POSITIONED = 64,
	WIRE_IO_PUNTED = 128,
	WIRE_IO_FIXED_FILE = 512,
	WIRE_IO_POLLED = 1024,
	WIRE_IO_WAITED = 2048,
	WIRE_IO_REAP_UNSEEN = 4096,
	WIRE_IO_OPEN_START = 8192,
	WIRE_IO_OPEN_END = 16384,
	WIRE_IO_LENGTH_ALONE = 32768,
};

enum {
	WIRE_TALLY_FILES = 5,
};

#define OFFSET_UNKNOWN ((__u64)-1)

/* An operation that is a system call has its last request here, under its thread's number. */
#define OWNER_SYNC ((__u64)-1)

/* How many operations of a ring or of a libaio context are under way. */
struct io_context {
	__u32 in_flight;
	__u32 spare;
};

/* What a CPU has told in this slice of time. */
struct io_quota {
	__u64 slice;
	__u64 told;
};

MAP(ios, BPF_MAP_TYPE_LRU_HASH, struct io_key, struct io, IOS);
MAP(io_contexts, BPF_MAP_TYPE_LRU_HASH, struct io_key, struct io_context, IO_CONTEXTS);
MAP(io_quotas, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct io_quota, 1);

static const struct io NEW_IO = {};
static const struct io_context NEW_IO_CONTEXT = {};

static __always_inline struct io_call io_call_of(__u32 row)
{
	struct io_call call = { row & 0xff, row >> 8 & 0xff, row >> 16 };

	return call;
}

static __always_inline struct io *io_find(const struct io_key *key)
{
	return bpf_map_lookup_elem(&ios, key);
}

/* Room for an operation; NULL: there is none (counted). */
static __always_inline struct io *io_make(const struct io_key *key)
{
	struct io *io = io_find(key);

	if (io)
		return io;
	bpf_map_update_elem(&ios, key, &NEW_IO, BPF_NOEXIST);
	io = io_find(key);
	if (!io)
		lose(WIRE_LOST_IO);
	return io;
}

/* Threads that the kernel makes for an io_uring are born without anybody being told: they are the
 * target's when their process is. */
static __always_inline __u8 follow_for_io(const struct thread *thread, task_ref task)
{
	struct thread *leader;
	task_ref first;

	if (thread->follow == FOLLOW_TARGET || !(TASK_READ(task, flags) & PF_IO_WORKER))
		return thread->follow;
	first = leader_of(task);
	if (!TASK_POINTER(first))
		return thread->follow;
	leader = thread_find(first, TASK_READ(task, tgid));
	return leader ? leader->follow : thread->follow;
}

/* What the thread does with files; NULL: it is not of the target. */
static __always_inline struct io_thread *io_thread_of(task_ref task)
{
	__u32 tid = TASK_TID(task);
	struct io_thread *io_thread = io_thread_find(task, tid);
	struct thread *thread;

	if (!io_thread || io_thread->follow == FOLLOW_NEW) {
		thread = thread_or_loss(task, WIRE_LOST_THREAD);
		if (!thread)
			return NULL;
		io_thread = io_thread_make(task, tid);
		if (!io_thread) {
			lose(WIRE_LOST_THREAD);
			return NULL;
		}
		io_thread->follow = follow_for_io(thread, task);
	}
	return io_thread->follow == FOLLOW_TARGET ? io_thread : NULL;
}

/* --- the file --- */

static __always_inline bool is_storage(__u32 mode)
{
	return (mode & S_IFMT) == S_IFREG || (mode & S_IFMT) == S_IFDIR ||
	       (mode & S_IFMT) == S_IFBLK;
}

/* Note which file it is; that is told before. file: NULL when nobody has it open. */
static __always_inline void io_note_inode(struct io *io, struct inode *inode, struct file *file)
{
	struct super_block *super = FAR(inode, inode, i_sb);
	__u32 generation = FAR(inode, inode, i_generation);
	struct file_key key = {};

	key.inode = FAR(inode, inode, i_ino);
	key.dev = FAR(super_block, super, s_dev);
	if (key.inode != io->inode || key.dev != io->dev || generation != io->generation) {
		file_tell_once(inode, file ? BPF_CORE_READ(file, f_path.dentry) : dentry_of(inode),
			       &key);
		io->inode = key.inode;
		io->dev = key.dev;
		io->generation = generation;
	}
	io->is_known = 1;
}

static __always_inline bool is_stored(struct file *file)
{
	struct inode *inode = file ? FAR(file, file, f_inode) : NULL;

	return inode && is_storage(FAR(inode, inode, i_mode));
}

/* The same of an open file. False: it is none, but a pipe, a socket, a terminal. */
static __always_inline bool io_identify(struct io *io, struct file *file)
{
	struct inode *inode = FAR(file, file, f_inode);

	if (!inode || !is_storage(FAR(inode, inode, i_mode)))
		return false;
	io_note_inode(io, inode, file);
	io->open_flags = FAR(file, file, f_flags);
	return true;
}

static __always_inline bool io_is_direct(const struct io *io)
{
	return io->is_known && io->open_flags & direct_flag;
}

/* --- begin and end --- */

/* Is there room to tell it, however short it will be? The choice is made before that is known, so
 * that the chosen are a fair sample. */
static __always_inline bool is_io_within_quota(__u64 now)
{
	struct io_quota *quota;
	__u32 zero = 0;

	if (!io_quota)
		return true;
	quota = bpf_map_lookup_elem(&io_quotas, &zero);
	if (!quota)
		return false;
	if (quota->slice != now >> QUOTA_SLICE_SHIFT) {
		quota->slice = now >> QUOTA_SLICE_SHIFT;
		quota->told = 0;
	}
	return quota->told++ < io_quota;
}

/* What is the same for all. */
static __always_inline void io_begin(struct io *io, __u32 engine, const struct io_call *call,
				     __u32 tid, __u64 now)
{
	io->id = __sync_fetch_and_add(&io_count, 1) + 1;
	io->start_ns = now;
	io->tid = tid;
	io->engine = engine;
	io->operation = call->operation;
	io->flags = call->flags;
	io->requests = 0;
	io->rw_flags = 0;
	io->call = 0;
	io->is_local = 0;
	io->last.done_ns = 0;
	io->is_chosen = is_io_within_quota(now);
}

static __always_inline void send_io(const struct io *io, __u64 end_ns, __s64 result, __u32 flags,
				    __u32 position)
{
	struct wire_io *wire = ring_reserve(sizeof(*wire), WIRE_IO, WIRE_LOST_IO, end_ns, io->tid);

	if (!wire)
		return;
	wire->id = io->id;
	wire->submit_ns = io->submit_ns;
	wire->start_ns = io->start_ns;
	wire->result = result;
	wire->offset = io->offset;
	wire->wanted = io->wanted;
	wire->inode = io->is_known ? io->inode : 0;
	wire->context = io->context;
	wire->dev = io->is_known ? io->dev : 0;
	wire->fd = io->fd;
	wire->flags = io->flags | flags;
	wire->open_flags = io->is_known ? io->open_flags : 0;
	wire->rw_flags = io->rw_flags;
	wire->depth = io->depth;
	wire->requests = io->requests;
	wire->syscall = io->syscall;
	wire->batch = io->batch;
	wire->engine = io->engine;
	wire->operation = io->operation;
	wire->spare = 0;
	wire->call = io->call;
	wire->position = position;
	wire->spare2 = 0;
	ring_submit(wire);
}

static __always_inline void send_io_request(const struct io_request *request)
{
	struct wire_request *wire = ring_reserve(sizeof(*wire), WIRE_REQUEST, WIRE_LOST_REQUEST,
						 request->done_ns, request->tid);

	if (!wire)
		return;
	wire->id = request->id;
	wire->start_ns = request->start_ns;
	wire->issue_ns = request->issue_ns ?: request->start_ns;
	wire->sector = request->sector;
	wire->work = 0;
	wire->dev = request->dev;
	wire->bytes = request->bytes;
	wire->flags = request->flags;
	wire->error = request->error;
	wire->io = request->io;
	wire->file_inode = request->inode;
	wire->file_dev = request->file_dev;
	wire->bios = request->bios;
	ring_submit(wire);
}

/* In rows of the thread that ends it, which for io_uring may be a worker. */
static __always_inline void tally_io(const struct io *io, __u64 ns, __s64 result)
{
	bool moves = result > 0 &&
		     (io->operation == WIRE_IO_IS_READ || io->operation == WIRE_IO_IS_WRITE ||
		      io->operation == WIRE_IO_IS_COPY);
	struct tally_key key = {
		.what = WIRE_TALLY_FILES,
		.tid = (__u32)bpf_get_current_pid_tgid(),
		.operation = io->engine << 16 | io->operation,
		.inode = io->is_known ? io->inode : 0,
		.dev = io->is_known ? io->dev : 0,
	};

	tally_own(&key, ns, moves ? result : 0, result < 0);
}

/*
 * It ended. One that was not chosen is told only when it took long, and then its last request is
 * told with it. Was it told? A function of its own: the verifier looks at it once.
 */
__noinline int io_end(struct io *io, __u64 end_ns, __s64 result, __u32 flags, __u32 position)
{
	__u64 ns;

	if (!io)
		return 0;
	ns = end_ns - io->start_ns;
	if (io_quota)
		tally_io(io, ns, result);
	if (!io->is_chosen) {
		if (ns < slow_io_ns)
			return 0; /* untold */
		flags |= WIRE_IO_LENGTH_ALONE;
		if (io->last.io == io->id && io->last.done_ns)
			send_io_request(&io->last);
	}
	send_io(io, end_ns, result, flags, position);
	return 1;
}

/* The same of one that is a system call, or a fault in none: see OWNER_SYNC. */
static __always_inline void io_end_here(struct io *io, __s64 result, __u32 flags)
{
	struct io_key key = { io->tid, OWNER_SYNC };
	struct io *kept = io->requests && !io->is_chosen ? io_find(&key) : NULL;

	if (kept)
		io->last = kept->last;
	io_end(io, bpf_ktime_get_ns(), result, flags, 0);
	io->id = 0;
}

/* One more is under way in this context: how many, it included. 0: not known. */
static __always_inline __u32 context_enter(const struct io_key *key)
{
	struct io_context *context = bpf_map_lookup_elem(&io_contexts, key);

	if (!context) {
		bpf_map_update_elem(&io_contexts, key, &NEW_IO_CONTEXT, BPF_NOEXIST);
		context = bpf_map_lookup_elem(&io_contexts, key);
	}
	return context ? __sync_fetch_and_add(&context->in_flight, 1) + 1 : 0;
}

/* One is not: those from before the watch do not count. */
static __always_inline void context_leave(const struct io_key *key)
{
	struct io_context *context = bpf_map_lookup_elem(&io_contexts, key);

	if (context && context->in_flight)
		__sync_fetch_and_add(&context->in_flight, -1);
}

/* --- calls that submit --- */

static __always_inline void call_begin(struct io_thread *thread)
{
	thread->call++;
	thread->is_timed = 0;
}

/* An operation that is told was submitted by the thread's call. */
static __always_inline void note_call(struct io *io, struct io_thread *thread)
{
	io->call = thread->call;
	thread->is_timed |= io->is_chosen;
}

static __always_inline void call_end(const struct io_thread *thread, __u32 tid, __u32 reaped)
{
	struct wire_io_submitted *wire = ring_reserve(sizeof(*wire), WIRE_IO_SUBMITTED,
						      WIRE_LOST_IO, bpf_ktime_get_ns(), tid);

	if (!wire)
		return;
	wire->begin_ns = thread->call_ns;
	wire->context = thread->form == WIRE_IO_ENTER ? thread->ring : 0;
	wire->call = thread->call;
	wire->reaped = reaped;
	wire->returned_ns = reaped ? thread->returned_before_ns : 0;
	wire->told = thread->told_before;
	wire->spare = 0;
	ring_submit(wire);
}

/*
 * A thread may lose its CPU after its call's end and before it runs in user space: to a worker,
 * say, that its submission woke. The program goes on only later. Its registers tell whether it is
 * still on its way: an interrupt or another call puts another number there.
 */
static __always_inline void return_begin(struct io_thread *thread, __u64 regs)
{
	struct pt_regs *kept = (struct pt_regs *)regs;

	thread->exit_regs = regs;
	thread->exit_ip = regs ? BPF_CORE_READ(kept, REGS_IP) : 0;
}

static __always_inline bool is_returning(const struct io_thread *thread)
{
	struct pt_regs *kept = (struct pt_regs *)thread->exit_regs;

	return kept && BPF_CORE_READ(kept, REGS_IP) == thread->exit_ip &&
	       (__s32)BPF_CORE_READ(kept, REGS_NUMBER) == thread->number;
}

#endif
