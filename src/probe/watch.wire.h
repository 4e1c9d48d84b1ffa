/*
 * What do the BPF programs send? Records of a watch, kernel to user; never written to disk. Both
 * compilers read this file. Times are bpf_ktime_get_ns(), which is CLOCK_MONOTONIC.
 */
#ifndef PROBE_WATCH_WIRE_H
#define PROBE_WATCH_WIRE_H

enum wire_kind {
	WIRE_SWITCH = 1, /* struct wire_switch without its wait part */
	WIRE_SWITCH_WAIT = 2,
	WIRE_TASK = 3,
	WIRE_STACK = 4,
	WIRE_SAMPLE = 5,
	WIRE_SYSCALL = 6,
	WIRE_SYSCALL_SUM = 7,
	WIRE_REQUEST = 8,
	WIRE_LOCK = 9,
	WIRE_FILE = 10,
	WIRE_OPEN =
		11, /* struct wire_switch: the state in which a thread was when it was looked at */
	WIRE_EXEC = 12, /* struct wire_task */
	WIRE_USAGE = 13,
	WIRE_SIGNAL = 14,
	WIRE_LOCK_NAME = 15,
	WIRE_IO = 16,
	WIRE_IO_SUBMITTED = 17,
	WIRE_TITLE = 20,
	WIRE_CALL = 21,
	WIRE_CALLEE = 22,
	WIRE_GUEST_EXIT = 23,
};

enum wire_size {
	WIRE_FRAMES = 127, /* deepest stack kept: what the kernel takes by default, too */
	WIRE_NAME = 64,    /* longest file name kept */
	WIRE_PATH = 256,   /* longest path kept */
	WIRE_DEPTH = 16,   /* most names kept of a path */
	WIRE_FS = 16,      /* longest file system type kept */
	WIRE_CACHE = 32,   /* longest name of a slab cache kept */
	WIRE_TITLE_BYTES = 32,
	WIRE_CPUS = 1024,    /* CPUs told apart where threads wait for one */
	WIRE_SYSCALLS = 512, /* system call numbers known by their kind */
	WIRE_OPCODES = 64,   /* the same of io_uring */
	WIRE_AIO_OPERATIONS = 16,
	WIRE_OPEN_CALLS = 16,          /* of a function, in one thread; a power of two */
	WIRE_FUNCTION_THREADS = 16384, /* that are in such a call at a time */
	WIRE_CALLEES = 16,             /* that are timed; a power of two */
	WIRE_VCPUS = 16384,            /* threads that run virtual CPUs */
};

enum wire_loss {
	WIRE_LOST_SWITCH,
	WIRE_LOST_STACK,
	WIRE_LOST_SYSCALL,
	WIRE_LOST_REQUEST,
	WIRE_LOST_SAMPLE,
	WIRE_LOST_TASK,
	WIRE_LOST_THREAD,
	WIRE_LOST_LOCK,
	WIRE_LOST_FILE,
	WIRE_LOST_HIDDEN, /* threads that the kernel hides from the programs */
	WIRE_LOST_USAGE,
	WIRE_LOST_IO,
	WIRE_LOST_TALLY,
	WIRE_LOST_CALL,
	WIRE_LOST_GUEST_EXIT,
	WIRE_LOSSES
};

enum wire_syscall_kind {
	WIRE_TAKES_FD = 1,      /* first argument is a descriptor */
	WIRE_TAKES_SIZE = 2,    /* third argument is a size in bytes */
	WIRE_IS_FUTEX = 4,      /* first argument is a futex's address */
	WIRE_RETURNS_BYTES = 8, /* how many bytes it moved */
};

enum wire_call_flags {
	WIRE_CALL_OPEN = 1, /* it has not returned */
	WIRE_CALL_BARE = 2, /* it began before the watch: its arguments were not seen */
};

/* How a system call, or an entry of an io_uring, tells what it does to which part of a file. The
 * descriptor comes first in each. */
enum wire_io_form {
	WIRE_IO_NONE,     /* nothing that is told */
	WIRE_IO_BARE,     /* only the descriptor */
	WIRE_IO_READ,     /* buffer, bytes: where the file stands */
	WIRE_IO_PREAD,    /* buffer, bytes, offset */
	WIRE_IO_READV,    /* vectors, their number */
	WIRE_IO_PREADV,   /* vectors, their number, offset */
	WIRE_IO_PREADV2,  /* the same, two halves of the offset, flags */
	WIRE_IO_RANGE,    /* offset, bytes */
	WIRE_IO_ALLOCATE, /* mode, offset, bytes */
	WIRE_IO_COPY, /* of what is read: descriptor, offset; of what is written: the same; bytes */
	WIRE_IO_SENDFILE, /* descriptor to write to, descriptor to read, where that offset is, bytes
			   */
	WIRE_IO_NOWHERE,  /* no descriptor, no path: of all file systems */
	WIRE_IO_PATH,     /* no descriptor: a path */
	WIRE_IO_PATH_AT,  /* the descriptor of a directory, path */
	WIRE_IO_SUBMIT,   /* libaio: context, number, pointers to iocbs */
	WIRE_IO_REAP,     /* libaio: context, least and largest number, events */
	WIRE_IO_DESTROY,  /* libaio: context */
	WIRE_IO_ENTER,    /* io_uring: its descriptor, how many are submitted */
	WIRE_IO_URING_RW, /* io_uring: struct io_rw */
	WIRE_IO_URING_SYNC,
};

/* What is done (enum io_operation of event.h), how it is told (enum wire_io_form), and what it
 * implies (enum io_flags of event.h): one number in a table. */
#define WIRE_IO_CALL(operation, form, flags) ((operation) | (form) << 8 | (__u32)(flags) << 16)

enum wire_wait_flags {
	WIRE_IOWAIT = 1,
	WIRE_FAULT = 2,
	WIRE_IRQ = 4,
	WIRE_SOFTIRQ = 8,
	WIRE_SENT = 16,
	WIRE_REQUEST_DONE = 32,
	WIRE_BLOCKED = 64, /* next was blocked (else only runnable) */
	WIRE_NEWBORN = 128,
	WIRE_TOLD = 256, /* next belongs to those whose spans are told */
	WIRE_TOLD_PREV = 512,
	WIRE_RUNNING = 1024,   /* WIRE_OPEN: it was running */
	WIRE_CONDITION = 2048, /* a futex wait that is not for a mutex */
	WIRE_GLANCED = 4096, /* the wait before its stay in the queue was told: set by glances.c */
};

struct wire {
	__u64 time_ns;
	__u16 kind; /* enum wire_kind */
	__u16 cpu;
	__u32 tid;
};

/* What a blocked thread waited for. */
struct wire_wait {
	__u64 stack;
	__u64 waker_stack;
	__u64 request;
	__u64 lock;
	__u64 file_inode;
	__u32 file_dev;
	__u32 request_dev;
	__u32 lock_owner;
	__u32 lock_flags;
	__s32 fd;
	__u32 spare;
};

/* wire.tid left the CPU, next_tid got it. */
struct wire_switch {
	struct wire head;
	__u64 in_ns;     /* since when prev ran; 0: since before the watch */
	__u64 kernel_ns; /* of that time in system calls */
	__u64 irq_ns;
	__u64 charged_ns; /* what the kernel itself counts as running for it; 0: not known */
	__u64 out_ns;     /* since when next was off the CPU; 0: since before the watch */
	__u64 wake_ns;    /* when it was woken; 0: not seen */
	__u64 throttled_ns;
	__u32 next_tid;
	__u32 waker_tid;
	__u32 prev_state; /* kernel's state bits; 0: preempted or yielded */
	__u32 next_state; /* the same when next went off */
	__u32 flags;      /* enum wire_wait_flags */
	__s32 syscall;    /* next's; -1: none */
	__s32 exit_code;  /* prev's, when prev_state says that it is dead */
	__u32 spare;
	struct wire_wait wait; /* only in WIRE_SWITCH_WAIT and WIRE_OPEN */
};

struct wire_task {
	struct wire head;
	__u64 birth_ns; /* 0: before the watch */
	__u64 cgroup;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 is_kernel;
	__u32 is_target;
	char comm[16];
};

/* Sent as far as it has frames. */
struct wire_stack {
	struct wire head; /* tid: the tgid of a user stack, 0 for kernel stacks */
	__u64 id;
	__u32 frames;
	__u32 spare;
	__u64 address[WIRE_FRAMES];
};

struct wire_sample {
	struct wire head;
	__u64 stack;
	__u64 user_stack;
};

struct wire_syscall {
	struct wire head;
	__u64 start_ns;
	__s64 result;
	__u64 user_stack;
	__u64 size;
	__u64 file_inode;
	__u32 file_dev;
	__s32 fd;
	__s32 number;
	__u32 flags; /* enum wire_call_flags */
};

struct wire_syscall_sum {
	struct wire head;
	__u64 count;
	__u64 errors;
	__u64 total_ns;
	__s32 number;
	__u32 spare;
};

struct wire_request {
	struct wire head; /* tid: who queued it */
	__u64 id;
	__u64 start_ns;
	__u64 issue_ns;
	__u64 sector;
	__u64 work;
	__u32 dev;
	__u32 bytes;
	__u32 flags; /* enum request_flags of event.h, fixed below */
	__s32 error;
	__u64 io; /* the operation that caused it */
	__u64 file_inode;
	__u32 file_dev;
	__u32 bios;
};

struct wire_lock {
	struct wire head;
	__u64 start_ns;
	__u64 lock;
	__u64 stack;
	__u32 owner;
	__u32 flags;
};

/* Where a kernel lock lies: in the slab cache of this name, or it is the mmap_lock of process
 * head.tid. */
struct wire_lock_name {
	struct wire head; /* tid 0: see cache */
	__u64 lock;
	__u32 flags;     /* as in wire_lock */
	__u32 is_shared; /* objects of several kinds are in this cache */
	/* In the object, when the slab has its usual size, and when it has its smallest one. */
	__u32 offset;
	__u32 offset_min;
	char cache[WIRE_CACHE];
};

/* Its names from the last one upwards, each ended by a zero. */
struct wire_file {
	struct wire head;
	__u64 inode;
	__u32 dev;
	__u16 bytes;    /* of path */
	__u16 is_whole; /* up to the root of the file system */
	char fs_type[WIRE_FS];
	char path[WIRE_PATH];
};

/* An operation on a file that ended. */
struct wire_io {
	struct wire head; /* tid: who submitted it */
	__u64 id;
	__u64 submit_ns;
	__u64 start_ns;
	__s64 result;
	__u64 offset;
	__u64 wanted;
	__u64 inode;
	__u64 context;
	__u32 dev;
	__s32 fd;
	__u32 flags;      /* enum io_flags of event.h, fixed below */
	__u32 open_flags; /* as fcntl(2) has them */
	__u32 rw_flags;   /* as pwritev2(2) has them */
	__u32 depth;
	__u32 requests;
	__s16 syscall;
	__u16 batch;
	__u8 engine;    /* enum io_engine of event.h */
	__u8 operation; /* enum io_operation of event.h */
	__u16 spare;
	__u32 call;     /* number of its thread's call that submitted it; 0: not known */
	__u32 position; /* io_uring: how many completions its ring had told with it; 0: not known */
	__u32 spare2;
};

/* A thread's call that submits operations has returned. */
struct wire_io_submitted {
	struct wire head;
	__u64 begin_ns;
	__u64 context; /* io_uring: its ring; else 0 */
	__u32 call;
	__u32 reaped;      /* so many completions were taken out of that ring by the call's begin */
	__u64 returned_ns; /* when the call before had returned; 0: not known */
	__u32 told;        /* so many completions had been told then */
	__u32 spare;
};

/* What the kernel worker head.tid works for from now on: a workqueue. */
struct wire_title {
	struct wire head;
	char text[WIRE_TITLE_BYTES]; /* NUL-terminated */
};

/* A signal that ends the process of head.tid. */
struct wire_signal {
	struct wire head;
	__u64 address;
	__u64 user_stack;
	__u64 core_limit;
	__u32 signal;
	__s32 code;
	__u32 flags; /* enum signal_flags of event.h, fixed below */
	__u32 sender;
};

/* What the kernel has charged a thread with. */
struct wire_times {
	__u64 run_ns;
	__u64 user_ns;
	__u64 kernel_ns;
};

/* A thread's times since the watch began, or since its birth. */
struct wire_usage {
	struct wire head;
	struct wire_times times;
	__s32 exit_code; /* of a dead thread */
	__u32 is_dead;
};

/*
 * A thread that has begun to die: the value of a map. What its last moments took is known when the
 * kernel lets go of it; until then usage tells what it was at first.
 */
struct wire_dying {
	struct wire_usage usage;
	__u64 task; /* its address */
	struct wire_times base;
};

/* A block request under way: the value of a map. */
struct pending {
	__u64 start_ns;
	__u64 issue_ns;
	__u64 work;
	__u32 tid;
	__u32 flags;
	__u32 bytes; /* of it that are complete */
	__u32 dev;
	__u64 sector;
	__u64 id;
	__s32 error;
	__u32 bios;
	__u32 whole_bytes; /* when it was issued; before, when it began */
	__u32 spare;
};

/* A call of a function that is watched has returned. */
struct wire_call {
	struct wire head;
	__u64 start_ns;
	__u64 function; /* its address; of a program: 1 */
	__u32 depth;    /* of calls of such functions that it is in */
	__u32 spare;
};

/* What it spent in one of those that it calls. */
struct wire_callee {
	struct wire head;
	__u64 start_ns; /* of the call */
	__u64 ns;
	__u64 max_ns;
	__u32 callee;
	__u32 count;
	__u32 is_unsure;
	__u32 spare;
};

struct wire_open_call {
	__u64 start_ns;
	__u64 sp; /* at its entry; 0: not known */
	__u64 function;
};

/* A callee that is timed. */
struct wire_timed {
	__u64 ns;
	__u64 max_ns;
	__u64 start_ns; /* of the one that is open */
	__u32 count;
	__u32 depth; /* so many are open */
};

/* The calls that a thread is in, outermost first: the value of a map. */
struct wire_open_calls {
	__u64 task; /* its address */
	__u32 count;
	__u32 beyond; /* deeper ones, that had no room */
	struct wire_open_call calls[WIRE_OPEN_CALLS];
	__u32 callee_count; /* of the outermost call: so many are timed in it */
	__u32 spare;
	struct wire_timed callees[WIRE_CALLEES];
};

/* Where a record of a tracepoint has a field. */
struct wire_field {
	__u16 offset;
	__u16 bytes; /* 0: it has none */
};

/* Those of KVM's tracepoints: kernels differ, and a module's types may not be known. */
struct wire_guest_fields {
	struct wire_field reason; /* of kvm_exit, as are isa and vcpu */
	struct wire_field isa;
	struct wire_field vcpu;
	struct wire_field user_reason; /* of kvm_userspace_exit, as is user_error */
	struct wire_field user_error;
	struct wire_field halted_ns; /* of kvm_vcpu_wakeup */
};

/* Why a virtual CPU left its guest, and what for. */
struct wire_why_out {
	__u64 user_ns;   /* since when it is for the program; 0: it is not */
	__u64 halted_ns; /* so long the guest had nothing to do */
	__u32 vcpu;
	__u32 reason;
	__u32 user_reason;
	__s32 user_error; /* a negative errno: then user_reason is none */
	__u16 isa;        /* enum guest_isa of event.h */
	__u16 flags;      /* enum guest_exit_flags of event.h, fixed below */
	__u32 spare;
};

/* A virtual CPU went back into its guest at head.time_ns. */
struct wire_guest_exit {
	struct wire head;
	__u64 start_ns;
	__u64 guest_ns;
	struct wire_why_out why;
};

/* A thread that runs a virtual CPU: the value of a map. */
struct wire_vcpu {
	__u64 task;       /* its address */
	__u64 entered_ns; /* since when it is in the guest; 0: it is not, or that is not known */
	__u64 left_ns;    /* since when it is out of it; 0: the same */
	__u64 guest_ns;   /* how long it had been in before left_ns */
	struct wire_why_out why;
};

_Static_assert(sizeof(struct wire) == 16, "wire");
_Static_assert(sizeof(struct wire_wait) == 64, "wire_wait");
_Static_assert(sizeof(struct wire_switch) == 168, "wire_switch");
_Static_assert(sizeof(struct wire_task) == 64, "wire_task");
_Static_assert(sizeof(struct wire_stack) == 32 + 8 * WIRE_FRAMES, "wire_stack");
_Static_assert(sizeof(struct wire_sample) == 32, "wire_sample");
_Static_assert(sizeof(struct wire_syscall) == 72, "wire_syscall");
_Static_assert(sizeof(struct wire_syscall_sum) == 48, "wire_syscall_sum");
_Static_assert(sizeof(struct wire_request) == 96, "wire_request");
_Static_assert(sizeof(struct wire_lock) == 48, "wire_lock");
_Static_assert(sizeof(struct wire_lock_name) == 72, "wire_lock_name");
_Static_assert(sizeof(struct wire_file) == 304, "wire_file");
_Static_assert(sizeof(struct wire_io) == 128, "wire_io");
_Static_assert(sizeof(struct wire_io_submitted) == 56, "wire_io_submitted");
_Static_assert(sizeof(struct wire_title) == 48, "wire_title");
_Static_assert(sizeof(struct wire_signal) == 56, "wire_signal");
_Static_assert(sizeof(struct wire_usage) == 48, "wire_usage");
_Static_assert(sizeof(struct wire_dying) == 80, "wire_dying");
_Static_assert(sizeof(struct pending) == 72, "pending");
_Static_assert(sizeof(struct wire_call) == 40, "wire_call");
_Static_assert(sizeof(struct wire_callee) == 56, "wire_callee");
_Static_assert(sizeof(struct wire_open_calls) == 920, "wire_open_calls");
_Static_assert(sizeof(struct wire_guest_fields) == 24, "wire_guest_fields");
_Static_assert(sizeof(struct wire_why_out) == 40, "wire_why_out");
_Static_assert(sizeof(struct wire_guest_exit) == 72, "wire_guest_exit");
_Static_assert(sizeof(struct wire_vcpu) == 72, "wire_vcpu");

/* A wire_stack of so many frames. */
#define WIRE_STACK_BYTES(frames) \
	(sizeof(struct wire_stack) - sizeof(__u64) * WIRE_FRAMES + sizeof(__u64) * (frames))

/* How much of a wire_switch is sent when next's wait has nothing to tell. */
#define WIRE_SWITCH_SHORT_BYTES (sizeof(struct wire_switch) - sizeof(struct wire_wait))

#endif
