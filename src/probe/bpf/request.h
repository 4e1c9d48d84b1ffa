/* Which requests are under way, and what is told of them when they end? */
#ifndef PROBE_BPF_REQUEST_H
#define PROBE_BPF_REQUEST_H

#include "probe/bpf/thread.h"

/* A rung whose keys can go stale uses one that forgets the oldest. */
#ifndef REQUESTS_MAP_TYPE
#define REQUESTS_MAP_TYPE BPF_MAP_TYPE_HASH
#endif

MAP(requests, REQUESTS_MAP_TYPE, __u64, struct pending, REQUESTS);

/* The values of enum request_flags in event.h; src/probe/translate.c asserts that they agree. */
enum wire_request_flags {
	WIRE_READ = 1,
	WIRE_WRITE = 2,
	WIRE_FLUSH = 4,
	WIRE_DISCARD = 8,
	WIRE_SYNC = 16,
	WIRE_META = 32,
	WIRE_FUA = 64,
	WIRE_READAHEAD = 128,
	WIRE_REQUEUED = 256,
	WIRE_THROTTLED = 512,
};

static __always_inline struct pending *request_find(__u64 key)
{
	return bpf_map_lookup_elem(&requests, &key);
}

/* Keep a request that was seen first now; what it is was filled in. */
static __always_inline struct pending *request_add(__u64 key, struct pending *fresh, __u64 now)
{
	struct thread *thread = thread_of(current_task());

	fresh->start_ns = now;
	fresh->tid = (__u32)bpf_get_current_pid_tgid();
	fresh->work = thread ? thread->work : 0;
	if (fresh->work && fresh->work == throttle_work_address)
		fresh->flags |= WIRE_THROTTLED;
	fresh->id = __sync_fetch_and_add(&request_count, 1) + 1;
	if (bpf_map_update_elem(&requests, &key, fresh, BPF_ANY) < 0) {
		lose(WIRE_LOST_REQUEST);
		return NULL;
	}
	return bpf_map_lookup_elem(&requests, &key);
}

static __always_inline void send_request(const struct pending *pending, __u64 now, int error)
{
	struct wire_request *wire;

	tell_task(thread_of(current_task()), current_task());
	wire = ring_reserve(sizeof(*wire), WIRE_REQUEST, WIRE_LOST_REQUEST, now, pending->tid);
	if (!wire)
		return;
	wire->id = pending->id;
	wire->start_ns = pending->start_ns;
	wire->issue_ns = pending->issue_ns ?: pending->start_ns;
	wire->sector = pending->sector;
	wire->work = pending->work;
	wire->dev = pending->dev;
	wire->bytes = pending->bytes;
	wire->flags = pending->flags;
	wire->error = error;
	wire->io = wire->file_inode = 0; /* not known: see io_block.h */
	wire->file_dev = wire->bios = 0;
	ring_submit(wire);
}

/* It ended here: told, and kept in mind for the wake-up that it causes. */
static __always_inline void request_done(__u64 key, const struct pending *pending, int error)
{
	__u64 now = bpf_ktime_get_ns();
	struct cpu *cpu = this_cpu();

	if (cpu) {
		cpu->done_ns = now;
		cpu->done_id = pending->id;
		cpu->done_dev = pending->dev;
		cpu->done_context = context_of(cpu);
	}
	send_request(pending, now, error);
	bpf_map_delete_elem(&requests, &key);
}

#endif
