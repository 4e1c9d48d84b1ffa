/* How does each thread stand, and who holds which files? Iterators that write what they see; no
 * program stays. */
#include "probe/bpf/look.h"

#include "probe/bpf/descriptor.h"
#include "probe/bpf/worker.h"
#include "probe/look.wire.h"
#include "probe/watch.wire.h"

enum sizes {
	WANTED = 4096,
	RUNNERS = 512,     /* threads whose last sample is kept */
	WAITERS_MAX = 256, /* of one lock that are looked through */
	FROZEN_SEEN = 1024,
};

/* Settings, fixed before the programs are loaded. */
const volatile __u8 syscall_kinds[WIRE_SYSCALLS]; /* enum wire_syscall_kind */
const volatile __u32 own_tgid;

/*
 * How far CLOCK_MONOTONIC is ahead of the scheduler's clocks: the least that was seen while they
 * were compared. The reader's own arrival on its CPU is the one moment that both clocks tell.
 */
__u64 clock_offset_ns;
__u64 task_clock_offset_ns;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look_record);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look_sample);
} sample_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RUNNERS);
	__type(key, __u32); /* tid */
	__type(value, struct look_sample);
} samples SEC(".maps");

/* The pipes and sockets whose holders are looked for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WANTED);
	__type(key, struct look_key);
	__type(value, __u8);
} wanted SEC(".maps");

/* The processes and the frozen file systems on which they have files open. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FROZEN_SEEN);
	__type(key, struct look_key);
	__type(value, __u8);
} frozen_seen SEC(".maps");

#define READ(from, field...) BPF_CORE_READ(from, field)
#define HAS(type, field)     bpf_core_field_exists(((struct type *)0)->field)
#define BIT_OF(from, field)  BPF_CORE_READ_BITFIELD_PROBED(from, field)
#define TASK_HAS(field)      HAS(task_struct___look, field)

/* --- which thread --- */

static __always_inline __u32 number_in_namespace(struct task_struct___look *task)
{
	struct pid___look *pid = READ(task, thread_pid);
	__u32 level = pid ? READ(pid, level) : 0, number = 0;

	if (!level || level > LOOK_LEVELS)
		return READ(task, pid);
	bpf_probe_read_kernel(&number, sizeof(number),
			      (char *)pid + bpf_core_field_offset(pid->numbers) +
				      level * bpf_core_type_size(struct upid___look));
	return number;
}

static __always_inline void fill_identity(struct look_thread *thread,
					  struct task_struct___look *task)
{
	thread->time_ns = bpf_ktime_get_ns();
	thread->start_ns = READ(task, start_time);
	thread->cgroup = READ(task, cgroups, dfl_cgrp, kn, id);
	thread->tid = READ(task, pid);
	thread->tgid = READ(task, tgid);
	thread->parent_tgid = READ(task, real_parent, tgid);
	thread->local_tid = number_in_namespace(task);
	thread->is_kernel = !!(READ(task, flags) & PF_KTHREAD);
	if (READ(task, ptrace))
		thread->tracer = READ(task, parent, pid);
	bpf_probe_read_kernel_str(thread->comm, sizeof(thread->comm), task->comm);
	read_worker_title((void *)task, thread->title);
}

/* --- how it stands --- */

/* Set to sleep but still in its queue it is ready to run; but one whose leaving was put off sleeps
 * there (since 6.12). */
static __always_inline bool is_queued(struct task_struct___look *task)
{
	if (READ(task, on_cpu) || READ(task, on_rq) != 1)
		return false;
	return !HAS(sched_entity___look, sched_delayed) || !READ(task, se.sched_delayed);
}

static __always_inline bool is_killed(struct task_struct___look *task)
{
	struct signal_struct___look *signal = READ(task, signal);

	return READ(task, pending.signal.sig[0]) & SIGKILL_BIT ||
	       READ(signal, shared_pending.signal.sig[0]) & SIGKILL_BIT ||
	       READ(signal, flags) & SIGNAL_EXITING;
}

static __always_inline bool is_dumping(struct task_struct___look *task)
{
	if (HAS(signal_struct___look, core_state))
		return READ(task, signal, core_state) != NULL;
	return HAS(mm_struct___look, core_state) && READ(task, mm, core_state) != NULL;
}

static __always_inline void fill_state(struct look_thread *thread, struct task_struct___look *task)
{
	__u32 exit_state = READ(task, exit_state);

	thread->state = exit_state | (is_queued(task) ? 0 : READ(task, __state));
	if (READ(task, on_cpu))
		thread->flags |= LOOK_ON_CPU;
	if (!exit_state && is_killed(task))
		thread->flags |= LOOK_KILLED;
	if (is_dumping(task))
		thread->flags |= LOOK_DUMPING;
	if (thread->state & TASK_FROZEN || (TASK_HAS(frozen) && BIT_OF(task, frozen)))
		thread->flags |= LOOK_FROZEN;
	if (BIT_OF(task, in_iowait))
		thread->flags |= LOOK_IOWAIT;
	if (!exit_state)
		return;
	thread->exit_code = READ(task, signal, flags) & SIGNAL_EXITING
				    ? READ(task, signal, group_exit_code)
				    : READ(task, exit_code);
}

/*
 * The scheduler notes when a thread got its CPU, and how much it had run by then: with what it has
 * run since, that is when it left. Only fair threads have the second. Kernels without such notes
 * have the time of the last charge, by a clock that leaves out stolen time.
 */
static __always_inline void fill_clocks(struct look_thread *thread, struct task_struct___look *task)
{
	bool is_fair = READ(task, prio) >= PRIO_FAIR_MIN && READ(task, policy) != POLICY_EXT;

	if (TASK_HAS(sched_info))
		thread->clock_ns = READ(task, sched_info.last_arrival);
	if (READ(task, on_cpu))
		return;
	if (thread->clock_ns && is_fair)
		thread->clock_ns +=
			READ(task, se.sum_exec_runtime) - READ(task, se.prev_sum_exec_runtime);
	thread->task_clock_ns = READ(task, se.exec_start);
}

static __always_inline void compare_clocks(void)
{
	struct task_struct___look *self = (void *)bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_ns(), offset = now - READ(self, se.exec_start);

	if (offset < task_clock_offset_ns)
		task_clock_offset_ns = offset;
	if (!TASK_HAS(sched_info))
		return;
	offset = now - READ(self, sched_info.last_arrival);
	if (offset < clock_offset_ns)
		clock_offset_ns = offset;
}

static __always_inline void fill_counts(struct look_thread *thread, struct task_struct___look *task)
{
	thread->run_ns = READ(task, se.sum_exec_runtime);
	thread->switches = READ(task, nvcsw) + READ(task, nivcsw);
	if (HAS(task_io_accounting___look, syscr)) {
		thread->io_calls = READ(task, ioac.syscr) + READ(task, ioac.syscw);
		thread->io_bytes = READ(task, ioac.rchar) + READ(task, ioac.wchar);
	}
}

/* --- which system call --- */

#if defined(__TARGET_ARCH_x86)
static __always_inline void fill_call(struct look_thread *thread, struct pt_regs___look *regs)
{
	long number = READ(regs, orig_ax);

	thread->ip = READ(regs, ip);
	thread->sp = READ(regs, sp);
	thread->fp = READ(regs, bp);
	thread->syscall = number < 0 ? LOOK_SYSCALL_NONE : number;
	thread->arguments[0] = READ(regs, di);
	thread->arguments[1] = READ(regs, si);
	thread->arguments[2] = READ(regs, dx);
	thread->arguments[3] = READ(regs, r10);
	thread->arguments[4] = READ(regs, r8);
	thread->arguments[5] = READ(regs, r9);
}

/* Another table of numbers, and other registers. */
static __always_inline bool is_compat(struct task_struct___look *task)
{
	return HAS(thread_info___look, status) && READ(task, thread_info.status) & COMPAT_CALL;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline void fill_call(struct look_thread *thread, struct pt_regs___look *regs)
{
	thread->ip = READ(regs, pc);
	thread->sp = READ(regs, sp);
	thread->fp = READ(regs, regs[29]);
	thread->syscall = READ(regs, syscallno) < 0 ? LOOK_SYSCALL_NONE : READ(regs, syscallno);
	thread->arguments[0] = READ(regs, orig_x0);
	thread->arguments[1] = READ(regs, regs[1]);
	thread->arguments[2] = READ(regs, regs[2]);
	thread->arguments[3] = READ(regs, regs[3]);
	thread->arguments[4] = READ(regs, regs[4]);
	thread->arguments[5] = READ(regs, regs[5]);
}

static __always_inline bool is_compat(struct task_struct___look *task)
{
	return false;
}
#endif

static __always_inline void fill_frozen(struct look_thread *thread, struct super_block___look *sb)
{
	if (!thread->frozen_dev && sb && READ(sb, s_writers.frozen))
		thread->frozen_dev = READ(sb, s_dev);
}

static __always_inline void fill_file(struct look_thread *thread, struct task_struct *task)
{
	struct file___look *file;
	__u32 number = thread->syscall;

	if (number >= WIRE_SYSCALLS ||
	    !(syscall_kinds[number & (WIRE_SYSCALLS - 1)] & WIRE_TAKES_FD))
		return;
	thread->fd = thread->arguments[0];
	file = (void *)file_behind(task, (__u32)thread->arguments[0]);
	if (!file)
		return;
	thread->file_inode = READ(file, f_inode, i_ino);
	thread->file_dev = READ(file, f_inode, i_sb, s_dev);
	thread->file_mode = READ(file, f_inode, i_mode);
	thread->file_rdev = READ(file, f_inode, i_rdev);
	fill_frozen(thread, READ(file, f_inode, i_sb));
}

/* The registers of a thread that runs are where it last entered the kernel. */
static __always_inline void fill_user(struct look_thread *thread, struct task_struct *typed)
{
	struct task_struct___look *task = (void *)typed;

	thread->fd = -1;
	thread->syscall = LOOK_SYSCALL_NONE;
	if (READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) ||
	    thread->state & 0x30)
		return;
	thread->syscall = LOOK_SYSCALL_UNKNOWN;
	if (thread->flags & LOOK_ON_CPU || is_compat(task) ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return;
	fill_call(thread, (void *)bpf_task_pt_regs(typed));
	fill_file(thread, typed);
	fill_frozen(thread, READ(task, fs, pwd.mnt, mnt_sb));
}

/* --- which lock --- */

static __always_inline __u32 tid_of_owner(__u64 owner)
{
	struct task_struct *task = (void *)(owner & ~LOCK_OWNER_FLAGS);

	return task ? READ(task, pid) : 0;
}

/* Of several readers the one who came last is noted, until it lets go: this is since 6.16, with
 * the blocker. */
static __always_inline __u32 rwsem_owner(struct rw_semaphore___look *lock)
{
	__u64 owner = READ(lock, owner.counter);

	return owner & OWNER_READS && !TASK_HAS(blocker) ? 0 : tid_of_owner(owner);
}

static __always_inline void fill_blocker(struct look_thread *thread, __u64 blocker)
{
	void *lock = (void *)(blocker & ~BLOCKER_TYPE);

	thread->lock = (__u64)lock;
	switch (blocker & BLOCKER_TYPE) {
	case 0:
		thread->lock_kind = LOOK_LOCK_MUTEX;
		thread->lock_owner = tid_of_owner(READ((struct mutex___look *)lock, owner.counter));
		break;
	case 1:
		thread->lock_kind = LOOK_LOCK_SEMAPHORE;
		if (HAS(semaphore___look, last_holder))
			thread->lock_owner =
				tid_of_owner(READ((struct semaphore___look *)lock, last_holder));
		break;
	case 2:
		thread->lock_kind = LOOK_LOCK_READ;
		thread->lock_owner = rwsem_owner(lock);
		break;
	default:
		thread->lock_kind = LOOK_LOCK_WRITE;
		thread->lock_owner = rwsem_owner(lock);
	}
}

/* Is the task among those who wait for the semaphore, and what for? enum look_lock. */
static __noinline __u32 find_waiter(__u64 semaphore, __u64 task)
{
	struct rw_semaphore___look *lock = (void *)semaphore;
	struct list_head___look *at, *head;

	head = (void *)lock + bpf_core_field_offset(lock->wait_list);
	at = READ(head, next);
	for (int i = 0; i < WAITERS_MAX && at && at != head; i++) {
		/* The list is a waiter's first member. */
		struct rwsem_waiter___look *waiter = (void *)at;

		if ((__u64)READ(waiter, task) == task)
			return READ(waiter, type) == WAITS_TO_READ ? LOOK_LOCK_READ
								   : LOOK_LOCK_WRITE;
		at = READ(at, next);
	}
	return LOOK_LOCK_NONE;
}

static __always_inline void fill_semaphore(struct look_thread *thread,
					   struct task_struct___look *task, void *lock)
{
	if (thread->lock)
		return;
	thread->lock_kind = find_waiter((__u64)lock, (__u64)task);
	if (thread->lock_kind == LOOK_LOCK_NONE)
		return;
	thread->lock = (__u64)lock;
	thread->lock_owner = rwsem_owner(lock);
}

/* The inode's of the file that it works on: of a folder that it reads. */
static __always_inline void fill_inode_lock(struct look_thread *thread,
					    struct task_struct___look *task)
{
	struct inode___look *inode;
	struct file___look *file;

	if (!thread->file_inode)
		return;
	file = (void *)file_behind((void *)task, (__u32)thread->arguments[0]);
	inode = file ? READ(file, f_inode) : NULL;
	if (inode)
		fill_semaphore(thread, task, (void *)inode + bpf_core_field_offset(inode->i_rwsem));
}

/* Waits that can be killed have no blocker: the semaphores that may be meant are asked for their
 * waiters. */
static __always_inline void fill_killable(struct look_thread *thread,
					  struct task_struct___look *task)
{
	struct signal_struct___look *signal = READ(task, signal);
	struct mm_struct___look *mm = READ(task, mm);

	if (!(thread->state & TASK_UNINTERRUPTIBLE) || !HAS(rwsem_waiter___look, type))
		return;
	if (mm)
		fill_semaphore(thread, task, (void *)mm + bpf_core_field_offset(mm->mmap_lock));
	fill_inode_lock(thread, task);
	if (mm && signal && HAS(signal_struct___look, exec_update_lock))
		fill_semaphore(thread, task,
			       (void *)signal + bpf_core_field_offset(signal->exec_update_lock));
}

static __always_inline void fill_lock(struct look_thread *thread, struct task_struct___look *task)
{
	struct rt_mutex_waiter___look *waiter = NULL;

	if (TASK_HAS(pi_blocked_on))
		waiter = READ(task, pi_blocked_on);
	if (waiter && HAS(rt_mutex_base___look, owner)) {
		thread->lock = (__u64)READ(waiter, lock);
		thread->lock_kind = LOOK_LOCK_RT;
		thread->lock_owner = tid_of_owner((__u64)READ(waiter, lock, owner));
	} else if (TASK_HAS(blocker)) {
		if (READ(task, blocker))
			fill_blocker(thread, READ(task, blocker));
	} else if (TASK_HAS(blocked_on) && TASK_HAS(blocked_lock)) {
		/* Before those two came together it was no mutex. */
		if (READ(task, blocked_on))
			fill_blocker(thread, (__u64)READ(task, blocked_on));
	}
	if (!thread->lock)
		fill_killable(thread, task);
}

static __always_inline __u32 count_frames(long bytes)
{
	return bytes > 0 ? (__u64)bytes / 8 & LOOK_FRAMES : 0;
}

SEC("?iter/task")
int on_thread(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta___look *meta = (void *)ctx->meta;
	struct task_struct *typed = ctx->task;
	struct task_struct___look *task;
	struct look_record *record;
	struct look_thread *thread;
	__u32 zero = 0;

	if (!typed)
		return 0;
	compare_clocks();
	task = (void *)typed;
	record = bpf_map_lookup_elem(&scratch, &zero);
	if (!record || (__u32)READ(task, tgid) == own_tgid)
		return 0;
	thread = &record->thread;
	__builtin_memset(thread, 0, sizeof(*thread));
	fill_identity(thread, task);
	fill_state(thread, task);
	fill_clocks(thread, task);
	fill_counts(thread, task);
	fill_user(thread, typed);
	fill_lock(thread, task);
	thread->frames =
		count_frames(bpf_get_task_stack(typed, record->address, 8 * LOOK_FRAMES, 0));
	bpf_seq_write(meta->seq, record, LOOK_RECORD_BYTES(thread->frames & LOOK_FRAMES));
	return 0;
}

/* --- where running threads are --- */

/* A thread that runs shows its stack to nobody but itself: it is noted at the clock's ticks. */
SEC("?perf_event")
int on_tick(void *ctx)
{
	__u64 both = bpf_get_current_pid_tgid();
	struct look_sample *sample;
	__u32 tid = both, zero = 0;

	if (!tid || both >> 32 == own_tgid)
		return 0;
	sample = bpf_map_lookup_elem(&sample_scratch, &zero);
	if (!sample)
		return 0;
	sample->time_ns = bpf_ktime_get_ns();
	sample->frames = count_frames(bpf_get_stack(ctx, sample->address, 8 * LOOK_FRAMES, 0));
	sample->user_frames = count_frames(
		bpf_get_stack(ctx, sample->user_address, 8 * LOOK_FRAMES, BPF_F_USER_STACK));
	bpf_map_update_elem(&samples, &tid, sample, BPF_ANY);
	return 0;
}

/* --- who holds a file --- */

static __always_inline void fill_connection(struct look_file *found, struct file___look *file)
{
	/* The lowest bit says what is still to come (since 6.18). */
	struct fuse_dev___look *device = (void *)((__u64)READ(file, private_data) & ~1UL);

	if (!HAS(fuse_dev___look, fc) || !HAS(fuse_conn___look, dev) || !device)
		return;
	found->connection = READ(device, fc, dev) & 0xfffff;
	if (HAS(fuse_conn___look, num_waiting.counter))
		found->waiting = READ(device, fc, num_waiting.counter);
}

#define FUSE_DEVICE (10U << 20 | 229) /* Documentation/admin-guide/devices.txt */

static __always_inline bool is_wanted(const struct look_file *found, __u32 device)
{
	const struct look_key key = { .inode = found->inode, .dev = found->dev };
	__u32 type = found->mode & MODE_TYPE;

	if (type == MODE_CHAR)
		return device == FUSE_DEVICE;
	if (type != MODE_FIFO && type != MODE_SOCKET)
		return false;
	return bpf_map_lookup_elem(&wanted, &key) != NULL;
}

/* Once for each process and file system. */
static __always_inline void tell_frozen(struct seq_file *seq, struct task_struct *task, __u32 dev)
{
	struct look_key key = { .inode = task->tgid, .dev = dev };
	struct look_file found = { .dev = dev, .tgid = task->tgid, .fd = -1 };
	__u8 one = 1;

	if (bpf_map_lookup_elem(&frozen_seen, &key))
		return;
	bpf_map_update_elem(&frozen_seen, &key, &one, BPF_ANY);
	bpf_seq_write(seq, &found, sizeof(found));
}

SEC("?iter/task_file")
int on_file(struct bpf_iter__task_file *ctx)
{
	struct bpf_iter_meta___look *meta = (void *)ctx->meta;
	struct task_struct *task = ctx->task;
	struct file *typed = ctx->file;
	struct look_file found = {};
	struct file___look *file;
	__u32 device;

	if (!task || !typed)
		return 0;
	file = (void *)typed;
	found.mode = READ(file, f_inode, i_mode);
	found.inode = READ(file, f_inode, i_ino);
	found.dev = READ(file, f_inode, i_sb, s_dev);
	device = READ(file, f_inode, i_rdev);
	if (READ(file, f_inode, i_sb, s_writers.frozen))
		tell_frozen(meta->seq, task, found.dev);
	if (!is_wanted(&found, device))
		return 0;
	found.tgid = task->tgid;
	found.fd = ctx->fd;
	found.access = READ(file, f_mode) & 3; /* FMODE_READ, FMODE_WRITE */
	if (device == FUSE_DEVICE)
		fill_connection(&found, file);
	bpf_seq_write(meta->seq, &found, sizeof(found));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
