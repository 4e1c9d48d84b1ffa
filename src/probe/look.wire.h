/*
 * What do the iterators of a look send? How each thread stands, and who holds which files; kernel
 * to user, never written to disk. Both compilers read this file. The rung of /proc fills the same
 * records.
 */
#ifndef PROBE_LOOK_WIRE_H
#define PROBE_LOOK_WIRE_H

enum look_size {
	LOOK_FRAMES = 127, /* deepest stack kept: what the kernel takes by default, too */
	LOOK_LEVELS = 32,  /* of pid namespaces, as the kernel has it */
	LOOK_TITLE = 32,
};

/* The values are those of events (enum thread_flags). */
enum look_flags {
	LOOK_ON_CPU = 1,
	LOOK_KILLED = 2,
	LOOK_DUMPING = 4,
	LOOK_FROZEN = 8,
	LOOK_IOWAIT = 16,
};

/* The values are those of events (enum blocker_kind). */
enum look_lock {
	LOOK_LOCK_NONE,
	LOOK_LOCK_MUTEX,
	LOOK_LOCK_SEMAPHORE,
	LOOK_LOCK_READ,
	LOOK_LOCK_WRITE,
	LOOK_LOCK_RT,
};

enum look_syscall {
	LOOK_SYSCALL_NONE = -1,
	LOOK_SYSCALL_UNKNOWN = -2,
};

struct look_thread {
	__u64 time_ns;  /* CLOCK_MONOTONIC, as start_ns */
	__u64 start_ns; /* its birth */
	__u64 cgroup;
	__u64 clock_ns; /* when it left its CPU or got it, by the scheduler's clock; 0: not known */
	__u64 task_clock_ns; /* the same by the clock that leaves out what interrupts and the
				hypervisor took */
	__u64 run_ns;
	__u64 switches;
	__u64 io_calls;
	__u64 io_bytes;
	__u64 arguments[6];
	__u64 ip; /* where it left user code; 0: not to be had */
	__u64 sp;
	__u64 fp;
	__u64 lock;
	__u64 file_inode; /* behind the first argument, where that is a descriptor; 0: not */
	__u32 tid;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 local_tid; /* as its own pid namespace has it */
	__u32 tracer;    /* tid; 0: none */
	__u32 state;     /* __state | exit_state */
	__u32 flags;     /* enum look_flags */
	__s32 syscall;
	__s32 exit_code;
	__u32 lock_kind; /* enum look_lock */
	__u32 lock_owner;
	__u32 file_dev;
	__u32 file_mode;
	__s32 fd; /* the first argument, where it is a descriptor; else -1 */
	__u32 is_kernel;
	__u32 frames;
	char comm[16];
	__u32 file_rdev;  /* of a device's node */
	__u32 frozen_dev; /* of a frozen file system that it uses: its file's, or where it is; 0:
			     none */
	char title[LOOK_TITLE]; /* of a kernel worker: its workqueue; NUL-terminated */
};
_Static_assert(sizeof(struct look_thread) == 280, "look_thread");

struct look_record {
	struct look_thread thread;
	__u64 address[LOOK_FRAMES + 1]; /* thread.frames of them; the last is never one */
};

#define LOOK_RECORD_BYTES(frames) (sizeof(struct look_thread) + 8UL * (frames))

/* Where a thread was last seen running: the value of a map. */
struct look_sample {
	__u64 time_ns;
	__u32 frames;
	__u32 user_frames;
	__u64 address[LOOK_FRAMES + 1]; /* the last of each is never one */
	__u64 user_address[LOOK_FRAMES + 1];
};
_Static_assert(sizeof(struct look_sample) == 16 + 16 * (LOOK_FRAMES + 1), "look_sample");

/* A process holds a file that was asked for, or has one open on a frozen file system: that has no
 * inode, and is told once of each. */
struct look_file {
	__u64 inode;
	__u32 dev;
	__u32 mode; /* the inode's: its type */
	__u32 tgid;
	__s32 fd;
	__u32 access;     /* 1 it may read, 2 it may write */
	__u32 connection; /* of a FUSE daemon's device: its number; 0: none, or not to be had */
	__u32 waiting;    /* requests of that connection that are not answered yet */
	__u32 spare;
};
_Static_assert(sizeof(struct look_file) == 40, "look_file");

struct look_key {
	__u64 inode;
	__u64 dev;
};

#endif
