/* What do we remember in the kernel? Each thread's open span, the settings, the rings and the
 * counts of what was lost. */
#ifndef PROBE_BPF_STATE_H
#define PROBE_BPF_STATE_H

#include "probe/bpf/kernel.h"
#include "probe/watch.wire.h"

/*
 * Whose spans are told. A thread that ends a wait of a target's thread or of a helper is a helper
 * from then on. Kernel threads are told always, as they may turn out to be helpers; but whoever
 * wakes one that is none is not: all the machine's threads do sooner or later, and would be
 * watched.
 */
enum follow {
	FOLLOW_NEW, /* not decided: first seen */
	FOLLOW_NONE,
	FOLLOW_KERNEL, /* a kernel thread that the target has not waited for */
	FOLLOW_HELPER, /* not of the target, but the target waits for it */
	FOLLOW_TARGET,
};

enum state_size {
	QUOTA_SLICE_SHIFT = 24, /* quotas are of 2^24 ns: some 17 ms */
	SUMS = 16, /* system call numbers summed up per thread at a time; a power of two */
	STACKS_SEEN = 16384,
	REQUESTS = 16384,
	FILES_SEEN = 8192,
	LOCKS_SEEN = 8192,
	TARGETS = 64,
	DYING = 8192, /* threads that die at a time; zombies count */
	IOS = 16384,  /* operations of libaio and io_uring under way */
	IO_CONTEXTS = 4096,
	IO_REQUESTS = 16384, /* block requests under way */
};

/* Not a system call's number. */
enum number {
	NUMBER_NONE = -1,
	NUMBER_UNSEEN = -2, /* it may be in one since before we looked */
};

/* Where the count of a thread's CPU time stands. */
enum usage_state {
	USAGE_UNKNOWN, /* not seen since the begin */
	USAGE_COUNTED, /* from its base on */
	USAGE_DYING,
	USAGE_TOLD,
};

struct sum {
	__u64 total_ns;
	__u32 count;
	__u32 errors;
	__s32 number;
	__u32 spare;
};

/* A block request that an operation on a file caused, or that is about a file's pages. */
struct io_request {
	__u64 id; /* 0: none */
	__u64 start_ns;
	__u64 issue_ns;
	__u64 done_ns; /* 0: not yet */
	__u64 sector;
	__u64 inode;
	__u64 io;
	__u32 file_dev;
	__u32 dev;
	__u32 bytes;
	__u32 flags; /* enum wire_request_flags */
	__u32 bios;
	__u32 tid;
	__s32 error;
	__u32 spare;
};

/* An operation on a file, while it is under way. Those of libaio and io_uring are kept when they
 * have ended, for the next one that uses the same memory: most programs use few. */
struct io {
	__u64 id; /* 0: none is under way */
	__u64 submit_ns;
	__u64 start_ns;
	__u64 offset;
	__u64 wanted;
	__u64 context;
	__u64 inode; /* the file is the last operation's until is_known */
	__u32 dev;
	__u32 open_flags;
	__u32 tid;
	__s32 fd;
	__u32 flags; /* enum wire_io_flags */
	__u32 rw_flags;
	__u32 depth;
	__u32 requests;
	__u32 call; /* number of its thread's call that submitted it */
	__s16 syscall;
	__u16 batch;
	__u8 engine;
	__u8 operation;
	__u8 is_known;  /* which file it is */
	__u8 is_chosen; /* it is told, however short; its requests are told when they end */
	__u8 is_local;  /* counted in its thread, not in its context */
	__u8 spare[3];
	__u32 generation; /* of inode, as is_known says */
	__u32 spare2;
	struct io_request last; /* that ended */
};

/* A WIRE_IO_CALL(), taken apart. */
struct io_call {
	__u8 operation;
	__u8 form;
	__u16 flags;
};

/* Where an operation of libaio (iocb, process) or io_uring (request, 0) lies. */
struct io_key {
	__u64 pointer;
	__u64 owner;
};

/* What a thread does with files, where these are watched. */
struct io_thread {
	struct io io;         /* the operation that its system call is */
	struct io_key window; /* what it submits now: the block requests that it queues are its;
				 pointer 0: none */
	__u64 call_ns;        /* its system call began */
	__u64 arguments[3];   /* of that, as its form needs them */
	__u64 switches;       /* so often it had left a CPU by itself when that began */
	__u64 sleep_ns;       /* since when it sleeps in its operation; 0: it does not */
	__u64 ring;           /* io_uring that it used first; 0: none */
	__u32 in_flight;      /* there, when nobody else can use it */
	__u32 call;           /* number of the call that submits, from 1 on */
	__u32 batch;
	__u32 told;        /* completions of its ring, when its last call had returned */
	__u32 told_before; /* the same of the call before the present one */
	__u64 returned_ns; /* when that was; 0: nobody wants to know */
	__u64 returned_before_ns;
	__u32 position; /* in the ring of completions, of the last told one that was not seen to be
			   taken out; 0: none */
	__s16 number;
	__u8 form;      /* enum wire_io_form; WIRE_IO_NONE: in no call that is watched */
	__u8 follow;    /* as in struct thread */
	__u8 is_timed;  /* the end of its call is told */
	__u8 is_asleep; /* or was, since its fault */
	__u8 is_write_fault;
	__u8 is_ended;   /* the end of its fault will be seen */
	__u64 fault_ns;  /* it touched a page that was not there; 0: that was looked at */
	__u64 exit_regs; /* where its registers are while it returns from a call that submits; 0: it
			    does not, or nobody wants to know */
	__u64 exit_ip;
};

/* One thread's open span. */
struct thread {
	__u64 in_ns;           /* switched in; 0: before the watch */
	__u64 out_ns;          /* switched out; 0: before the watch */
	__u64 wake_ns;         /* last wake-up, kept until the next */
	__u64 enter_ns;        /* entered a system call; 0: in none, or before the watch */
	__u64 kernel_ns;       /* in system calls since in_ns, closed calls only */
	__u64 unstacked_ns;    /* waited since its last kernel stack was taken */
	__u64 stacked_numbers; /* bit n & 63: a wait in system call n has had a stack */
	__u64 runtime_ns; /* the kernel's own count of its running when it was last switched out */
	__u64 unstacked_call_ns;
	__u64 unstacked_wake_ns; /* waited since a waker's stack was taken */
	__u64 waker_stack;
	__u64 request;
	__u64 lock;
	__u64 lock_ns;
	__u64 argument;     /* first argument of the running system call */
	__u64 size;         /* third argument, where it is a size; a futex's operation */
	__u64 work;         /* a kworker's running work function */
	__u64 title;        /* hash of what was last told to be its workqueue */
	__u64 throttled_ns; /* the cgroup's throttled time when switched out */
	__u64 birth_ns;
	__u64 stack;         /* of the wait, where it is taken when the wait begins */
	__u64 wake_stack;    /* the same, where it is taken as the wait ends, */
	__u64 wake_stack_ns; /* and when that was */
	__u64 task;          /* its address, where records tell only the number */
	__u64 bio_ns;        /* when it last submitted a bio, */
	__u64 bio_sector;    /* and for which place */
	__u32 waker;
	__u32 wake_flags;
	__u32 request_dev;
	__u32 lock_owner;
	__u32 lock_flags;
	__u32 out_state;
	__u32 queued_cpu; /* + 1: where it waits for a CPU; 0: it does not */
	__s32 number;     /* of the running system call; NUMBER_NONE, NUMBER_UNSEEN */
	__s32 out_number; /* the same when it was switched out */
	__u8 follow;      /* enum follow */
	__u8 is_told;
	__u8 is_newborn;
	__u8 usage_state; /* enum usage_state */
	__u32 is_titled;  /* for the running work that was looked at */
	__u32 spare;
	struct wire_times base; /* when the watch, or it, began */
	struct sum sums[SUMS];
};

/* How many single requests were told in this slice of time, and how long they took so far. */
struct quota {
	__u64 slice;
	__u64 mean_ns;
	__u32 told;
	__u32 slow;
};

/* What one CPU remembers between two events. */
struct cpu {
	__u64 irq_ns; /* since the last switch */
	__u64 hard_ns;
	__u64 soft_ns;
	__u64 hard_in_soft_ns;
	__u64 done_ns; /* the last completed request: so that the wake-up it causes can be charged
			  to it */
	__u64 done_id;
	__u32 done_dev;
	__u32 done_context;
	struct quota quota; /* of requests that are told one by one */
};

struct request_key {
	__u64 pointer;
};

struct file_key {
	__u64 inode;
	__u64 dev;
};

/* A stack on its way: a wire_stack with some room behind its last frame. What an earlier stack left
 * there is not cleared. */
struct scratch {
	struct wire head;
	__u64 id;
	__u32 frames;
	__u32 spare;
	__u64 address[WIRE_FRAMES + 3];
};
_Static_assert(__builtin_offsetof(struct scratch, address) == WIRE_STACK_BYTES(0), "scratch");
_Static_assert((WIRE_FRAMES & (WIRE_FRAMES + 1)) == 0, "the number of frames is a mask, too");

/* Settings, fixed before the programs are loaded. */
const volatile __u32 ring_mask;       /* number of rings − 1 */
const volatile bool watch_machine;    /* every thread is the target's */
const volatile bool samples_in_nmi;   /* the sampler is a PMU's */
const volatile bool switch_has_state; /* sched_switch tells prev_state: 5.18, 9c2136be0878 */
const volatile __u64 stack_every_ns = 100000; /* a kernel stack for each so much waiting */
const volatile __u64 waker_every_ns =
	1000000; /* a waker's stack: five times as dear, as it runs through ours */
const volatile __u64 call_min_ns = 20000; /* shorter system calls are summed up */
const volatile __u64 call_stack_ns =
	1000000; /* a user stack for each so much time in system calls */
const volatile __u64 call_over_ns =
	1000000;                  /* counted system calls that are told one by one, too */
const volatile bool counts_calls; /* it is the watch of calls */
const volatile bool awaits_exec;  /* the target is a command: what comes before its exec is ours */
const volatile __u64 lock_min_ns = 10000;
const volatile __u8 syscall_kinds[WIRE_SYSCALLS]; /* enum wire_syscall_kind */
const volatile __u32 own_tgid;                    /* slowpath itself: never told */
const volatile bool stacks_at_wake; /* a wait's stack is taken while its thread still sleeps */
const volatile __u32 frames_max;    /* a stack with so many was cut, or nearly so */
const volatile bool sees_release;   /* on_release is there */
const volatile bool sees_io_start;  /* on_io_start is there */
const volatile bool only_requests;  /* of all that happens only block requests are watched */
const volatile bool tells_caches;   /* the kernel tells the slab cache of an address: 6.13 */
const volatile __u64 page_bytes = 4096;
const volatile bool watches_files;            /* who caused a request, and on which file, is told */
const volatile __u32 io_calls[WIRE_SYSCALLS]; /* WIRE_IO_CALL()s by number */
const volatile __u32 io_opcodes[WIRE_OPCODES];
const volatile __u32 aio_operations[WIRE_AIO_OPERATIONS];
const volatile __u64 slow_io_ns;            /* what takes as long is always told */
const volatile __s32 function_syscall = -1; /* the function is this system call; -1: it is none */
const volatile __u64 function_over_ns;      /* calls of functions of this length are told */
const volatile __u64 sleep_stack_ns = 1000000; /* who sleeps as long in it has a stack */
const volatile __u32 io_quota;     /* told in a slice of time on a CPU, however short; 0: all */
const volatile __u32 direct_flag;  /* O_DIRECT of this architecture */
const volatile bool sees_io_start; /* block requests are seen where they are made: 6.5 */
const volatile struct wire_guest_fields guest_fields;
const volatile bool completion_has_entry; /* io_uring_complete has the completion queue's entry */

/* Set while the programs run. */
bool is_on;
bool is_over; /* the threads' usage was told */
__u64 begin_ns;
__u64 bh_enable_address; /* __local_bh_enable_ip, with its size: soft interrupts that a sender runs
			    itself */
__u64 bh_enable_bytes;
__u64 throttle_work_address; /* blk_throtl_dispatch_work_fn */
__u64 lost[WIRE_LOSSES];
__u64 cut_stacks;
bool sees_fault_end;      /* on_fault_end is called at the end of each */
__u32 waiting[WIRE_CPUS]; /* followed threads that wait for this CPU */
__u64 request_count;
__u64 io_count;
__u64 short_calls;  /* of functions, that took less than function_over_ns */
__u32 callee_count; /* put by user space when programs are at these callees */
__u64 unseen_ends;  /* requests that had ended when their memory was used again */

#define MAP(name, map_type, map_key, map_value, entries) \
	struct {                                         \
		__uint(type, map_type);                  \
		__uint(max_entries, entries);            \
		__type(key, map_key);                    \
		__type(value, map_value);                \
	} name SEC(".maps")

/* Filled by user space: its size is a power of two that fits the machine. */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 64);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

MAP(cpus, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct cpu, 1);
MAP(scratches, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct scratch, 4);
MAP(stacks_seen, BPF_MAP_TYPE_HASH, __u64, __u8, STACKS_SEEN);
MAP(files_seen, BPF_MAP_TYPE_HASH, struct file_key, __u8, FILES_SEEN);
MAP(locks_seen, BPF_MAP_TYPE_LRU_HASH, __u64, __u32, LOCKS_SEEN); /* whose mmap_lock it is */
MAP(targets, BPF_MAP_TYPE_HASH, __u32, __u8, TARGETS);
MAP(dying, BPF_MAP_TYPE_HASH, __u64, struct wire_dying, DYING); /* by DYING_KEY() */

static __always_inline void lose(enum wire_loss what)
{
	__sync_fetch_and_add(&lost[what], 1);
}

static __always_inline struct cpu *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cpus, &zero);
}

static __always_inline void *this_ring(void)
{
	__u32 slot = bpf_get_smp_processor_id() & ring_mask;

	return bpf_map_lookup_elem(&rings, &slot);
}

static __always_inline void fill_head(struct wire *wire, enum wire_kind kind, __u64 now, __u32 tid)
{
	wire->time_ns = now;
	wire->kind = kind;
	wire->cpu = bpf_get_smp_processor_id();
	wire->tid = tid;
}

/* Room in this CPU's ring, with the head filled; NULL when it is full. */
static __always_inline void *ring_try(__u64 bytes, enum wire_kind kind, __u64 now, __u32 tid)
{
	void *ring = this_ring();
	struct wire *wire;

	wire = ring ? bpf_ringbuf_reserve(ring, bytes, 0) : NULL;
	if (wire)
		fill_head(wire, kind, now, tid);
	return wire;
}

/* The same; a full ring is counted. */
static __always_inline void *ring_reserve(__u64 bytes, enum wire_kind kind, enum wire_loss what,
					  __u64 now, __u32 tid)
{
	struct wire *wire = ring_try(bytes, kind, now, tid);

	if (!wire)
		lose(what);
	return wire;
}

static __always_inline void ring_submit(void *wire)
{
	bpf_ringbuf_submit(wire, BPF_RB_NO_WAKEUP);
}

/* Send a copy of a record whose size only now is known, or that is kept elsewhere. */
static __always_inline bool ring_send(void *wire, __u64 bytes, enum wire_loss what)
{
	void *ring = this_ring();

	if (ring && bpf_ringbuf_output(ring, wire, bytes, BPF_RB_NO_WAKEUP) == 0)
		return true;
	lose(what);
	return false;
}

enum context {
	IN_THREAD,
	IN_SOFTIRQ,
	IN_HARDIRQ,
};

/*
 * In which context does this CPU run? Known from the interrupts' own tracepoints: the kernel's
 * preempt_count is a per-CPU variable that BPF can only reach where kallsyms lists data
 * (CONFIG_KALLSYMS_ALL).
 */
static __always_inline enum context context_of(const struct cpu *cpu)
{
	if (!cpu)
		return IN_THREAD;
	return cpu->hard_ns ? IN_HARDIRQ : cpu->soft_ns ? IN_SOFTIRQ : IN_THREAD;
}

#endif
