/* Which operation on a file caused a block request, and which file is it about? Where files are
 * watched, these programs stand in for those of block.h: requests are kept for the next one at the
 * same place, as the kernel keeps them. */
#ifndef PROBE_BPF_IO_BLOCK_H
#define PROBE_BPF_IO_BLOCK_H

#include "probe/bpf/io_sync.h"
#include "probe/bpf/request.h"

enum {
	BIOS_MAX = 128, /* of one request that are counted */
};

/* A request under way, and where the operation lies that caused it. */
struct io_block {
	struct io_request request; /* id 0: over */
	struct io_key cause;       /* pointer 0: none, or it is the system call itself */
	__u64 is_told;
};

MAP(io_blocks, BPF_MAP_TYPE_LRU_HASH, __u64, struct io_block, IO_REQUESTS);

static const struct io_block NEW_IO_BLOCK = {};

/* --- the cause --- */

/* The operation that a kernel's kiocb belongs to; NULL: it is none that is under way, or no kiocb
 * at all. */
static __always_inline struct io *io_of_kiocb(struct kiocb *kiocb, struct io_key *ret)
{
	struct io_key key = uring_key(kiocb);
	struct aio_kiocb *aio = (void *)kiocb;
	struct io *io = io_find(&key);

	if (!io) {
		key.owner = bpf_get_current_pid_tgid() >> 32;
		key.pointer = BPF_CORE_READ(aio, ki_res.obj);
		io = io_find(&key);
	}
	*ret = key;
	return io && io->id ? io : NULL;
}

/*
 * Direct I/O leaves its kiocb where the bio's end will find it. Whether a bio is of that kind is
 * not asked: what is found must be an operation that is under way.
 */
static __always_inline struct io *io_of_bio(struct bio *bio, struct io_key *ret)
{
	struct iomap_dio *dio = BPF_CORE_READ(bio, bi_private);
	struct blkdev_dio *first = NULL;
	struct kiocb *kiocb = NULL;
	struct io *io = NULL;

	if (dio && bpf_core_field_exists(dio->iocb))
		kiocb = BPF_CORE_READ(dio, iocb);
	if (kiocb)
		io = io_of_kiocb(kiocb, ret);
	if (io || !bpf_core_field_exists(first->bio))
		return io;
	first = (void *)((char *)bio - bpf_core_field_offset(first->bio));
	kiocb = BPF_CORE_READ(first, iocb);
	return kiocb ? io_of_kiocb(kiocb, ret) : NULL;
}

/* The operation that this worker of io-wq carries out. */
static __always_inline struct io *io_of_worker(struct task_struct *task, struct io_key *ret)
{
	struct io_worker *worker = BPF_CORE_READ(task, worker_private);
	struct io_wq_work *work;

	if (!worker || !bpf_core_field_exists(worker->cur_work))
		return NULL;
	work = BPF_CORE_READ(worker, cur_work);
	if (!work)
		return NULL;
	*ret = uring_key((char *)work - bpf_core_field_offset(struct io_kiocb, work));
	return io_find(ret);
}

/* The operation for which the thread that runs queues the bio; ret: where it lies, when it is not
 * the system call itself. NULL: not known. */
static __always_inline struct io *io_behind(struct bio *bio, struct io_key *ret)
{
	task_ref task = current_task();
	struct io_thread *thread = io_thread_of(task);
	struct io *io = NULL;

	if (!thread)
		return NULL;
	if (thread->io.id)
		return &thread->io;
	if (thread->window.pointer && sees_io_start) {
		*ret = thread->window;
		io = io_find(ret);
	} else if (TASK_READ(task, flags) & PF_IO_WORKER) {
		io = io_of_worker(TASK_POINTER(task), ret);
	}
	if (!io && bio)
		io = io_of_bio(bio, ret);
	return io && io->id ? io : NULL;
}

/* --- the file --- */

/* The file whose page the bio carries; NULL: none, as with a program's own memory. */
static __always_inline struct inode *inode_of_bio(struct bio *bio)
{
	struct bio_vec *vector = BPF_CORE_READ(bio, bi_io_vec);
	struct page *page = vector ? BPF_CORE_READ(vector, bv_page) : NULL;
	struct address_space *mapping;
	unsigned long head;

	if (!page)
		return NULL;
	head = bpf_core_field_exists(page->compound_head) ? BPF_CORE_READ(page, compound_head) : 0;
	if (head & PAGE_IS_TAIL)
		page = (void *)(head - PAGE_IS_TAIL);
	mapping = BPF_CORE_READ(page, mapping);
	if (!mapping || (unsigned long)mapping & MAPPING_FLAGS)
		return NULL;
	return BPF_CORE_READ(mapping, host);
}

static __always_inline void note_file(struct io_request *request, struct bio *bio)
{
	struct inode *inode = inode_of_bio(bio);
	struct file_key key = {};
	__u32 mode = inode ? BPF_CORE_READ(inode, i_mode) & S_IFMT : 0;

	if (mode != S_IFREG && mode != S_IFDIR)
		return; /* the device's own pages: metadata */
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	file_tell_once(inode, dentry_of(inode), &key);
	request->inode = key.inode;
	request->file_dev = key.dev;
}

/* --- its life --- */

/* A system call's operation lies with its thread, where the end of a request does not find it: one
 * that may yet prove slow has a place for its last request beside. */
static __always_inline void keep_beside(struct io_block *block, const struct io *io)
{
	struct io *kept;

	block->cause.pointer = io->tid;
	block->cause.owner = OWNER_SYNC;
	kept = io_make(&block->cause);
	if (!kept)
		return;
	kept->id = io->id;
}

static __always_inline void note_cause(struct io_block *block, struct bio *bio)
{
	struct io *io = io_behind(bio, &block->cause);
	struct io_kiocb *uring = (void *)block->cause.pointer;

	if (!io) {
		block->is_told = 1;
		tell_task(thread_of(current_task()), current_task());
		if (bio)
			note_file(&block->request, bio);
		return;
	}
	block->request.io = io->id;
	block->is_told = io->is_chosen;
	__sync_fetch_and_add(&io->requests, 1);
	if (io->engine == WIRE_URING && !io->is_known)
		io_identify(io, FAR(io_kiocb, uring, file));
	if (io->engine == WIRE_SYNC_CALL && !io->is_chosen)
		keep_beside(block, io);
	else if (io->engine == WIRE_URING && io->is_chosen)
		block->cause.pointer = 0; /* nobody will ask for its last request */
	if (io_is_direct(io)) {
		block->request.inode = io->inode;
		block->request.file_dev = io->dev;
	} else if (bio) {
		note_file(&block->request, bio);
	}
}

static __always_inline struct io_block *block_find(__u64 key)
{
	struct io_block *block = bpf_map_lookup_elem(&io_blocks, &key);

	return block && block->request.id ? block : NULL;
}

/* Another begins where it was kept, though the driver has it: its end was not seen. */
static __always_inline void lose_end(const struct io_block *block)
{
	const struct io_request *request = &block->request;

	if (request->id && request->issue_ns && block->is_told && !(request->flags & WIRE_REQUEUED))
		lose(WIRE_LOST_REQUEST);
}

/* It is seen first now; what it is follows. NULL: no room (counted). */
static __always_inline struct io_block *block_begin(__u64 key, __u64 now, struct bio *bio)
{
	struct io_block *block = bpf_map_lookup_elem(&io_blocks, &key);

	if (!block) {
		bpf_map_update_elem(&io_blocks, &key, &NEW_IO_BLOCK, BPF_NOEXIST);
		block = bpf_map_lookup_elem(&io_blocks, &key);
	}
	if (!block) {
		lose(WIRE_LOST_REQUEST);
		return NULL;
	}
	lose_end(block);
	block->request.id = __sync_fetch_and_add(&request_count, 1) + 1;
	block->request.start_ns = now;
	block->request.issue_ns = block->request.done_ns = 0;
	block->request.io = block->request.inode = 0;
	block->request.file_dev = 0;
	block->request.bios = bio != NULL; /* all are counted when it is issued */
	block->request.error = 0;
	block->request.tid = (__u32)bpf_get_current_pid_tgid();
	block->cause.pointer = block->cause.owner = 0;
	note_cause(block, bio);
	return block;
}

/* An operation that was not chosen needs to know its last request, should it prove slow; one of
 * libaio also to know when it was over, should nobody be seen to reap it. */
static __always_inline void note_last(const struct io_block *block)
{
	struct io *io = block->cause.pointer ? io_find(&block->cause) : NULL;

	if (io && io->id == block->request.io)
		io->last = block->request;
}

static __always_inline void block_end(struct io_block *block, int error)
{
	block->request.done_ns = bpf_ktime_get_ns();
	block->request.error = error;
	note_last(block);
	if (block->is_told)
		send_io_request(&block->request);
	block->request.id = 0;
}

#endif
