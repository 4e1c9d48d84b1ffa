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
#define PF_WQ_WORKER     0x00000020
#define TASK_DEAD        0x80
#define LOCK_SPIN        1 /* include/trace/events/lock.h, LCB_F_*, since 5.19 (16edd9b511a1) */
#define LOCK_PERCPU      16
#define LOCK_MUTEX       32
#define RLIMIT_CORE      4    /* include/uapi/asm-generic/resource.h */
#define SI_KERNEL        0x80 /* include/uapi/asm-generic/siginfo.h */
#define MMF_DUMPABLE     3    /* low bits of mm->flags, 0: it may not; include/linux/mm_types.h */
#define LOCK_OWNER_FLAGS 7ULL /* low bits of mutex->owner and rwsem->owner */
#define PF_IO_WORKER     0x10 /* include/linux/sched.h */
#define S_IFMT           0170000
#define S_IFREG          0100000
#define S_IFDIR          0040000
#define S_IFBLK          0060000
#define MAPPING_FLAGS                                                              \
	3UL /* low bits of page->mapping: not a file's; include/linux/page-flags.h \
	     */
#define PAGE_IS_TAIL     1UL                 /* low bit of page->compound_head */
#define SETUP_SQPOLL     2                   /* include/uapi/linux/io_uring.h */
#define SETUP_SINGLE     (1 << 12 | 1 << 13) /* one thread submits and completes */
#define REQ_F_FIXED_FILE 1
#define FSYNC_DATASYNC   1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	union {
		struct hlist_node d_alias;
	} d_u;
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
	unsigned short i_mode;
	__u32 i_generation;
	unsigned long i_ino;
	struct super_block *i_sb;
	struct hlist_head i_dentry;
};

struct address_space {
	struct inode *host;
};

struct page {
	unsigned long compound_head;
	struct address_space *mapping;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	long long f_pos;
};

struct kiocb {
	struct file *ki_filp;
	long long ki_pos;
	int ki_flags;
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

/* sigset_t */
struct sigset {
	unsigned long sig[1];
};

struct sigpending {
	struct sigset signal;
};

struct signal_struct {
	struct sigpending shared_pending;
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
	unsigned long nvcsw;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct sigset blocked;
	struct sigpending pending;
	struct files_struct *files;
	struct css_set *cgroups;
	struct task_group *sched_task_group;
	void *worker_private; /* since 5.17; of kernel threads */
	char comm[16];
};

struct bio;

struct block_device_operations {
	void (*submit_bio)(struct bio *bio);
};

struct gendisk {
	int major;
	int first_minor;
	const struct block_device_operations *fops;
};

struct block_device {
	struct gendisk *bd_disk;
	__u32 bd_dev;
};

struct bvec_iter {
	__u64 bi_sector;
	unsigned int bi_size;
};

struct bio_vec {
	struct page *bv_page;
};

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	unsigned int bi_opf;
	__u8 bi_status;
	struct bvec_iter bi_iter;
	struct bio_vec *bi_io_vec;
	void *bi_private;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int rq_flags;
	unsigned int __data_len;
	__u64 __sector;
	struct bio *bio;
	struct bio *biotail;
	struct block_device *part;
};

/* How direct I/O hangs on its bios: those of most file systems, and of block devices. */
struct iomap_dio {
	struct kiocb *iocb;
};

struct blkdev_dio {
	struct kiocb *iocb;
	struct bio bio;
};

struct io_event {
	__u64 obj;
};

struct aio_kiocb {
	struct kiocb rw;
	struct io_event ki_res;
};

struct io_uring_cqe {
	__s32 res;
};

struct io_cqe {
	int fd;
};

struct io_uring {
	__u32 head;
};

struct io_rings {
	struct io_uring cq;
};

struct io_ring_ctx {
	unsigned int flags;
	unsigned int cached_cq_tail;
	struct io_rings *rings;
};

struct io_wq_work {
	int cancel_seq;
};

struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u64 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	struct io_wq_work work;
};

struct io_worker {
	struct io_wq_work *cur_work;
};

/* The parts of an io_kiocb that belong to an operation; they begin where it does. */
struct io_rw {
	struct kiocb kiocb;
	__u32 len;
	__u32 flags;
};

struct io_sync {
	long long len;
	long long off;
	int flags;
};

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct kthread {
	void *data;
};

struct worker {
	void (*current_func)(struct work_struct *work);
};

struct mutex {
	struct {
		long counter;
	} owner;
};

/* REGS_NUMBER: the field that has the system call's number. REGS_IP: where user space goes on. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
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
#define REGS_NUMBER         orig_ax
#define REGS_IP             ip
#define ARGUMENT_6_REGISTER r9 /* of a system call; libbpf names only five */
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
};

struct pt_regs {
	__u64 pc;
	__u64 orig_x0;
	__s32 syscallno;
};
#define REGS_NUMBER         syscallno
#define REGS_IP             pc
#define ARGUMENT_6_REGISTER regs[5]
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

/* Since 6.12; before, RQF_FLUSH_SEQ was 1 << 4 from 4.10 on. */
enum rqf_flags {
	__RQF_FLUSH_SEQ,
};

#pragma clang attribute pop

#endif
