/* Which requests are under way, and what is told of them when they end? */
#ifndef PROBE_BPF_REQUEST_H
#define PROBE_BPF_REQUEST_H

#include "probe/bpf/request_tally.h"
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
	WIRE_BIO = 1024,
};

/*
 * How many requests a CPU tells one by one in a slice of time, when nothing else is watched: with
 * more, telling them would be what slows them down. All are in the tallies.
 */
enum quota_size {
	QUOTA_TOLD = 192,
	QUOTA_SLOW = 64, /* and so many more that took four times as long as is usual there */
};

static __always_inline struct pending *request_find(__u64 key)
{
	return bpf_map_lookup_elem(&requests, &key);
}

/* The function that a kernel worker runs; 0: that is not to be had. */
static __always_inline __u64 work_of(struct task_struct *task)
{
	struct kthread *kthread;
	struct worker *worker;

	if (!bpf_core_field_exists(struct task_struct, worker_private) ||
	    !bpf_core_field_exists(struct kthread, data) ||
	    !bpf_core_field_exists(struct worker, current_func))
		return 0;
	kthread = BPF_CORE_READ(task, worker_private);
	worker = BPF_CORE_READ(kthread, data);
	return (__u64)BPF_CORE_READ(worker, current_func);
}

/* Who queues it: the thread that runs now. */
static __always_inline void fill_submitter(struct pending *fresh, struct thread *thread)
{
	fresh->tid = (__u32)bpf_get_current_pid_tgid();
	fresh->work = thread ? thread->work : 0;
	if (!fresh->work && TASK_READ(current_task(), flags) & PF_WQ_WORKER)
		fresh->work = work_of(TASK_POINTER(current_task()));
	if (fresh->work && fresh->work == throttle_work_address)
		fresh->flags |= WIRE_THROTTLED;
}

/* Of a watch of nothing else, only the target's own requests are followed. */
static __always_inline bool is_wanted(struct thread *thread)
{
	return !only_requests || watch_machine || is_target(thread);
}

/* The driver has it: if it begins again, that is another request at the same address. */
static __always_inline bool is_issued(const struct pending *pending)
{
	return pending->issue_ns && !(pending->flags & WIRE_REQUEUED);
}

/*
 * All of it is done. A write that waits for a flush ends twice, its data first: no program may have
 * run then.
 */
static __always_inline void complete_bytes(struct pending *pending)
{
	if (pending->bytes < pending->whole_bytes)
		pending->bytes = pending->whole_bytes;
}

/*
 * Another request begins where this one was kept: it has ended, but no program ran then. (That
 * happens while programs are attached to the same tracepoint, or taken off it.) It counts as if it
 * had ended just now. One with data that no driver ever had may have become a part of another: that
 * is not known.
 */
static __noinline int bury_request(__u64 key, __u64 now)
{
	struct pending *old = request_find(key);

	if (!old)
		return 0;
	if (!is_issued(old) && old->whole_bytes) {
		lose(WIRE_LOST_REQUEST);
		return 0;
	}
	__sync_fetch_and_add(&unseen_ends, 1);
	complete_bytes(old);
	if (only_requests)
		tally_request(old, now);
	return 0;
}

/* Keep a request that was seen first now; what it is, when it began and who queued it was filled
 * in. */
static __always_inline bool request_keep(__u64 key, struct pending *fresh, __u64 now)
{
	fresh->id = __sync_fetch_and_add(&request_count, 1) + 1;
	if (bpf_map_update_elem(&requests, &key, fresh, BPF_NOEXIST) < 0) {
		bury_request(key, now);
		if (bpf_map_update_elem(&requests, &key, fresh, BPF_ANY) < 0) {
			lose(WIRE_LOST_REQUEST);
			return false;
		}
	}
	return true;
}

/* The same for one that the running thread queues; false as well when it is not wanted. */
static __always_inline bool request_add(__u64 key, struct pending *fresh, __u64 now)
{
	struct thread *thread = thread_of(current_task());

	if (!is_wanted(thread))
		return false;
	if (only_requests)
		tell_task(thread, current_task());
	fresh->start_ns = now;
	/* Its bio came just before, and may have waited for a free request. */
	if (thread && thread->bio_ns && thread->bio_sector == fresh->sector &&
	    !(fresh->flags & WIRE_BIO)) {
		fresh->start_ns = thread->bio_ns;
		thread->bio_ns = 0;
	}
	fresh->bios++;
	fill_submitter(fresh, thread);
	return request_keep(key, fresh, now);
}

/* Is there room to tell it by itself? */
static __always_inline bool is_request_within_quota(struct quota *quota, __u64 now, __u64 took_ns)
{
	__u64 usual_ns = quota->mean_ns;

	quota->mean_ns = usual_ns - usual_ns / 16 + took_ns / 16;
	if (quota->slice != now >> QUOTA_SLICE_SHIFT) {
		quota->slice = now >> QUOTA_SLICE_SHIFT;
		quota->told = quota->slow = 0;
	}
	if (quota->told < QUOTA_TOLD) {
		quota->told++;
		return true;
	}
	if (took_ns / 4 < usual_ns || quota->slow >= QUOTA_SLOW)
		return false;
	quota->slow++;
	return true;
}

static __always_inline void send_request(const struct pending *pending, __u64 now)
{
	struct wire_request *wire;

	if (!only_requests)
		tell_task(thread_of(current_task()), current_task());
	wire = ring_try(sizeof(*wire), WIRE_REQUEST, now, pending->tid);
	if (!wire) {
		if (!only_requests) /* else it is in the tallies */
			lose(WIRE_LOST_REQUEST);
		return;
	}
	wire->id = pending->id;
	wire->start_ns = pending->start_ns;
	wire->issue_ns = pending->issue_ns ?: pending->start_ns;
	wire->sector = pending->sector;
	wire->work = pending->work;
	wire->dev = pending->dev;
	wire->bytes = pending->bytes;
	wire->flags = pending->flags;
	wire->error = pending->error;
	wire->io = wire->file_inode = 0; /* not known: see io_block.h */
	wire->file_dev = 0;
	wire->bios = pending->bios;
	ring_submit(wire);
}

/* It ended here: told, and kept in mind for the wake-up that it causes. */
static __always_inline void request_done(__u64 key, struct pending *pending)
{
	__u64 now = bpf_ktime_get_ns();
	struct cpu *cpu = this_cpu();

	complete_bytes(pending);
	if (cpu && !only_requests) {
		cpu->done_ns = now;
		cpu->done_id = pending->id;
		cpu->done_dev = pending->dev;
		cpu->done_context = context_of(cpu);
	}
	if (only_requests)
		tally_request(pending, now);
	if (!only_requests ||
	    (cpu && is_request_within_quota(&cpu->quota, now, now - pending->start_ns)))
		send_request(pending, now);
	bpf_map_delete_elem(&requests, &key);
}

#endif
