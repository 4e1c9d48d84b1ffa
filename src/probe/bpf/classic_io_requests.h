/* When does each stage of a block request end, where records tell only its place? As
 * classic_block.h, for the watch of files. */
#ifndef PROBE_BPF_CLASSIC_IO_REQUESTS_H
#define PROBE_BPF_CLASSIC_IO_REQUESTS_H

#include "probe/bpf/classic_block.h"
#include "probe/bpf/io_block.h"

static __always_inline struct io_block *begin_block_at(const struct place *place, __u64 now)
{
	struct io_block *block = block_begin(key_of_place(place), now, NULL);

	if (!block)
		return NULL;
	block->request.flags = flags_of_place(place);
	block->request.dev = place->dev;
	block->request.sector = place->sector;
	block->request.bytes = place->sectors << 9;
	return block;
}

static __always_inline int start_file_at(const struct place *place)
{
	begin_block_at(place, bpf_ktime_get_ns());
	return 0;
}

static __always_inline int insert_file_at(const struct place *place)
{
	if (!block_find(key_of_place(place)))
		begin_block_at(place, bpf_ktime_get_ns());
	return 0;
}

static __always_inline int issue_file_at(const struct place *place)
{
	__u64 now = bpf_ktime_get_ns();
	struct io_block *block = block_find(key_of_place(place)) ?: begin_block_at(place, now);

	if (!block)
		return 0;
	block->request.issue_ns = now;
	block->request.bytes = place->sectors << 9;
	return 0;
}

static __always_inline int requeue_file_at(const struct place *place)
{
	struct io_block *block = block_find(key_of_place(place));

	if (block)
		block->request.flags |= WIRE_REQUEUED;
	return 0;
}

/* A request may complete in parts: only the last one ends it. */
static __always_inline int complete_file_at(const struct place *place, int error)
{
	struct io_block *block = block_find(key_of_place(place));

	if (block && place->sectors << 9 >= block->request.bytes)
		block_end(block, error ? -5 : 0);
	return 0;
}

BLOCK_PROBE(block_io_start, on_file_start, block_rq, start_file_at)
BLOCK_PROBE(block_rq_insert, on_file_insert, block_rq, insert_file_at)
BLOCK_PROBE(block_rq_issue, on_file_issue, block_rq, issue_file_at)
BLOCK_PROBE(block_rq_requeue, on_file_requeue, block_rq_requeue, requeue_file_at)
BLOCK_PROBE(block_rq_complete, on_file_complete, block_rq_completion, complete_file_at, ctx->error)

#endif
