/* Which requests went to which device, where records tell only a request's place? Keyed by disk,
 * sector and operation; a flush has no sector, so the flushes of a disk share a key. */
#ifndef PROBE_BPF_CLASSIC_BLOCK_H
#define PROBE_BPF_CLASSIC_BLOCK_H

#define REQUESTS_MAP_TYPE BPF_MAP_TYPE_LRU_HASH /* a merge at a request's front changes its key */

#include "probe/bpf/classic.h"
#include "probe/bpf/request.h"
#include "probe/bpf/stack.h"

/* What the records of all stages have in common. */
struct place {
	__u64 sector;
	__u32 dev;
	__u32 sectors;
	char rwbs[8];
};

#define SECTOR_NONE ((__u64)-1) /* a flush's, when it completes */

/* block/blk-core.c, blk_fill_rwbs(): [F]operation[F][A][S][M], where F before it is a flush, after
 * it FUA. */
static __always_inline __u32 flag_of_operation(char letter)
{
	switch (letter) {
	case 'R':
		return WIRE_READ;
	case 'W':
		return WIRE_WRITE;
	case 'F':
		return WIRE_FLUSH;
	case 'D':
		return WIRE_DISCARD;
	}
	return 0;
}

static __always_inline __u32 flag_of_modifier(char letter)
{
	switch (letter) {
	case 'F':
		return WIRE_FUA;
	case 'A':
		return WIRE_READAHEAD;
	case 'S':
		return WIRE_SYNC;
	case 'M':
		return WIRE_META;
	}
	return 0;
}

static __always_inline __u32 flags_of_place(const struct place *place)
{
	bool flushes = place->rwbs[0] == 'F';
	__u32 flags = flushes ? WIRE_FLUSH : 0;

	flags |= flag_of_operation(flushes ? place->rwbs[1] : place->rwbs[0]);
	for (int i = 1; i < 6; i++) {
		if (i > 1 || !flushes)
			flags |= flag_of_modifier(place->rwbs[i]);
	}
	return flags;
}

/* The key must be the same at all stages: of the letters only the operation's is. */
static __always_inline __u64 key_of_place(const struct place *place)
{
	char operation = place->rwbs[0] == 'F' ? place->rwbs[1] : place->rwbs[0];

	return mix_address(mix_address(place->dev, place->sector), operation);
}

/* A request that begins. If its place has one, the end of that was missed. */
static __always_inline bool begin_at(const struct place *place, __u64 now)
{
	struct pending fresh = {};

	fresh.flags = flags_of_place(place);
	fresh.dev = place->dev;
	fresh.sector = place->sector;
	fresh.whole_bytes = place->sectors << 9;
	return request_add(key_of_place(place), &fresh, now);
}

static __always_inline struct pending *pending_of(const struct place *place, __u64 now)
{
	struct pending *pending = request_find(key_of_place(place));

	if (pending || !begin_at(place, now))
		return pending;
	return request_find(key_of_place(place));
}

static __always_inline int start_at(const struct place *place)
{
	begin_at(place, bpf_ktime_get_ns());
	return 0;
}

static __always_inline int queue_at(const struct place *place)
{
	pending_of(place, bpf_ktime_get_ns());
	return 0;
}

static __always_inline int issue_at(const struct place *place)
{
	__u64 now = bpf_ktime_get_ns();
	struct pending *pending = pending_of(place, now);

	if (pending && is_issued(pending))
		pending = begin_at(place, now) ? request_find(key_of_place(place)) : NULL;
	if (pending) {
		pending->issue_ns = now;
		pending->whole_bytes = place->sectors << 9;
	}
	return 0;
}

static __always_inline int requeue_at(const struct place *place)
{
	struct pending *pending = pending_of(place, bpf_ktime_get_ns());

	if (pending)
		pending->flags |= WIRE_REQUEUED;
	return 0;
}

/* What is left of it begins where this part ended. */
static __always_inline void go_on_behind(const struct place *place, struct pending *pending,
					 __u64 key)
{
	struct place rest = *place;
	struct pending left = *pending;
	__u64 rest_key;

	rest.sector += place->sectors;
	rest_key = key_of_place(&rest);
	bpf_map_delete_elem(&requests, &key);
	bpf_map_update_elem(&requests, &rest_key, &left, BPF_ANY);
}

/* A request may complete in parts: only the last one ends it. */
static __always_inline int complete_at(const struct place *place, int error)
{
	__u64 key = key_of_place(place);
	struct pending *pending = request_find(key);

	if (!pending)
		return 0;
	pending->bytes += place->sectors << 9;
	if (error)
		pending->error = -5;
	if (pending->bytes >= pending->whole_bytes)
		request_done(key, pending);
	else
		go_on_behind(place, pending, key);
	return 0;
}

/* It became a part of another. */
static __always_inline int merge_at(const struct place *place)
{
	__u64 key = key_of_place(place);

	if (only_requests)
		tally_merge(place->dev, flags_of_place(place), place->sectors << 9);
	bpf_map_delete_elem(&requests, &key);
	return 0;
}

static __always_inline int queue_bio_at(const struct place *place)
{
	struct thread *thread = thread_of(current_task());

	if (thread) {
		thread->bio_ns = bpf_ktime_get_ns();
		thread->bio_sector = place->sector;
	}
	return 0;
}

static __always_inline int merge_bio_at(const struct place *place)
{
	struct thread *thread = thread_of(current_task());

	if (!is_wanted(thread))
		return 0;
	if (thread)
		thread->bio_ns = 0;
	tally_merge(place->dev, flags_of_place(place), place->sectors << 9);
	return 0;
}

static __always_inline struct place *clean_place(struct place *place, __u32 dev, __u64 sector,
						 __u32 sectors, const void *rwbs)
{
	place->dev = dev;
	place->sector = sector == SECTOR_NONE ? 0 : sector;
	place->sectors = sectors;
	bpf_probe_read_kernel(place->rwbs, sizeof(place->rwbs), rwbs);
	return place;
}

#define BLOCK_PROBE(tracepoint, name, type, what, more...)                                     \
	SEC("?tp/block/" #tracepoint)                                                          \
	int name(struct trace_event_raw_##type *ctx)                                           \
	{                                                                                      \
		struct place place;                                                            \
                                                                                               \
		return is_on ? what(clean_place(&place, ctx->dev, ctx->sector, ctx->nr_sector, \
						ctx->rwbs),                                    \
				    ##more)                                                    \
			     : 0;                                                              \
	}

BLOCK_PROBE(block_io_start, on_io_start, block_rq, start_at)
BLOCK_PROBE(block_rq_insert, on_rq_insert, block_rq, queue_at)
BLOCK_PROBE(block_rq_issue, on_rq_issue, block_rq, issue_at)
BLOCK_PROBE(block_rq_merge, on_rq_merge, block_rq, merge_at)
BLOCK_PROBE(block_bio_queue, on_bio_queue, block_bio, queue_bio_at)
BLOCK_PROBE(block_bio_backmerge, on_bio_backmerge, block_bio, merge_bio_at)
BLOCK_PROBE(block_bio_frontmerge, on_bio_frontmerge, block_bio, merge_bio_at)
BLOCK_PROBE(block_rq_requeue, on_rq_requeue, block_rq_requeue, requeue_at)
BLOCK_PROBE(block_rq_complete, on_rq_complete, block_rq_completion, complete_at, ctx->error)

#endif
