/*
 * What can happen? The vocabulary between those who see (probe, import) and those who think
 * (analyse).
 *
 * Times are CLOCK_MONOTONIC nanoseconds. A stream is ordered by head.time_ns, the moment at which
 * the thing was complete and known: a span is told when it closes. Dictionary events (task, symbol,
 * stack, device, file) come before their first use. tid is the kernel's thread number in the
 * initial pid namespace; 0 means none, and for the idle threads too, which are never told. Every
 * struct is fixed-width, little-endian, without hidden padding, and is written to recordings as it
 * stands: fields are only ever appended, to structs without a variable tail; a reader zero-fills
 * what an older writer did not know. Structs with a tail (fact, symbol, stack, file, cgroup,
 * mapping, place, relation, log, lock_name, lock_class, lock_site, tally, title) never change.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

enum event_kind {
#define EVENT(number, NAME, type, name) EVENT_##NAME = (number),
#include "event/events.def"
#undef EVENT
};

/* The first bytes of every event. */
struct event {
	uint32_t bytes; /* of the whole event, a multiple of 8 */
	uint16_t kind;  /* enum event_kind; kinds from the future are skipped by their size */
	uint16_t spare;
	uint64_t time_ns;
};

/* A fact of the host or of how the watch was made: "kernel.release" = "6.1.0", "facility.scheduler"
 * = "tp_btf", … */
struct event_fact {
	struct event head;
	uint16_t key_bytes;
	uint16_t value_bytes;
	uint32_t spare;
	char text[]; /* key, then value; no terminators */
};

enum watch_target {
	WATCH_MACHINE = 1, /* every thread */
	WATCH_PROCESS = 2, /* the threads of pid and of its future children */
	WATCH_COMMAND = 3, /* the same; pid is the command's first process, watched from its exec */
};

struct event_watch {
	struct event head; /* time: begin of the watch */
	uint32_t target;   /* enum watch_target */
	uint32_t pid;      /* 0 for the machine */
	uint32_t cpus;     /* online */
	uint32_t spare;
	char name[64]; /* of the command or process, NUL-padded, cut to fit */
};

enum watch_end_flags {
	WATCH_END_EXITED = 1,      /* exit_status is valid: the command ended by itself */
	WATCH_END_SIGNALED = 2,    /* exit_status is the signal's number */
	WATCH_END_INTERRUPTED = 4, /* the user ended the watch early */
};

struct event_watch_end {
	struct event head; /* time: end of the watch */
	int32_t exit_status;
	uint32_t flags;
};

enum task_flags {
	TASK_KERNEL = 1, /* a kernel thread */
	TASK_TARGET =
		2, /* belongs to the target; without it: a thread that the target waited for */
};

/* A thread; told again whenever its name, flags or cgroup changed. */
struct event_task {
	struct event head;
	uint32_t tid;
	uint32_t tgid;
	uint32_t parent_tgid;
	uint32_t flags;    /* enum task_flags */
	uint64_t birth_ns; /* 0: lived before the watch */
	uint64_t cgroup;   /* id; 0: not known */
	char comm[16];     /* NUL-padded; any bytes: never print unescaped */
};

struct event_task_end {
	struct event head; /* time: death */
	uint32_t tid;
	int32_t exit_code; /* as in wait(2): status << 8 | signal; -1: not known */
};

/* A function. Ids start at 1; 0 is the unknown function. */
struct event_symbol {
	struct event head;
	uint32_t id;
	uint16_t name_bytes;
	uint16_t module_bytes; /* kernel module, or path of the ELF file; 0 bytes: the kernel itself
				*/
	char text[];           /* name, then module; no terminators */
};

enum stack_flags {
	STACK_USER = 1,
	/* Samples from here on only name stacks that are told from here on, again where they were
	 * told before: those who keep stacks for samples may forget the older ones. */
	STACK_AFRESH = 2,
};

struct event_frame {
	uint64_t address;
	uint32_t symbol; /* id, or 0 */
	uint32_t offset; /* of address in the function */
};

/* A call stack, innermost frame first. Ids are hashes made where the stack was seen; 0 is no stack.
 */
struct event_stack {
	struct event head;
	uint64_t id;
	uint32_t flags; /* enum stack_flags */
	uint32_t tgid;  /* of a user stack */
	uint32_t frames;
	uint32_t spare;
	struct event_frame frame[];
};

enum device_flags {
	DEVICE_ROTATIONAL = 1,
	DEVICE_WRITE_CACHE = 2, /* volatile: needs flushes */
	DEVICE_VIRTUAL = 4,     /* served by other devices or by threads: loop, dm, md, zram, … */
};

/* A block device. Device numbers are the kernel's: major << 20 | minor. */
struct event_device {
	struct event head;
	uint32_t dev;
	uint32_t flags;     /* enum device_flags */
	uint32_t whole_dev; /* of a partition: its disk; else dev */
	uint32_t lower_dev; /* of a loop device: where its file lies; of dm/md: its first member; 0:
			       none */
	char name[32];      /* NUL-padded */
	char scheduler[16]; /* NUL-padded */
};

/* A file, known by device and inode. */
struct event_file {
	struct event head;
	uint64_t inode;
	uint32_t dev;
	uint16_t name_bytes;
	uint16_t spare;
	char fs_type[16]; /* NUL-padded */
	char name[];      /* the last path component, or more where it is known; no terminator */
};

enum span_flags {
	SPAN_OPEN_START = 1,     /* it began before the watch: start_ns is the watch's begin */
	SPAN_OPEN_END = 2,       /* it had not ended when the watch ended */
	SPAN_IOWAIT = 4,         /* wait: the kernel counts it as waiting for I/O */
	SPAN_FAULT = 8,          /* wait: outside any system call: a page fault (user threads) */
	SPAN_WOKEN_IRQ = 16,     /* wait: ended from a hard interrupt; waker_tid is 0 */
	SPAN_WOKEN_SOFTIRQ = 32, /* wait: ended from a soft one; waker_tid is 0 without the next */
	SPAN_WAKER_SENT = 64,    /* wait: it ran inside waker_tid's own send (loopback) */
	SPAN_PREEMPTED = 128,    /* run: ended while still wanting to run; queue: began so */
	SPAN_NEWBORN = 256,      /* queue: the first one after fork */
	SPAN_THROTTLED = 512,    /* queue: throttled_ns of it under a cgroup's CPU quota */
	SPAN_REQUEST = 1024,     /* wait: ended by a block request: request, request_dev */
	SPAN_CONDITION = 2048,   /* wait: on a futex for something to happen, not for a mutex */
};

/* A thread ran on a CPU from start_ns to head.time_ns. */
struct event_run {
	struct event head;
	uint32_t tid;
	uint32_t cpu;
	uint64_t start_ns;
	uint64_t kernel_ns; /* of it inside system calls, interrupts included */
	uint64_t irq_ns;    /* of it stolen by hard and soft interrupts */
	uint32_t next_tid;  /* who ran next on this CPU; 0: nobody */
	uint32_t flags;     /* enum span_flags */
	/*
	 * What the kernel itself charged as running for it (task->se.sum_exec_runtime), as /proc
	 * has it; 0: not known. The kernel's count begins with the run queue's clock, which a
	 * wake-up that preempts leaves as it was then (rq_clock_skip_update() in
	 * wakeup_preempt()): it may reach into the stay in the queue before.
	 */
	uint64_t charged_ns;
};

/* A thread was blocked from start_ns to end_ns, when it was woken. It is told when it runs again
 * (head.time_ns). */
struct event_wait {
	struct event head;
	uint64_t start_ns;
	uint64_t end_ns;
	uint32_t tid;
	uint32_t waker_tid;   /* the thread that woke it; 0: an interrupt, or not known */
	uint64_t stack;       /* kernel stack it slept on; 0: not taken (short waits are sampled) */
	uint64_t waker_stack; /* kernel stack of the wake-up; 0: not taken */
	uint32_t state;  /* the kernel's task state bits: 1 interruptible, 2 uninterruptible, … */
	uint32_t flags;  /* enum span_flags */
	int32_t syscall; /* its number; -1: none */
	int32_t fd; /* the system call's first argument as a descriptor when file_dev or file_inode
		       is set; else -1 */
	uint64_t file_inode; /* the file behind fd; 0: not known */
	uint32_t file_dev;
	uint32_t lock_flags; /* kernel's contention flags: 1 spin 2 read 4 write 8 rt 16 percpu 32
				mutex */
	uint64_t lock; /* address of the kernel lock waited for; 0: none; futex: user address with
			  syscall futex */
	uint32_t lock_owner;  /* tid that held the lock when the wait began; 0: not known */
	uint32_t request_dev; /* with SPAN_REQUEST */
	uint64_t request;     /* event_request.id whose completion ended it */
};

/* A thread was ready to run from start_ns to head.time_ns but did not. */
struct event_queue {
	struct event head;
	uint64_t start_ns;
	uint64_t throttled_ns; /* of it held by a cgroup's CPU quota */
	uint32_t tid;
	uint32_t cpu;      /* where it then ran */
	uint32_t prev_tid; /* who ran on that CPU before; 0: nobody */
	uint32_t flags;    /* enum span_flags */
};

enum sampler_unit {
	SAMPLER_NS = 1,    /* period and weight_ns are the same */
	SAMPLER_COUNT = 2, /* cycles, faults, hits of a tracepoint: no time */
};

/* What made the samples: told before its first one. */
struct event_sampler {
	struct event head;
	uint32_t id;   /* from 1 on */
	uint32_t unit; /* enum sampler_unit */
	char name[64]; /* as perf calls it: "cpu-clock", "cycles:u", "sched:sched_switch";
			  NUL-padded */
};

/* A thread was seen on a CPU. Only an imported sample may have tid 0: the CPU was idle. */
struct event_sample {
	struct event head;
	uint32_t tid;
	uint32_t cpu;
	uint64_t stack;      /* kernel; 0: was in user code */
	uint64_t user_stack; /* 0: a kernel thread, or not to be had */
	uint64_t weight_ns;  /* the time it stands for; 0: not known, see period */
	uint64_t period;     /* in its sampler's unit; 0: weight_ns */
	uint32_t sampler;    /* event_sampler.id; 0: the watch's own clock */
	uint32_t spare;
};

/* One system call that took at least the recorder's threshold; shorter ones are in syscall_sum. */
struct event_syscall {
	struct event head; /* time: its end */
	uint64_t start_ns;
	uint32_t tid;
	int32_t number;      /* with CALL_COMPAT where a watch of calls tells it */
	int64_t result;      /* as returned: -errno or a value */
	uint64_t user_stack; /* 0: not taken */
	uint64_t size;       /* the third argument of read, write and their kin; else 0 */
	uint64_t file_inode;
	uint32_t file_dev;
	int32_t fd; /* -1: not a descriptor call */
	/* SPAN_OPEN_START: it began before the watch; SPAN_OPEN_END: it had not returned when the
	 * watch, or its thread, ended: result means nothing. Neither is in a tally. */
	uint32_t flags;
	uint32_t spare;
};

/* The short system calls of one thread and number since the last such event. */
struct event_syscall_sum {
	struct event head;
	uint32_t tid;
	int32_t number;
	uint64_t count;
	uint64_t errors;
	uint64_t total_ns;
};

enum request_flags {
	REQUEST_READ = 1,
	REQUEST_WRITE = 2,
	REQUEST_FLUSH = 4, /* a flush of the device's cache, alone or before a write */
	REQUEST_DISCARD = 8,
	REQUEST_SYNC = 16,
	REQUEST_META = 32,
	REQUEST_FUA = 64,
	REQUEST_READAHEAD = 128,
	REQUEST_REQUEUED = 256,
	REQUEST_THROTTLED = 512, /* held by the block throttling controller before it was queued */
	REQUEST_BIO = 1024, /* a bio of a device that makes no requests: the driver took it at once
			     */
};

/* A block request: queued (start_ns) → issued to the driver → completed (head.time_ns). */
struct event_request {
	struct event head;
	uint64_t id;
	uint64_t start_ns;
	uint64_t issue_ns;
	uint64_t sector; /* in 512-byte units */
	uint32_t dev;
	uint32_t bytes;
	uint32_t flags;        /* enum request_flags */
	int32_t error;         /* 0 or -errno */
	uint32_t tid;          /* who queued it */
	uint32_t work;         /* symbol of work_address, filled in by the namer */
	uint64_t work_address; /* the work function that queued it, when a kworker did; else 0 */
	uint64_t io;           /* event_io.id of the operation that caused it; 0: not known */
	uint64_t file_inode;   /* of the file whose data or metadata it carries; 0: not known */
	uint32_t file_dev;
	uint32_t bios; /* of which it was made, merged ones included; 0: not known */
};

/* A contended kernel lock, when the wait for it was not a blocked one (spinning) or had several
 * sleeps. */
struct event_lock {
	struct event head; /* time: acquired */
	uint64_t start_ns;
	uint64_t lock;
	uint64_t stack;
	uint32_t tid;
	uint32_t owner; /* 0: not known */
	uint32_t flags; /* as event_wait.lock_flags */
	uint32_t spare;
};

enum counter_key {
	COUNTER_STEAL_NS =
		1, /* machine: time the hypervisor ran someone else, all CPUs, since boot */
	COUNTER_IDLE_NS = 2,   /* machine: idle time of all CPUs, since boot */
	COUNTER_USER_NS = 3,   /* machine: time of all CPUs in user code, since boot */
	COUNTER_SYSTEM_NS = 4, /* machine: the same in the kernel, interrupts included */
	/* Pressure: time in which some, or all, of those who had something to do could not. */
	COUNTER_CPU_SOME_NS = 5,
	COUNTER_IO_SOME_NS = 6,
	COUNTER_IO_FULL_NS = 7,
	COUNTER_MEMORY_SOME_NS = 8,
	COUNTER_MEMORY_FULL_NS = 9,
	COUNTER_DISK_BUSY_NS = 10, /* of dev: time in which it had requests, since boot */
};

struct event_counter {
	struct event head;
	uint32_t key; /* enum counter_key */
	uint32_t dev; /* of a device's counter; else 0 */
	uint64_t value;
};

enum loss_what {
	LOSS_SWITCH = 1, /* scheduler records that found no room */
	LOSS_STACK = 2,  /* stacks that could not be taken or kept */
	LOSS_SYSCALL = 3,
	LOSS_REQUEST = 4,
	LOSS_SAMPLE = 5,
	LOSS_TASK = 6,   /* births, deaths and names */
	LOSS_THREAD = 7, /* threads for which the kernel had no memory to keep state */
	LOSS_LOCK = 8,
	LOSS_LATE = 9,     /* events that came too late to be put in order */
	LOSS_HISTORY = 10, /* spans forgotten before an analysis asked for them */
	LOSS_FILE = 11,
	LOSS_HIDDEN = 12, /* threads that the kernel hides from tracing; they are no longer of the
			     target */
	LOSS_USAGE = 13,  /* threads whose CPU time found no room */
	LOSS_MAPPING = 14,
	LOSS_TALLY = 15, /* things that were left out of tallies: no room for more rows */
	LOSS_IO = 16,
	LOSS_CALL = 17,       /* entries and exits of functions */
	LOSS_GUEST_EXIT = 18, /* exits of guests whose other end was not told */
};

/* So many events of a kind were lost since the last such event. */
struct event_loss {
	struct event head;
	uint32_t what; /* enum loss_what */
	uint32_t spare;
	uint64_t count;
};

/* The control group whose CPU quota a thread runs under; told before the first stay in the queue
 * that the quota made longer. */
struct event_cgroup {
	struct event head;
	uint32_t tid;
	uint16_t path_bytes;
	uint16_t spare;
	char path[]; /* in the CPU controller's hierarchy; no terminator */
};

/*
 * A process has mapped a file as code from now on. Only for the namer, which keeps it: it is told
 * where the processes themselves can no longer be asked.
 */
struct event_mapping {
	struct event head;
	uint64_t start;
	uint64_t bytes; /* mapped */
	uint64_t file_offset;
	uint32_t tgid; /* 0: the kernel's: a module, by its name in brackets */
	uint16_t path_bytes;
	uint8_t build_id_bytes; /* 0: not known */
	uint8_t spare;
	uint8_t build_id[24];
	char path[]; /* no terminator */
};

/* The CPU time of a thread from the watch's begin, or its birth, to its death or the watch's end:
 * told once, then. */
struct event_usage {
	struct event head;
	uint32_t tid;
	uint32_t spare;
	uint64_t run_ns; /* task->se.sum_exec_runtime */
	uint64_t
		user_ns; /* as the kernel splits it, by its tick or exactly: proportions, no more */
	uint64_t kernel_ns;
};

/* Where a function begins in its source. Told once, after its symbol, when debug information has
 * it. */
struct event_place {
	struct event head;
	uint32_t symbol;
	uint32_t line;
	uint16_t file_bytes;
	uint16_t spare[3];
	char file[]; /* as the compiler was given it: any bytes; no terminator */
};

enum thread_flags {
	THREAD_ON_CPU = 1,  /* it ran at that moment */
	THREAD_KILLED = 2,  /* a fatal signal is pending: it dies as soon as it can */
	THREAD_DUMPING = 4, /* its process writes a core file */
	THREAD_FROZEN = 8,  /* by a cgroup's freezer */
	THREAD_IOWAIT = 16, /* the kernel counts it as waiting for I/O */
};

enum {
	THREAD_SYSCALL_NONE = -1,    /* in user code, or a kernel thread */
	THREAD_SYSCALL_UNKNOWN = -2, /* not to be had */
};

enum blocker_kind {
	BLOCKER_NONE, /* waits for no lock, or that is not to be had */
	BLOCKER_MUTEX,
	BLOCKER_SEMAPHORE,
	BLOCKER_RWSEM_READER, /* it wants to read */
	BLOCKER_RWSEM_WRITER,
	BLOCKER_RT_MUTEX,
};

/* How a thread stood when all were looked at. Two looks tell what moved between them. */
struct event_thread {
	struct event head; /* when it was looked at */
	uint32_t tid;
	uint32_t look;     /* from 1 on */
	uint32_t state;    /* the kernel's bits as in event_wait, and those of its end: 16 dead, 32
			      zombie */
	uint32_t flags;    /* enum thread_flags */
	uint64_t since_ns; /* when it last left a CPU, or got the one it runs on; 0: not known */
	uint64_t stack;    /* kernel; 0: not to be had, or in user code */
	uint64_t user_stack;   /* 0: a kernel thread, or not to be had */
	uint64_t run_ns;       /* CPU time of its life */
	uint64_t switches;     /* of its life, voluntary or not */
	uint64_t io_calls;     /* reads and writes of its life */
	uint64_t io_bytes;     /* read and written by these */
	int32_t syscall;       /* its number, or THREAD_SYSCALL_… */
	int32_t exit_code;     /* of a zombie, as in wait(2): status << 8 | signal; else 0 */
	uint64_t arguments[6]; /* of the system call */
	uint64_t lock; /* address of the kernel lock that it waits for; 0: none, or not known */
	uint32_t lock_kind;  /* enum blocker_kind */
	uint32_t lock_owner; /* tid; 0: not known */
};

enum relation_kind {
	RELATION_FUTEX = 1,     /* object: the word's address; the peer's tid stands in it */
	RELATION_PIPE = 2,      /* the peer holds the other end */
	RELATION_SOCKET = 3,    /* the same, of a socket: local, or TCP within this machine */
	RELATION_FILE_LOCK = 4, /* the peer holds an overlapping lock */
	RELATION_FUSE = 5,      /* the peer serves the file system */
	RELATION_CHILD = 6,     /* it waits for this child's end */
	RELATION_REQUEST = 7,   /* a block request in flight: dev; since_ns: when it was issued */
	RELATION_TRACER = 8,    /* the peer traces or stopped it */
	RELATION_FROZEN = 9,    /* a file system that may be frozen: dev; no peer */
	RELATION_LIMIT = 10,    /* a limit of its cgroup: nothing is in flight at dev; no peer */
};

enum relation_flags {
	RELATION_PROCESS = 1, /* any thread of the peer's process may answer */
	RELATION_GONE = 2,    /* the peer no longer exists */
	RELATION_NOBODY = 4,  /* there is no peer at all: the other end is closed, or only its own
				 process holds it */
	RELATION_POLLED = 8,  /* it polls; object: how many descriptors, of which this is one */
	RELATION_OTHERS = 16, /* not all who may answer are told */
};

/* Whom or what a thread waits for, seen at one moment. */
struct event_relation {
	struct event head; /* when it was looked at */
	uint32_t tid;      /* who waits */
	uint32_t peer;     /* who would have to act; 0: nobody, or not a thread */
	uint32_t kind;     /* enum relation_kind */
	uint32_t flags;    /* enum relation_flags */
	uint64_t object;
	uint64_t inode; /* of the pipe, socket or file; 0: none */
	uint32_t dev;   /* of the file or request; 0: none */
	uint32_t spare;
	uint64_t since_ns; /* 0: not known */
	uint16_t name_bytes;
	uint16_t spare2[3];
	char name[]; /* of the object: a path, "pipe:[4711]", "/mnt/x (vda2, xfs)", "/group,
			rbps=1"; any bytes; no terminator */
};

/* A line of the kernel's log. */
struct event_log {
	struct event
		head; /* when it was written; lines from before the watch come with its begin */
	uint64_t written_ns; /* CLOCK_MONOTONIC, as the kernel has it */
	uint32_t tid;        /* whom it is about, where it says so; else 0 */
	uint32_t level;      /* as in syslog(3): 0 emergency … 7 debug */
	uint16_t text_bytes;
	uint16_t spare[3];
	char text[]; /* any bytes; no terminator */
};

enum signal_flags {
	SIGNAL_SENT = 1,    /* told when it was sent: sender is valid, address and stack are not */
	SIGNAL_ADDRESS = 2, /* address is valid */
	SIGNAL_UNDUMPABLE = 4, /* its process may not be dumped: setuid, or by prctl(2) */
};

/*
 * A signal that ends a process of the target: nobody handles it. One that dumps core is told when
 * it is delivered, all that a process sent are told when they are sent.
 */
struct event_signal {
	struct event head;
	uint32_t tid; /* who gets it; sent to a process: one of its threads */
	uint32_t signal;
	int32_t code; /* si_code of sigaction(2): above 0 the kernel's reason */
	uint32_t flags;
	uint64_t address;    /* that could not be touched */
	uint64_t user_stack; /* where it was delivered; 0: not to be had */
	uint64_t core_limit; /* RLIMIT_CORE of the process at that moment; UINT64_MAX: none */
	uint32_t sender;     /* tid; 0: the kernel */
	uint32_t spare;
};

enum lock_name_kind {
	LOCK_NAME_STATIC = 1, /* a variable of the kernel or of a module */
	LOCK_NAME_FIELD = 2,  /* type and field of the object that it lies in */
	LOCK_NAME_SLAB = 3,   /* only the slab cache that this object is from */
	LOCK_NAME_MMAP = 4,   /* the mmap_lock of process tgid; no name */
};

/* What a kernel lock is called. Verified: never a guess from who takes it. */
struct event_lock_name {
	struct event head;
	uint64_t lock; /* as event_wait.lock */
	uint32_t kind; /* enum lock_name_kind */
	uint32_t tgid; /* with LOCK_NAME_MMAP; 0: not known */
	uint16_t name_bytes;
	uint16_t spare[3];
	char name[]; /* "tasklist_lock", "ext4_inode_info.vfs_inode.i_rwsem", "kmalloc-2k"; no
			terminator */
};

enum lock_class_flags {
	LOCK_CLASS_READ = 1,  /* only those who took it to read */
	LOCK_CLASS_WRITE = 2, /* only those who took it to write: readers have numbers of their own
			       */
	LOCK_CLASS_BOUNCES = 4, /* the bounces are told */
};

/* What the kernel itself has counted of a class of locks (/proc/lock_stat), since it was told to
 * begin. */
struct event_lock_class {
	struct event head;
	uint32_t id;    /* in its look, from 1 on */
	uint32_t look;  /* from 1 on: two looks tell what came between them */
	uint32_t flags; /* enum lock_class_flags */
	uint16_t name_bytes;
	uint16_t spare;
	uint64_t contentions; /* acquisitions that had to wait */
	uint64_t contended_bounces;
	uint64_t wait_min_ns;
	uint64_t wait_max_ns;
	uint64_t wait_ns; /* of all of them */
	uint64_t acquisitions;
	uint64_t acquired_bounces;
	uint64_t hold_min_ns;
	uint64_t hold_max_ns;
	uint64_t hold_ns;
	char name[]; /* as the kernel prints it, without "-R" and "-W"; no terminator */
};

enum lock_site_flags {
	LOCK_SITE_HOLDER = 1, /* it held the lock; else it waited for it */
};

/* Where in the kernel a lock of such a class was waited for, or was held while others waited. */
struct event_lock_site {
	struct event head;
	uint32_t class_id; /* event_lock_class.id; of its readers and writers together */
	uint32_t look;
	uint32_t flags; /* enum lock_site_flags */
	uint16_t name_bytes;
	uint16_t spare;
	uint64_t count;
	char name[]; /* "ext4_buffered_write_iter+0x38/0x130"; no terminator */
};

enum io_engine {
	IO_SYNC = 1,  /* a system call of its own: pread64, write, fsync, openat, … */
	IO_AIO = 2,   /* libaio: an iocb of io_submit(2) */
	IO_URING = 3, /* an entry of an io_uring's submission queue */
	IO_FAULT = 4, /* a page fault on a mapped file that had to wait */
};

enum io_operation {
	IO_OTHER = 0,
	IO_READ = 1,
	IO_WRITE = 2,
	IO_FSYNC = 3,
	IO_FDATASYNC = 4,
	IO_SYNC_RANGE = 5,
	IO_OPEN = 6,
	IO_CLOSE = 7,
	IO_STAT = 8,
	IO_READDIR = 9,
	IO_CREATE = 10, /* mkdir, mknod, link, symlink */
	IO_RENAME = 11,
	IO_REMOVE = 12, /* unlink, rmdir */
	IO_TRUNCATE = 13,
	IO_ALLOCATE = 14, /* fallocate */
	IO_MAP = 15,
	IO_ATTRIBUTE = 16, /* chmod, chown, utimes, xattrs */
	IO_COPY = 17,   /* copy_file_range, sendfile from file to file: this is the one written to;
			 * from   a pipe or a socket it is a write, to one a read */
	IO_ADVISE = 18, /* readahead, posix_fadvise */
	IO_SYNC_ALL = 19, /* sync, syncfs: of a whole file system, or of all */
};

enum io_flags {
	IO_DIRECT = 1,     /* O_DIRECT */
	IO_FILE_SYNC = 2,  /* O_SYNC or RWF_SYNC */
	IO_FILE_DSYNC = 4, /* O_DSYNC or RWF_DSYNC */
	IO_APPEND = 8,
	IO_NOWAIT = 16,          /* O_NONBLOCK or RWF_NOWAIT */
	IO_VECTORED = 32,        /* of several buffers: readv and its kin */
	IO_POSITIONED = 64,      /* the call itself named the offset: pread and its kin */
	IO_PUNTED = 128,         /* io_uring: handed to a worker of io-wq */
	IO_FIXED = 256,          /* io_uring: into registered buffers */
	IO_FIXED_FILE = 512,     /* io_uring: of a registered file */
	IO_POLLED = 1024,        /* io_uring: a thread of the kernel submits (SQPOLL) */
	IO_WAITED = 2048,        /* sync: its thread was blocked before it returned */
	IO_REAP_UNSEEN = 4096,   /* AIO: reaped from the mapped ring: complete when its last block
				    request was */
	IO_OPEN_START = 8192,    /* it was submitted before the watch */
	IO_OPEN_END = 16384,     /* it had not ended when the watch ended */
	IO_LENGTH_ALONE = 32768, /* told because it took long: of shorter ones then only some are,
				  and those without this flag are a fair sample */
};

/* One operation on a file, whoever performs it and however long it took. */
struct event_io {
	struct event head;  /* sync: returned; io_uring: its completion was posted; AIO: reaped */
	uint64_t id;        /* from 1 on: event_request.io names it */
	uint64_t submit_ns; /* the system call that handed it over began */
	uint64_t start_ns;  /* the kernel began with it: the call's begin, or its turn in a batch */
	int64_t result;     /* bytes, a descriptor or 0; or -errno */
	uint64_t offset;    /* in bytes, where it took place; UINT64_MAX: not known */
	uint64_t wanted;    /* bytes asked for */
	uint64_t inode;     /* 0: not known */
	uint64_t context;   /* io_uring: of its ring; AIO: its context; else 0 */
	uint32_t dev;       /* of the file */
	uint32_t tid;       /* who submitted it */
	int32_t fd;         /* -1: none */
	uint32_t flags;     /* enum io_flags */
	uint16_t engine;    /* enum io_engine */
	uint16_t operation; /* enum io_operation */
	int16_t syscall;    /* the number of the call that submitted it; -1: none */
	uint16_t batch;     /* how many that call submitted in all, so far known; 0: not known */
	uint32_t depth;     /* in flight in its context once it was submitted, it included */
	uint32_t requests;  /* block requests seen to be caused by it, or shared with others */
	uint64_t handed_ns; /* AIO, io_uring: the call that submitted it had returned, and its
			       thread had a CPU to go on with; 0: not known */
	uint64_t reaped_ns; /* io_uring: it was taken from the ring, as far as the program's calls
			       show: when the last one before it was seen to be gone had returned,
			       if it was complete then; else when the next began; 0: not known */
};

enum tally_what {
	TALLY_CALLS = 1,    /* by tid and operation, its number */
	TALLY_REQUESTS = 2, /* by dev and operation, enum request_flags: queued to completed */
	TALLY_SERVICE = 3,  /* the same requests: issued to completed */
	TALLY_ISSUERS = 4,  /* the same by tid: who queued them */
	TALLY_FILES =
		5, /* by dev, inode, and operation: enum io_engine << 16 | enum io_operation */
	TALLY_CALL_ERRORS = 6, /* those of TALLY_CALLS that failed, by tid and operation: the
				  number | errno << 20 */
	TALLY_MERGES = 7, /* by dev and operation, enum request_flags: bios and requests that became
			     part of another request; count and bytes alone */
};

/* Set in the number of a system call of another table: of a 32-bit program. */
#define CALL_COMPAT (1 << 19)

/*
 * Times of many things that ended between since_ns and head.time_ns, counted where they happened:
 * exact, even where single events were left out. They fall into buckets, see tally_bucket().
 */
struct event_tally {
	struct event head;
	uint64_t since_ns;
	uint64_t inode;
	uint32_t what; /* enum tally_what */
	uint32_t tid;  /* 0: of any thread */
	uint32_t operation;
	uint32_t dev;
	uint64_t count;
	uint64_t errors; /* of these */
	uint64_t bytes;
	uint64_t total_ns;
	uint64_t min_ns;
	uint64_t max_ns;
	uint32_t first;    /* number of the first bucket that is told */
	uint32_t buckets;  /* 0: only the sums are known */
	uint64_t bucket[]; /* how many fell into each; they sum to count, unless buckets is 0 */
};

enum {
	TALLY_BUCKETS =
		39 << 4, /* up to 2^42 ns, beyond an hour; what took longer is in the last */
};

/* The bucket that a time falls into: below 16 ns each has its own, each doubling above has 16. */
static inline uint32_t tally_bucket(uint64_t ns)
{
	uint32_t shift, bucket;

	if (ns < 16)
		return (uint32_t)ns;
	shift = 59U - (uint32_t)__builtin_clzll(ns);
	bucket = (shift << 4) + (uint32_t)(ns >> shift);
	return bucket < TALLY_BUCKETS ? bucket : TALLY_BUCKETS - 1;
}

/* The shortest time that falls into a bucket, and how many nanoseconds share it. */
static inline uint64_t tally_bucket_start(uint32_t bucket, uint64_t *ret_width)
{
	uint32_t shift = bucket < 16 ? 0 : (bucket >> 4) - 1;

	*ret_width = 1ULL << shift;
	return (uint64_t)(bucket - (shift << 4)) << shift;
}

enum call_flags {
	/* Entries or exits were lost meanwhile: what it called is not all known; see unknown_ns. */
	CALL_LOSS = 1,
	CALL_EXIT_UNSEEN = 2,  /* duration_ns is up to where it was last seen */
	CALL_ENTRY_UNSEEN = 4, /* what it called is not known: its time is in none of the sums but
				  unknown_ns */
	CALL_OPEN_END = 8,     /* with the second: the recording ended before it did */
	CALL_AT_LEAST = 16,    /* duration_ns is a lower bound: no part of any distribution */
	CALL_CALLER_UNKNOWN = 32, /* not all between parent and it is known */
	CALL_SOFT_IRQ = 64,       /* made by a soft interrupt that ran inside tid */
	CALL_HARD_IRQ = 128,
	CALL_NMI = 256,
	CALL_RESULT = 512, /* result is valid */
};

/*
 * A call of a function, told when it is known to be over: those that it made come before it. What
 * interrupts did is no part of the calls that they interrupted: they have call trees of their own.
 * Each nanosecond between the begin and the end of an outermost call is in the self_ns or
 * unknown_ns of exactly one call, or was taken by interrupts.
 */
struct event_call {
	struct event head;    /* time: 0 where the recording has none; so is start_ns */
	uint64_t start_ns;    /* it lasted for duration_ns from here, a little less where times are
				 rounded */
	uint64_t duration_ns; /* with all it called and all that interrupted it */
	uint64_t self_ns;     /* of it in none of these */
	uint64_t unknown_ns;  /* of it in itself or in calls that were not seen */
	uint64_t irq_ns;      /* of it taken by interrupts, in what it called as well */
	uint64_t off_ns;      /* of it not on a CPU, the same: 0 where switches were not recorded */
	uint64_t self_off_ns; /* of self_ns not on a CPU */
	uint64_t id;          /* from 1 on */
	uint64_t parent;      /* the call that made it; 0: none, or not known */
	uint64_t path;        /* equal for equal chains of callers and functions */
	uint64_t parent_path; /* path of the caller; 0: an outermost call */
	uint64_t address;     /* of the function; 0: only its name is known */
	int64_t result;       /* what it returned */
	uint32_t symbol;      /* filled in by the namer where there is an address */
	uint32_t tid;         /* 0: the idle thread of cpu */
	uint32_t cpu;         /* where it ended */
	uint32_t flags;       /* enum call_flags */
	uint32_t depth; /* of callers, as far as they were traced: those of an interrupt go on from
			   what it interrupted */
	uint32_t spare;
};

/*
 * What one call of a watched function (CALL, of the same tid and start_ns) spent in one of the
 * functions that it calls: one for each of these, none when they were not timed yet as the call
 * began. Of each only what happened inside of the one before it is counted: their times nest.
 */
struct event_callee {
	struct event head; /* time: when the call ended */
	uint64_t start_ns; /* of the call */
	uint64_t ns;       /* in the callee; of calls inside of each other the outermost */
	uint64_t max_ns;   /* of the longest */
	uint32_t tid;
	uint32_t callee; /* from 0 on: the fact "functions.callee.N" names it */
	uint32_t count;  /* how often it was called */
	uint32_t flags;  /* enum callee_flags */
};

enum callee_flags {
	CALLEE_UNSURE = 1, /* a return was missed: there is more than ns says */
};

/*
 * What a thread calls itself beside its name, as it was then. Of the first thread of a process:
 * what that has written over its own command line ("postgres: checkpointer", setproctitle(3)). Of a
 * worker of the kernel: the workqueue that it works for, or did last. Told again when it changed;
 * command lines as they were given are never told.
 */
struct event_title {
	struct event head;
	uint32_t tid;
	uint16_t text_bytes;
	uint16_t spare;
	char text[]; /* any bytes; no terminator */
};

/* Whose reasons these are: as arch/x86/kvm/trace.h has it. */
enum guest_isa {
	GUEST_ISA_UNKNOWN = 0,
	GUEST_ISA_VMX = 1, /* Intel's */
	GUEST_ISA_SVM = 2, /* AMD's */
};

enum guest_exit_flags {
	GUEST_EXIT_USER = 1,   /* it went on to the program (QEMU): user_ns and user_reason count */
	GUEST_EXIT_HALTED = 2, /* halted_ns counts */
	GUEST_EXIT_OPEN_END = 4, /* it had not gone back when the recording ended */
	GUEST_EXIT_VCPU = 8,     /* vcpu is known */
	GUEST_EXIT_GUEST = 16,   /* guest_ns is known */
	GUEST_EXIT_INSIDE = 32, /* it did not leave: it was in the guest when the recording ended */
};

/*
 * A virtual CPU's thread left its guest at start_ns, for a reason, and went back into it at
 * head.time_ns: see event/exits.h for what the reasons are called.
 */
struct event_guest_exit {
	struct event head;
	uint64_t start_ns;
	uint64_t guest_ns;  /* it had been in the guest for so long before */
	uint64_t user_ns;   /* of it from leaving the kernel for the program on */
	uint64_t halted_ns; /* of it the guest had nothing to do: the kernel polled or slept */
	uint32_t tid;
	uint32_t vcpu;        /* its number in its guest */
	uint32_t reason;      /* as the CPU told it */
	uint32_t user_reason; /* KVM_EXIT_* of include/uapi/linux/kvm.h */
	uint16_t isa;         /* enum guest_isa */
	uint16_t flags;       /* enum guest_exit_flags */
	uint32_t spare;
};

/* Where events go. take() returns 0 or -errno with the reason in *why; the event is the caller's
 * and must be copied. */
struct event_sink {
	int (*take)(void *self, const struct event *event, struct diag *why);
	void *self;
};

static inline must_check int event_sink_take(const struct event_sink *sink,
					     const struct event *event, struct diag *why)
{
	return sink->take(sink->self, event, why);
}

/* The kind's name as in events.def, or NULL for a kind that this build does not know. */
const char *event_kind_name(unsigned int kind);

/* The size of the kind's fixed part in this build, or 0 for an unknown kind. */
size_t event_kind_bytes(unsigned int kind);

/* The loss's name for people ("scheduler switches"), or "events of an unknown kind". */
const char *event_loss_name(uint32_t what);

/*
 * Does this event hold together? True when its size is a multiple of 8 within [16, available], its
 * kind's fixed part fits, and its variable part agrees with its own counts. Unknown kinds are sound
 * when their size is.
 */
bool event_is_sound(const struct event *event, size_t available);

#endif
