/* Which requests went to which device, and when did each stage end? Keyed by the request itself, so
 * that flushes count. */
#ifndef PROBE_BPF_BLOCK_H
#define PROBE_BPF_BLOCK_H

#include "probe/bpf/request.h"

#define HAS_BIT(flags, bit) ((flags) & (1U << bpf_core_enum_value(enum req_flag_bits, bit)))

/* enum req_op: 0 read, 1 write, 2 flush, 3 discard; unchanged since 4.10 (ef295ecf090d). */
static __always_inline __u32 request_flags(__u32 cmd_flags)
{
	__u32 op = cmd_flags & 0xff, flags = 0;

	if (op == 0)
		flags |= WIRE_READ;
	else if (op == 1)
		flags |= WIRE_WRITE;
	else if (op == 2)
		flags |= WIRE_FLUSH;
	else if (op == 3)
		flags |= WIRE_DISCARD;
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

static __always_inline __u32 request_dev(struct request *request)
{
	struct block_device *part = BPF_CORE_READ(request, part);
	struct gendisk *disk;

	if (part)
		return BPF_CORE_READ(part, bd_dev);
	disk = BPF_CORE_READ(request, q, disk);
	return disk ? BPF_CORE_READ(disk, major) << 20 | BPF_CORE_READ(disk, first_minor) : 0;
}

/* The request's state, made when it is first seen. */
static __always_inline struct pending *pending_of(struct request *request, __u64 now)
{
	__u64 key = (__u64)request;
	struct pending *pending = request_find(key);
	struct pending fresh = {};

	if (pending)
		return pending;
	fresh.flags = request_flags(BPF_CORE_READ(request, cmd_flags));
	fresh.dev = request_dev(request);
	fresh.sector = BPF_CORE_READ(request, __sector);
	fresh.bytes = BPF_CORE_READ(request, __data_len);
	return request_add(key, &fresh, now);
}

PROBE(block_io_start, on_io_start, struct request *request)
{
	if (is_on)
		pending_of(request, bpf_ktime_get_ns());
	return 0;
}

PROBE(block_rq_insert, on_rq_insert, struct request *request)
{
	if (is_on)
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
	if (pending) {
		pending->issue_ns = now;
		pending->bytes = BPF_CORE_READ(request, __data_len); /* merges have grown it */
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

/* A request may complete in parts: only the last one ends it. */
PROBE(block_rq_complete, on_rq_complete, struct request *request, int error, unsigned int bytes)
{
	struct pending *pending;

	if (!is_on || bytes < BPF_CORE_READ(request, __data_len))
		return 0;
	pending = request_find((__u64)request);
	if (pending) /* else it began before the watch */
		request_done((__u64)request, pending, error ? -5 : 0);
	return 0;
}

#endif
