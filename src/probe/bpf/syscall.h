/* Which system calls, how long, with what result? Slow ones one by one, fast ones as sums. */
#ifndef PROBE_BPF_SYSCALL_H
#define PROBE_BPF_SYSCALL_H

#include "probe/bpf/file.h"
#include "probe/bpf/functions.h"
#include "probe/bpf/stack.h"
#include "probe/bpf/thread.h"

static __always_inline __u8 syscall_kind(__s32 number)
{
	__u32 place = number;

	if (place >= WIRE_SYSCALLS)
		return 0;
	barrier_var(place); /* else the compiler drops the mask, which older verifiers ask for */
	return syscall_kinds[place & (WIRE_SYSCALLS - 1)];
}

static __always_inline void send_sum(struct sum *sum, __u32 tid, __u64 now)
{
	struct wire_syscall_sum *wire;

	if (!sum->count)
		return;
	wire = ring_reserve(sizeof(*wire), WIRE_SYSCALL_SUM, WIRE_LOST_SYSCALL, now, tid);
	if (wire) {
		wire->count = sum->count;
		wire->errors = sum->errors;
		wire->total_ns = sum->total_ns;
		wire->number = sum->number;
		wire->spare = 0;
		ring_submit(wire);
	}
	sum->count = sum->errors = 0;
	sum->total_ns = 0;
}

static __always_inline void syscall_flush(struct thread *thread, __u32 tid, __u64 now)
{
	for (int i = 0; i < SUMS; i++)
		send_sum(&thread->sums[i], tid, now);
}

static __always_inline void sum_up(struct thread *thread, __u32 tid, __u64 now, __u64 spent_ns,
				   long result)
{
	struct sum *sum = &thread->sums[(thread->number ^ thread->number >> 4) & (SUMS - 1)];

	if (sum->number != thread->number) {
		send_sum(sum, tid, now);
		sum->number = thread->number;
	}
	sum->count++;
	sum->errors += result < 0 && result >= -4095;
	sum->total_ns += spent_ns;
}

/* How a call ended, and what is known of its beginning. */
struct call_end {
	__u64 now;
	long result;
	__u32 flags; /* enum wire_call_flags */
};

static __always_inline void tell_syscall(const struct thread *thread, task_ref task,
					 const struct call_end *end, __u64 stack)
{
	__u8 kind = syscall_kind(thread->number);
	struct wire_syscall *wire;
	__u64 inode = 0;
	__u32 dev = 0;
	__s32 fd = -1;

	if (kind & WIRE_TAKES_FD && !(end->flags & WIRE_CALL_BARE))
		file_tell(TASK_POINTER(task), thread->argument, &inode, &dev, &fd);
	wire = ring_reserve(sizeof(*wire), WIRE_SYSCALL, WIRE_LOST_SYSCALL, end->now,
			    TASK_TID(task));
	if (!wire)
		return;
	wire->start_ns = thread->enter_ns;
	wire->result = end->result;
	wire->user_stack = stack;
	wire->size = kind & WIRE_TAKES_SIZE ? thread->size : 0;
	wire->file_inode = inode;
	wire->file_dev = dev;
	wire->fd = fd;
	wire->number = thread->number;
	wire->flags = end->flags;
	ring_submit(wire);
}

static __always_inline void send_syscall(void *ctx, struct thread *thread, task_ref task,
					 const struct call_end *end)
{
	__u64 stack = 0;

	thread->unstacked_call_ns += end->now - thread->enter_ns;
	if (thread->unstacked_call_ns >= call_stack_ns) {
		stack = stack_of_current(ctx, SCRATCH_OPEN, BPF_F_USER_STACK,
					 TASK_READ(task, tgid));
		thread->unstacked_call_ns = 0;
	}
	tell_syscall(thread, task, end, stack);
}

/*
 * What the call is told of at its end is noted when it begins: later it may be gone. A macro, as
 * the arguments are the program's own; both are read before one is chosen, as the verifier takes no
 * address in the context that depends on something.
 */
#define NOTE_CALL(thread, regs, call_number)                               \
	({                                                                 \
		__u64 note_second = CALL_ARGUMENT_2(regs);                 \
		__u64 note_third = CALL_ARGUMENT_3(regs);                  \
		__s32 note_number = (call_number);                         \
		__u8 note_kind = syscall_kind(note_number);                \
                                                                           \
		barrier_var(note_second);                                  \
		barrier_var(note_third);                                   \
		(thread)->number = note_number;                            \
		(thread)->argument = CALL_ARGUMENT_1(regs);                \
		(thread)->size = note_kind & WIRE_TAKES_SIZE ? note_third  \
				 : note_kind & WIRE_IS_FUTEX ? note_second \
							     : 0;          \
	})

PROBE(sys_enter, on_sys_enter, struct pt_regs *regs, long number)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread = thread_of(current_task());
	if (!is_followed(thread))
		return 0;
	thread->enter_ns = bpf_ktime_get_ns();
	NOTE_CALL(thread, regs, number);
	enter_system_call(thread, current_task());
	return 0;
}

PROBE(sys_exit, on_sys_exit, struct pt_regs *regs, long result)
{
	struct call_end end = { .result = result };
	task_ref task;
	struct thread *thread;
	__u64 spent_ns;

	if (!is_on)
		return 0;
	task = current_task();
	thread = thread_of(task);
	if (!is_followed(thread))
		return 0;
	if (!thread->enter_ns) {
		thread->number = NUMBER_NONE;
		return 0;
	}
	end.now = bpf_ktime_get_ns();
	spent_ns = end.now - thread->enter_ns;
	leave_system_call(thread, task, end.now);
	if (thread->follow == FOLLOW_TARGET) {
		if (spent_ns < call_min_ns)
			sum_up(thread, TASK_TID(task), end.now, spent_ns, result);
		else
			send_syscall(ctx, thread, task, &end);
	}
	thread->kernel_ns = kernel_ns_of(thread, end.now);
	thread->enter_ns = 0;
	thread->number = NUMBER_NONE;
	return 0;
}

#endif
