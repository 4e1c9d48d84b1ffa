/* Which operation on a file caused a block request, and which file is it about? */
#ifndef PROBE_BPF_CAUSE_H
#define PROBE_BPF_CAUSE_H

#include "probe/bpf/io_uring.h"

enum {
	BIOS_MAX = 256, /* of one request that are counted */
};

/* The operation that a kernel's kiocb belongs to; NULL: it is none that is under way, or no kiocb at
 * all. */
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

/* The operation that queues the request; ret: where it lies, when it is not the system call
 * itself. NULL: not known. */
static __always_inline struct io *io_behind(struct bio *bio, struct io_key *ret)
{
	task_ref task = current_task();
	struct io_thread *thread = io_thread_find(task, TASK_TID(task));
	struct io *io = NULL;

	if (!thread || thread->follow != FOLLOW_TARGET)
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

static __always_inline void note_file(struct pending *pending, struct bio *bio)
{
	struct inode *inode = inode_of_bio(bio);
	struct file_key key = {};
	__u32 mode = inode ? BPF_CORE_READ(inode, i_mode) & S_IFMT : 0;

	if (mode != S_IFREG && mode != S_IFDIR)
		return; /* the device's own pages: metadata */
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	file_tell_once(inode, dentry_of(inode), &key);
	pending->file_inode = key.inode;
	pending->file_dev = key.dev;
}

/* Note who caused the request that the current thread makes. */
static __always_inline void note_cause(struct pending *pending, struct request *request)
{
	struct bio *bio = BPF_CORE_READ(request, bio);
	struct io_key key = {};
	struct io *io = io_behind(bio, &key);
	struct io_kiocb *uring = (void *)key.pointer;

	if (io) {
		pending->io = io->id;
		__sync_fetch_and_add(&io->requests, 1);
		if (io->engine == WIRE_URING && !io->is_known)
			io_identify(io, BPF_CORE_READ(uring, file));
		if (io->engine == WIRE_AIO)
			pending->cause = key;
	}
	if (io && io_is_direct(io)) {
		pending->file_inode = io->inode;
		pending->file_dev = io->dev;
	} else if (bio) {
		note_file(pending, bio);
	}
}

/* Of how many bios the request is made by now. */
static __always_inline __u32 count_bios(struct request *request)
{
	struct bio *bio = BPF_CORE_READ(request, bio), *last = BPF_CORE_READ(request, biotail);
	__u32 count = !!bio;

	for (int i = 1; i < BIOS_MAX && bio && bio != last; i++) {
		bio = BPF_CORE_READ(bio, bi_next);
		count += !!bio;
	}
	return count;
}

/* The request of an operation of libaio is over: so is that, should nobody be seen to reap it. */
static __always_inline void note_done(const struct pending *pending, __u64 now)
{
	struct io *io = pending->cause.pointer ? io_find(&pending->cause) : NULL;

	if (io && io->id == pending->io)
		io->done_ns = now;
}

#endif
