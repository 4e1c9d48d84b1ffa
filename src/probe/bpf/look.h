/*
 * What does a look read of the kernel that a watch does not? Fields under names of our own
 * (behind ___), so that each may be absent; the kernel's name is the part before.
 */
#ifndef PROBE_BPF_LOOK_H
#define PROBE_BPF_LOOK_H

#include "probe/bpf/kernel.h"

#define PF_USER_WORKER       0x00004000
#define TASK_UNINTERRUPTIBLE 2
#define TASK_FROZEN          0x8000 /* since 6.1 (f5d39b020809) */
#define SIGNAL_EXITING       4      /* include/linux/sched/signal.h: SIGNAL_GROUP_EXIT */
#define SIGKILL_BIT          (1UL << 8)
#define COMPAT_CALL          2 /* x86: TS_COMPAT of thread_info.status */
#define PRIO_FAIR_MIN        100
#define POLICY_EXT           7
#define BLOCKER_TYPE         3UL /* low bits of task->blocker: include/linux/hung_task.h */
#define OWNER_READS          1UL /* of rwsem->owner */
#define MODE_TYPE            0170000
#define MODE_FIFO            0010000
#define MODE_CHAR            0020000
#define MODE_SOCKET          0140000

struct seq_file;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_iter_meta___look {
	struct seq_file *seq;
};

struct sched_entity___look {
	__u64 exec_start;
	__u64 sum_exec_runtime;
	__u64 prev_sum_exec_runtime;
	unsigned char sched_delayed;
};

struct sched_info___look {
	unsigned long long last_arrival;
};

struct sigset___look {
	unsigned long sig[1];
};

struct sigpending___look {
	struct sigset___look signal;
};

struct list_head___look {
	struct list_head___look *next;
};

enum rwsem_waiter_type___look {
	WAITS_TO_WRITE = 0,
	WAITS_TO_READ = 1,
};

struct rwsem_waiter___look {
	struct list_head___look list;
	struct task_struct *task;
	enum rwsem_waiter_type___look type;
};

struct rw_semaphore___look {
	struct {
		long counter;
	} owner;
	struct list_head___look wait_list;
};

struct signal_struct___look {
	struct sigpending___look shared_pending;
	int group_exit_code;
	unsigned int flags;
	void *core_state; /* since 5.16 (0258b5fd7c71); before: the mm's */
	struct rw_semaphore___look exec_update_lock; /* since 5.11 (f7cfd871ae0c) */
};

struct mm_struct___look {
	void *core_state;
	struct rw_semaphore___look mmap_lock;
};

struct task_io_accounting___look {
	__u64 rchar;
	__u64 wchar;
	__u64 syscr;
	__u64 syscw;
};

struct upid___look {
	int nr;
};

struct pid___look {
	unsigned int level;
	struct upid___look numbers[1];
};

struct rt_mutex_base___look {
	struct task_struct *owner;
};

struct rt_mutex_waiter___look {
	struct rt_mutex_base___look *lock;
};

struct mutex___look {
	struct {
		long counter;
	} owner;
};

struct semaphore___look {
	unsigned long last_holder; /* with the blocker, since 6.16 */
};

struct raw_spinlock___look {
	unsigned int raw_lock;
};

struct thread_info___look {
	__u32 status;
};

struct super_block___look {
	unsigned int s_dev;
	struct {
		unsigned short frozen;
	} s_writers;
};

struct vfsmount___look {
	struct super_block___look *mnt_sb;
};

struct path___look {
	struct vfsmount___look *mnt;
};

struct fs_struct___look {
	struct path___look pwd;
};

struct task_struct___look {
	struct thread_info___look thread_info;
	unsigned int __state;
	unsigned int flags;
	unsigned int ptrace;
	unsigned int policy;
	int on_cpu;
	int on_rq;
	int prio;
	int pid;
	int tgid;
	int exit_state;
	int exit_code;
	unsigned int in_iowait : 1;
	unsigned int frozen    : 1;
	struct sched_entity___look se;
	struct sched_info___look sched_info;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct pid___look *thread_pid;
	struct mm_struct___look *mm;
	unsigned long nvcsw;
	unsigned long nivcsw;
	__u64 start_time;
	struct signal_struct___look *signal;
	struct sigpending___look pending;
	struct rt_mutex_waiter___look *pi_blocked_on;
	struct mutex___look *blocked_on;
	struct raw_spinlock___look blocked_lock; /* only whether it is there */
	unsigned long blocker;
	struct task_io_accounting___look ioac;
	struct fs_struct___look *fs;
	struct css_set *cgroups;
	char comm[16];
};

struct inode___look {
	unsigned short i_mode;
	unsigned int i_rdev;
	unsigned long i_ino;
	struct super_block___look *i_sb;
	struct rw_semaphore___look i_rwsem;
};

struct file___look {
	unsigned int f_mode;
	void *private_data;
	struct inode___look *f_inode;
};

struct fuse_conn___look {
	unsigned int dev;
	struct {
		int counter;
	} num_waiting;
};

struct fuse_dev___look {
	struct fuse_conn___look *fc;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs___look {
	unsigned long bp;
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long r10;
	unsigned long r8;
	unsigned long r9;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs___look {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

#pragma clang attribute pop

#endif
