/* Which requests went to which device, and when did each stage end? Keyed by the request itself, so
 * that flushes count. */
#ifndef PROBE_BPF_BLOCK_H
#define PROBE_BPF_BLOCK_H

#include "probe/bpf/request.h"

#define HAS_BIT(flags, bit) ((flags) & (1U << bpf_core_enum_value(enum req_flag_bits, bit)))

#define ORPHANS_AFTER_NS 1000000000ULL

#define OP_FLUSH       2
#define OP_DISCARD     3
#define OP_PASSTHROUGH 34 /* and above: a driver's own, neither read nor write */

/* enum req_op: 0 read, 1 write, 2 flush, 3 discard; unchanged since 4.10 (ef295ecf090d). Of the
 * others the odd ones write, as the kernel counts them. */
static __always_inline __u32 op_flags(__u32 op)
{
	if (op == OP_FLUSH)
		return WIRE_FLUSH;
	if (op == OP_DISCARD)
		return WIRE_DISCARD;
	if (op >= OP_PASSTHROUGH)
		return 0;
	return op & 1 ? WIRE_WRITE : WIRE_READ;
}

static __always_inline __u32 request_flags(__u32 cmd_flags)
{
	__u32 flags = op_flags(cmd_flags & 0xff);

	if (HAS_BIT(cmd_flags, __REQ_SYNC))
		flags |= WIRE_SYNC;
	if (HAS_BIT(cmd_flags, __REQ_META))
		flags |= WIRE_META;
	if (HAS_BIT(cmd_flags, __REQ_FUA))
		flags |= WIRE_FUA;
	if (HAS_BIT(cmd_flags, __REQ_PREFLUSH))
		flags |= WIRE_FLUSH;
	if (HAS_BIT(cmd_flags, __REQ_RAHEAD))
		flags |= WIRE_READAHEAD;
	return flags;
}

/* request->part is set only behind block_io_start: until then it is that of whoever had this
 * request before. */
static __always_inline __u32 request_dev(struct request *request)
{
	struct bio *bio = FIELD(request, bio);
	struct block_device *part = bio ? FIELD(bio, bi_bdev) : NULL;
	struct request_queue *queue;
	struct gendisk *disk;

	if (part)
		return FIELD(part, bd_dev);
	queue = FIELD(request, q);
	disk = FIELD(queue, disk);
	return disk ? FIELD(disk, major) << 20 | FIELD(disk, first_minor) : 0;
}

/* The kernel makes one request of its own for a flush; those that need it wait. */
static __always_inline bool is_flush_itself(struct request *request)
{
	return (FIELD(request, cmd_flags) & 0xff) == OP_FLUSH;
}

/* Is it one of those, at a stage before its last? */
static __always_inline bool is_amid_flush(struct request *request)
{
	__u32 bit = 1 << 4;

	if (bpf_core_enum_value_exists(enum rqf_flags, __RQF_FLUSH_SEQ))
		bit = 1 << bpf_core_enum_value(enum rqf_flags, __RQF_FLUSH_SEQ);
	return FIELD(request, rq_flags) & bit && !is_flush_itself(request);
}

/* Who wants the queue flushed next: kept with the requests, under the queue's address. */
static __always_inline void note_flusher(struct request *request, const struct pending *pending,
					 __u64 now)
{
	struct pending flusher = *pending;
	__u64 key = (__u64)FIELD(request, q);

	flusher.start_ns = now;
	bpf_map_update_elem(&requests, &key, &flusher, BPF_ANY);
}

/* A flush is run by whoever comes along, for one who waits for it. */
static __always_inline bool add_flush(struct request *request, struct pending *fresh, __u64 now)
{
	__u64 key = (__u64)FIELD(request, q);
	struct pending *flusher = request_find(key);

	if (!flusher)
		return request_add((__u64)request, fresh, now);
	fresh->start_ns = flusher->start_ns;
	fresh->tid = flusher->tid;
	fresh->work = flusher->work;
	bpf_map_delete_elem(&requests, &key);
	return request_keep((__u64)request, fresh, now);
}

/*
 * Where the start of requests is not seen (before 6.5), they are seen first when they are inserted
 * or issued, by whoever does that: then their bio, kept since it was submitted, tells for whom.
 */
static __always_inline bool add_by_bio(struct request *request, struct pending *fresh, __u64 now)
{
	__u64 key = (__u64)FIELD(request, bio);
	struct pending *bio = key ? request_find(key) : NULL;

	if (!bio)
		return request_add((__u64)request, fresh, now);
	fresh->start_ns = bio->start_ns;
	fresh->tid = bio->tid;
	fresh->work = bio->work;
	fresh->flags |= bio->flags & WIRE_THROTTLED;
	fresh->bios = 1;
	bpf_map_delete_elem(&requests, &key);
	return request_keep((__u64)request, fresh, now);
}

/* A request that begins. */
static __always_inline bool begin(struct request *request, __u64 now)
{
	struct pending fresh = {};
	bool is_kept;

	fresh.flags = request_flags(FIELD(request, cmd_flags));
	fresh.dev = request_dev(request);
	fresh.sector = FIELD(request, __sector);
	fresh.whole_bytes = FIELD(request, __data_len);
	if (is_flush_itself(request))
		return add_flush(request, &fresh, now);
	is_kept = sees_io_start ? request_add((__u64)request, &fresh, now)
				: add_by_bio(request, &fresh, now);
	if (is_kept && fresh.flags & WIRE_FLUSH)
		note_flusher(request, &fresh, fresh.start_ns);
	return is_kept;
}

/* The request's state, made when it is first seen. */
static __always_inline struct pending *pending_of(struct request *request, __u64 now)
{
	struct pending *pending = request_find((__u64)request);

	if (pending || !begin(request, now))
		return pending;
	return request_find((__u64)request);
}

PROBE(block_io_start, on_io_start, struct request *request)
{
	if (is_on)
		begin(request, bpf_ktime_get_ns());
	return 0;
}

PROBE(block_rq_insert, on_rq_insert, struct request *request)
{
	if (is_on && !sees_io_start)
		pending_of(request, bpf_ktime_get_ns());
	return 0;
}

/* The last issue counts for the device's time, the first start for the queue's. */
PROBE(block_rq_issue, on_rq_issue, struct request *request)
{
	struct pending *pending;
	__u64 now;

	if (!is_on)
		return 0;
	now = bpf_ktime_get_ns();
	pending = pending_of(request, now);
	if (pending && is_issued(pending))
		pending = begin(request, now) ? request_find((__u64)request) : NULL;
	if (pending) {
		pending->issue_ns = now;
		pending->whole_bytes = FIELD(request, __data_len);
	}
	return 0;
}

PROBE(block_rq_requeue, on_rq_requeue, struct request *request)
{
	struct pending *pending;

	if (!is_on)
		return 0;
	pending = pending_of(request, bpf_ktime_get_ns());
	if (pending)
		pending->flags |= WIRE_REQUEUED;
	return 0;
}

/* Its data is written; where the device cannot do that for good at once, another flush follows. */
static __always_inline int wait_for_flush(struct request *request, const struct pending *pending)
{
	if (pending->flags & WIRE_FUA)
		note_flusher(request, pending, bpf_ktime_get_ns());
	return 0;
}

/*
 * It ends, but its begin was not seen: it began before the watch; when that is long ago, it rather
 * began while programs were left out, and is in no count. Where the start of requests is not seen
 * (before 6.5), the begin of one that only waits for a flush never is, as is told.
 */
static __always_inline void lose_orphan(struct request *request, unsigned int bytes)
{
	if (!sees_io_start && !bytes && !is_flush_itself(request))
		return;
	if (only_requests && watch_machine && bpf_ktime_get_ns() - begin_ns > ORPHANS_AFTER_NS)
		lose(WIRE_LOST_REQUEST);
}

/* A request may complete in parts, and one with a flush before or behind its data in stages: only
 * the last one ends it. */
PROBE(block_rq_complete, on_rq_complete, struct request *request, int error, unsigned int bytes)
{
	struct pending *pending;

	if (!is_on)
		return 0;
	pending = request_find((__u64)request);
	if (!pending) {
		lose_orphan(request, bytes);
		return 0;
	}
	pending->bytes += bytes;
	if (error)
		pending->error = -5;
	if (bytes < FIELD(request, __data_len))
		return 0;
	if (is_amid_flush(request))
		return wait_for_flush(request, pending);
	request_done((__u64)request, pending);
	return 0;
}

/* It became a part of another. */
PROBE(block_rq_merge, on_rq_merge, struct request *request)
{
	__u64 key = (__u64)request;
	struct pending *pending;

	if (!is_on)
		return 0;
	pending = request_find(key);
	if (!pending)
		return 0;
	if (only_requests)
		tally_merge(pending->dev, pending->flags, FIELD(request, __data_len));
	bpf_map_delete_elem(&requests, &key);
	return 0;
}

/* --- bios --- */

static __always_inline struct gendisk *disk_of(struct bio *bio)
{
	struct block_device *bdev = FIELD(bio, bi_bdev);

	return FIELD(bdev, bd_disk);
}

/* Does the device take bios as they are, and makes no requests of them? */
static __always_inline bool is_for_driver(struct bio *bio)
{
	struct gendisk *disk = disk_of(bio);
	const struct block_device_operations *fops = FIELD(disk, fops);

	return FIELD(fops, submit_bio) != NULL;
}

static __always_inline void fill_bio(struct pending *fresh, struct bio *bio)
{
	struct block_device *bdev = FIELD(bio, bi_bdev);

	fresh->flags = request_flags(FIELD(bio, bi_opf));
	fresh->dev = FIELD(bdev, bd_dev);
	fresh->sector = FIELD(bio, bi_iter.bi_sector);
	fresh->bytes = FIELD(bio, bi_iter.bi_size);
}

static __always_inline void keep_bio(struct bio *bio, struct thread *thread, __u64 now)
{
	struct pending fresh = { .start_ns = now };
	__u64 key = (__u64)bio;

	if (!is_wanted(thread))
		return;
	tell_task(thread, current_task());
	fill_submitter(&fresh, thread);
	bpf_map_update_elem(&requests, &key, &fresh, BPF_ANY);
}

PROBE(block_bio_queue, on_bio_queue, struct bio *bio)
{
	struct pending fresh = {};
	struct thread *thread;
	__u64 now;

	if (!is_on)
		return 0;
	now = bpf_ktime_get_ns();
	if (is_for_driver(bio)) {
		fill_bio(&fresh, bio);
		fresh.flags |= WIRE_BIO;
		fresh.issue_ns = now; /* the driver has it at once */
		request_add((__u64)bio, &fresh, now);
		return 0;
	}
	thread = thread_of(current_task());
	if (!sees_io_start) {
		keep_bio(bio, thread, now);
	} else if (thread) {
		thread->bio_ns = now;
		thread->bio_sector = FIELD(bio, bi_iter.bi_sector);
	}
	return 0;
}

/* Only those of which no request was made end so. */
PROBE(block_bio_complete, on_bio_complete, struct request_queue *queue, struct bio *bio)
{
	struct pending *pending;

	if (!is_on)
		return 0;
	pending = request_find((__u64)bio);
	if (!pending)
		return 0;
	if (FIELD(bio, bi_status))
		pending->error = -5;
	request_done((__u64)bio, pending);
	return 0;
}

/* It became a part of a request. */
static __always_inline int merge_bio(struct bio *bio)
{
	struct pending fresh = {};
	struct thread *thread = thread_of(current_task());
	__u64 key = (__u64)bio;

	if (!is_wanted(thread))
		return 0;
	if (thread)
		thread->bio_ns = 0;
	if (!sees_io_start)
		bpf_map_delete_elem(&requests, &key);
	fill_bio(&fresh, bio);
	tally_merge(fresh.dev, fresh.flags, fresh.bytes);
	return 0;
}

PROBE(block_bio_backmerge, on_bio_backmerge, struct bio *bio)
{
	return is_on ? merge_bio(bio) : 0;
}

PROBE(block_bio_frontmerge, on_bio_frontmerge, struct bio *bio)
{
	return is_on ? merge_bio(bio) : 0;
}

#endif
