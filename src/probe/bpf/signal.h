/*
 * Which signals end a process, who sent them, and where was it? A crash is looked at by the thread
 * that dies, before anything of it is gone. Signals that somebody handles are none of these.
 */
#ifndef PROBE_BPF_SIGNAL_H
#define PROBE_BPF_SIGNAL_H

#include "probe/bpf/stack.h"
#include "probe/bpf/thread.h"

/* As enum signal_flags of event.h: translate.c asserts it. */
enum signal_flag {
	FLAG_SENT = 1,
	FLAG_ADDRESS = 2,
	FLAG_UNDUMPABLE = 4,
};

/*
 * Sets of signals by number (x86, arm64), by what happens when nobody handles them: as in
 * include/linux/signal.h. They dump core: QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS. They are
 * ignored, or stop the process: CONT STOP TSTP TTIN TTOU, CHLD URG WINCH.
 */
enum signal_set {
	DUMPING_SIGNALS =
		1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 24 | 1 << 25,
	HARMLESS_SIGNALS =
		1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 28,
	TOUCHING_SIGNALS = 1 << 7 | 1 << 11, /* their address could not be touched: BUS SEGV */
	SIGNALS = 31,
	SIGNAL_SYS = 31, /* dumps core, too: its bit would be the sign */
};

static __always_inline bool is_one_of(enum signal_set set, int number)
{
	return number > 0 && number < SIGNALS && set >> (number & SIGNALS) & 1;
}

static __always_inline bool dumps_core(int number)
{
	return number == SIGNAL_SYS || is_one_of(DUMPING_SIGNALS, number);
}

/* Codes of signals that a process sent: include/uapi/asm-generic/siginfo.h. */
enum signal_sender {
	SI_USER = 0,
	SI_QUEUE = -1,
	SI_TKILL = -6,
};

/* Two small numbers stand for what has no record: include/linux/sched/signal.h, SEND_SIG_NOINFO,
 * SEND_SIG_PRIV. */
static __always_inline int signal_code(struct kernel_siginfo *info)
{
	if (!info)
		return SI_USER;
	if ((__u64)info == 1)
		return SI_KERNEL;
	return BPF_CORE_READ(info, si_code);
}

/* Does its process leave it to the kernel what happens? */
static __always_inline bool is_unhandled(struct task_struct *task, int number)
{
	struct sighand_struct *sighand = BPF_CORE_READ(task, sighand);
	__u64 at = (__u64)sighand + bpf_core_field_offset(struct sighand_struct, action) +
		   (number - 1) * bpf_core_type_size(struct k_sigaction) +
		   bpf_core_field_offset(struct k_sigaction, sa.sa_handler);
	__u64 handler = 1;

	bpf_probe_read_kernel(&handler, sizeof(handler), (void *)at);
	return handler == 0;
}

static __always_inline bool may_be_dumped(struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct mm_struct___bitmap *bitmap = (void *)mm;
	__u64 flags;

	if (bpf_core_field_exists(bitmap->flags.__mm_flags))
		flags = BPF_CORE_READ(bitmap, flags.__mm_flags[0]);
	else
		flags = BPF_CORE_READ(mm, flags);
	return flags & MMF_DUMPABLE;
}

/* Its stack is told even when it has been before: who reads the records keeps only the last ones.
 */
static __always_inline __u64 stack_of_crash(void *ctx, __u32 tgid)
{
	__u64 id = stack_of_current(ctx, SCRATCH_OPEN, BPF_F_USER_STACK, tgid);
	__u32 slot = SCRATCH_OPEN;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);

	if (id && scratch)
		send_stack(scratch, id, scratch->frames, tgid);
	return id;
}

static __always_inline void send_signal(struct wire_signal *wire, __u32 tid)
{
	fill_head(&wire->head, WIRE_SIGNAL, bpf_ktime_get_ns(), tid);
	ring_send(wire, sizeof(*wire), WIRE_LOST_TASK);
}

/* The kernel is about to end the process that runs, and to dump its core. */
PROBE(signal_deliver, on_signal, int number, struct kernel_siginfo *info,
      struct k_sigaction *action)
{
	struct wire_signal wire = { .signal = number };
	struct task_struct *pointer;
	struct thread *thread;
	task_ref task;

	if (!is_on || !dumps_core(number) || HANDLER_OF(action))
		return 0;
	task = current_task();
	thread = thread_of(task);
	if (!is_target(thread))
		return 0;
	tell_task(thread, task);
	pointer = TASK_POINTER(task);
	wire.code = SIGNAL_CODE(info);
	if (info && wire.code > 0 && wire.code < SI_KERNEL && is_one_of(TOUCHING_SIGNALS, number)) {
		wire.flags |= FLAG_ADDRESS;
		wire.address = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	}
	if (!may_be_dumped(pointer))
		wire.flags |= FLAG_UNDUMPABLE;
	wire.core_limit = BPF_CORE_READ(pointer, signal, rlim[RLIMIT_CORE].rlim_cur);
	wire.user_stack = stack_of_crash(ctx, TASK_READ(task, tgid));
	send_signal(&wire, TASK_TID(task));
	return 0;
}

/* Whoever runs sends it, unless the kernel does, from wherever a timer or a device found it. */
static __always_inline void fill_sender(struct wire_signal *wire)
{
	bool is_process = wire->code == SI_USER || wire->code == SI_QUEUE || wire->code == SI_TKILL;
	task_ref sender = current_task();

	if (!is_process || !TASK_TID(sender))
		return;
	wire->sender = TASK_TID(sender);
	tell_task(thread_of(sender), sender);
}

/* A signal was sent. Those that dump core for the kernel's reasons are told when they come. */
PROBE(signal_generate, on_kill, int number, struct kernel_siginfo *info, task_ref task, int group,
      int result)
{
	struct wire_signal wire = { .signal = number, .flags = FLAG_SENT };
	struct thread *thread;

	if (!is_on || result || number < 1 || number > SIGNALS ||
	    is_one_of(HARMLESS_SIGNALS, number))
		return 0;
	wire.code = SENT_CODE(info);
	if (wire.code > 0 && dumps_core(number))
		return 0;
	thread = thread_of(task);
	if (!is_target(thread) || !is_unhandled(TASK_POINTER(task), number))
		return 0;
	tell_task(thread, task);
	fill_sender(&wire);
	send_signal(&wire, TASK_TID(task));
	return 0;
}

#endif
