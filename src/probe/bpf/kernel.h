/* What do we read of the kernel? Only the fields named here; CO-RE finds where each lies on the
 * running kernel. */
#ifndef PROBE_BPF_KERNEL_H
#define PROBE_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

/* Makes bpf_tracing.h use the kernel's own names of registers, as declared below. */
#define __VMLINUX_H__

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Values that the kernel's headers fix and that never changed meaning. */
#define PF_KTHREAD       0x00200000 /* include/linux/sched.h */
#define TASK_DEAD        0x80
#define LOCK_SPIN        1 /* include/trace/events/lock.h, LCB_F_*, since 5.19 (16edd9b511a1) */
#define LOCK_PERCPU      16
#define LOCK_MUTEX       32
#define RLIMIT_CORE      4    /* include/uapi/asm-generic/resource.h */
#define SI_KERNEL        0x80 /* include/uapi/asm-generic/siginfo.h */
#define MMF_DUMPABLE     3    /* low bits of mm->flags, 0: it may not; include/linux/mm_types.h */
#define LOCK_OWNER_FLAGS 7ULL /* low bits of mutex->owner and rwsem->owner */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	struct file_system_type *s_type;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct cfs_bandwidth {
	__u64 throttled_time;
};

struct task_group {
	struct cfs_bandwidth cfs_bandwidth;
	struct task_group *parent;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

struct signal_struct {
	struct rlimit rlim[16];
};

struct sigaction {
	void (*sa_handler)(int number);
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

union __sifields {
	struct {
		void *_addr;
	} _sigfault;
};

struct kernel_siginfo {
	struct {
		int si_code;
		union __sifields _sifields;
	};
};

struct rw_semaphore {
	struct {
		long counter;
	} owner;
};

struct mm_struct {
	unsigned long flags;
	struct rw_semaphore mmap_lock;
};

/* Since 6.18. */
struct mm_struct___bitmap {
	struct {
		unsigned long __mm_flags[1];
	} flags;
};

struct sched_entity {
	__u64 sum_exec_runtime;
};

struct kmem_cache_order_objects {
	unsigned int x;
};

struct kmem_cache {
	const char *name;
	unsigned int size;
	struct kmem_cache_order_objects oo;
	struct kmem_cache_order_objects min;
	unsigned int red_left_pad;
	int refcount;
};

struct thread_info {
	__u32 status;
	__u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	struct sched_entity se;
	unsigned int __state;
	unsigned int flags;
	int pid;
	int tgid;
	int on_cpu;
	int exit_code;
	__u64 start_time;
	__u64 utime; /* nanoseconds since 4.11 */
	__u64 stime;
	unsigned int in_iowait : 1;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct files_struct *files;
	struct css_set *cgroups;
	struct task_group *sched_task_group;
	char comm[16];
};

struct gendisk {
	int major;
	int first_minor;
};

struct block_device {
	__u32 bd_dev;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	__u64 __sector;
	struct block_device *part;
};

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct mutex {
	struct {
		long counter;
	} owner;
};

/* REGS_NUMBER: the field that has the system call's number. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long orig_ax;
};
#define REGS_NUMBER orig_ax
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
};

struct pt_regs {
	__u64 orig_x0;
	__s32 syscallno;
};
#define REGS_NUMBER syscallno
#endif

struct bpf_iter_meta {
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Bits whose place moves between kernels: asked for by name. */
enum req_flag_bits {
	__REQ_SYNC,
	__REQ_META,
	__REQ_FUA,
	__REQ_PREFLUSH,
	__REQ_RAHEAD,
};

#pragma clang attribute pop

#endif
