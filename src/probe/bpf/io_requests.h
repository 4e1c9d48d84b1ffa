/* When does each stage of a block request end, for the watch of files? Keyed by the request itself;
 * classic_io_requests.h is the same where records tell only its place. */
#ifndef PROBE_BPF_IO_REQUESTS_H
#define PROBE_BPF_IO_REQUESTS_H

#include "probe/bpf/block.h"
#include "probe/bpf/io_block.h"

/* Of how many bios the request is made by now. */
static __always_inline __u32 count_bios(struct request *request)
{
	struct bio *bio = LOOK(request, bio), *last = LOOK(request, biotail);
	__u32 count = !!bio;

	for (int i = 1; i < BIOS_MAX && bio && bio != last; i++) {
		bio = FAR(bio, bio, bi_next);
		count += !!bio;
	}
	return count;
}

static __always_inline struct io_block *begin_block(struct request *request, __u64 now)
{
	struct io_block *block = block_begin((__u64)request, now, LOOK(request, bio));

	if (!block)
		return NULL;
	block->request.flags = request_flags(LOOK(request, cmd_flags));
	block->request.dev = request_dev(request);
	block->request.sector = LOOK(request, __sector);
	block->request.bytes = LOOK(request, __data_len);
	return block;
}

PROBE(block_io_start, on_file_start, struct request *request)
{
	if (is_on)
		begin_block(request, bpf_ktime_get_ns());
	return 0;
}

/* Where the kernel does not tell when a request is made. */
PROBE(block_rq_insert, on_file_insert, struct request *request)
{
	if (is_on && !block_find((__u64)request))
		begin_block(request, bpf_ktime_get_ns());
	return 0;
}

/* The last issue counts for the device's time, the first start for the queue's. */
PROBE(block_rq_issue, on_file_issue, struct request *request)
{
	struct io_block *block;
	__u64 now;

	if (!is_on)
		return 0;
	now = bpf_ktime_get_ns();
	block = block_find((__u64)request) ?: begin_block(request, now);
	if (!block)
		return 0;
	block->request.issue_ns = now;
	block->request.bytes = LOOK(request, __data_len); /* merges have grown it */
	block->request.bios = count_bios(request);
	return 0;
}

PROBE(block_rq_requeue, on_file_requeue, struct request *request)
{
	struct io_block *block = is_on ? block_find((__u64)request) : NULL;

	if (block)
		block->request.flags |= WIRE_REQUEUED;
	return 0;
}

/* A request may complete in parts: only the last one ends it. */
PROBE(block_rq_complete, on_file_complete, struct request *request, int error, unsigned int bytes)
{
	struct io_block *block;

	if (!is_on || bytes < LOOK(request, __data_len))
		return 0;
	block = block_find((__u64)request); /* else it began before the watch */
	if (block)
		block_end(block, error ? -5 : 0);
	return 0;
}

/* A bio became a part of another's request: the operation shares that. */
static __always_inline int share_request(struct bio *bio)
{
	struct io_key key = {};
	struct io *io = io_behind(bio, &key);

	if (io)
		__sync_fetch_and_add(&io->requests, 1);
	return 0;
}

PROBE(block_bio_backmerge, on_file_backmerge, struct bio *bio)
{
	return is_on ? share_request(bio) : 0;
}

PROBE(block_bio_frontmerge, on_file_frontmerge, struct bio *bio)
{
	return is_on ? share_request(bio) : 0;
}

#endif
