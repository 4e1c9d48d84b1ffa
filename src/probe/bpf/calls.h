/*
 * Which system calls, how often, how long, with what result? All are counted where they return;
 * those that take long are told one by one, with what they waited for. The watch of calls only.
 */
#ifndef PROBE_BPF_CALLS_H
#define PROBE_BPF_CALLS_H

#include "probe/bpf/caller.h"
#include "probe/bpf/open.h"
#include "probe/bpf/sched.h"
#include "probe/bpf/syscall.h"
#include "probe/bpf/tally.h"

/* enum tally_what of event.h; src/probe/translate.c asserts that they agree. */
enum wire_tally_what {
	WIRE_TALLY_CALLS = 1,
	WIRE_TALLY_CALL_ERRORS = 6,
};

/* What a thread sleeps or waits for a CPU inside a call is told from this part of a long call's
 * time on. */
#define CALL_WAIT_PART 10

/* CALL_COMPAT of event.h: numbers of another table have it. translate.c asserts that they agree. */
#define WIRE_CALL_COMPAT (1 << 19)
#define TS_COMPAT        2 /* arch/x86/include/asm/thread_info.h */

/* 32-bit programs on x86. */
static __always_inline __s32 compat_bit(task_ref task)
{
	if (!bpf_core_field_exists(struct thread_info, status))
		return 0;
	return TASK_READ(task, thread_info.status) & TS_COMPAT ? WIRE_CALL_COMPAT : 0;
}

static __always_inline bool has_failed(long result)
{
	return (unsigned long)result >= -4095UL;
}

/* A thread counts in rows of its own. Failed calls are few: of them each errno has one, too. */
static __always_inline void count_call(const struct caller *caller, __u64 spent_ns, long result)
{
	struct tally_key key = {
		.what = WIRE_TALLY_CALLS,
		.tid = caller->tid,
		.operation = caller->number,
	};
	bool is_of_bytes = syscall_kind(caller->number) & WIRE_RETURNS_BYTES;

	if (!has_failed(result)) {
		tally_own(&key, spent_ns, is_of_bytes ? result : 0, false);
		return;
	}
	if (!tally_own(&key, spent_ns, 0, true))
		return;
	key.what = WIRE_TALLY_CALL_ERRORS;
	key.operation = (caller->number & 0xfffff) | (__u32)-result << 20;
	tally_part(&key, spent_ns, 0, true);
}

static __always_inline void tell_caller(struct caller *caller, task_ref task)
{
	tell_task(thread_of(task), task);
	caller->is_told = 1;
}

PROBE(sys_enter, on_call_enter, struct pt_regs *regs, long number)
{
	task_ref task;
	struct caller *caller;

	if (!is_on)
		return 0;
	task = current_task();
	caller = caller_of(task);
	if (!caller)
		return 0;
	if (!caller->is_told)
		tell_caller(caller, task);
	NOTE_CALL(caller, regs, (__s32)number | compat_bit(task));
	caller->enter_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * It began before the watch, so it is in no tally: when it began is not known. The first return of
 * a newborn is that of a call which its parent made.
 */
static __always_inline void end_unseen_call(void *ctx, task_ref task, __s32 number, long result)
{
	struct thread *thread = thread_of(task);
	const struct call_end end = {
		.now = bpf_ktime_get_ns(),
		.result = result,
		.flags = WIRE_CALL_BARE,
	};

	if (!is_target(thread) || thread->birth_ns)
		return;
	tell_task(thread, task);
	thread->number = number;
	send_syscall(ctx, thread, task, &end);
}

/* One that a seccomp filter answers is never seen to begin, and takes no time that could be told.
 */
static __always_inline void end_refused_call(struct caller *caller, __s32 number, long result)
{
	caller->number = number;
	count_call(caller, 0, result);
}

static __always_inline void end_long_call(void *ctx, const struct caller *caller, task_ref task,
					  __u64 now, long result)
{
	const struct call_end end = { .now = now, .result = result };
	struct thread *thread = thread_of(task);

	if (!thread)
		return;
	caller_store(caller, thread);
	send_syscall(ctx, thread, task, &end);
}

PROBE(sys_exit, on_call_exit, struct pt_regs *regs, long result)
{
	task_ref task;
	struct caller *caller;
	__u64 now, spent_ns;

	if (!is_on)
		return 0;
	task = current_task();
	caller = caller_of(task);
	if (!caller)
		return 0;
	if (caller->enter_ns && caller->follow == FOLLOW_TARGET) {
		now = bpf_ktime_get_ns();
		spent_ns = now - caller->enter_ns;
		count_call(caller, spent_ns, result);
		if (spent_ns >= call_over_ns)
			end_long_call(ctx, caller, task, now, result);
	} else if (caller->number == NUMBER_UNSEEN) {
		end_unseen_call(ctx, task, CALL_NUMBER(regs) | compat_bit(task), result);
	} else if (caller->number == NUMBER_NONE && caller->follow == FOLLOW_TARGET) {
		end_refused_call(caller, CALL_NUMBER(regs) | compat_bit(task), result);
	}
	caller->enter_ns = 0;
	caller->number = NUMBER_NONE;
	return 0;
}

/* --- what they waited for --- */

/* It leaves the CPU inside of a call: asleep, or (state 0) because another one is to run. */
static __always_inline void leave_call(void *ctx, struct thread *thread, __u32 state)
{
	thread->out_ns = bpf_ktime_get_ns();
	thread->out_state = state;
	thread->out_number = thread->number;
	thread->wake_ns = 0;
	thread->wake_flags = 0;
	thread->waker = 0;
	thread->waker_stack = 0;
	take_stack_early(ctx, thread, state);
}

/* Records of a switch whose first half is nobody's. */
static __always_inline void send_wait(struct thread *thread, task_ref task, __u64 now)
{
	struct wire_switch *wire;
	__u64 stack = thread->stack;

	if (STACK_AT_SWITCH_IN)
		stack = thread->out_state ? stack_of_task(TASK_POINTER(task), SCRATCH_CLOSED) : 0;
	wire = ring_reserve(sizeof(*wire), WIRE_SWITCH_WAIT, WIRE_LOST_SWITCH, now, 0);
	if (!wire)
		return;
	__builtin_memset((char *)wire + sizeof(wire->head), 0, sizeof(*wire) - sizeof(wire->head));
	wire->next_tid = TASK_TID(task);
	fill_next(wire, thread, task, now);
	fill_wait(&wire->wait, thread, task, stack);
	ring_submit(wire);
}

static __always_inline void come_back(struct thread *thread, task_ref task)
{
	__u64 now = bpf_ktime_get_ns();

	if (now - thread->out_ns >= call_over_ns / CALL_WAIT_PART)
		send_wait(thread, task, now);
	thread->out_ns = 0;
}

/* The thread that leaves the CPU, with what this knows of its call; NULL: none of the target's. */
static __always_inline struct thread *take_leave(task_ref task)
{
	struct caller *caller = caller_here();
	struct thread *thread;

	if (!caller_is(caller, task))
		return thread_find(task, TASK_TID(task)); /* no call since it came */
	caller->task = 0;
	if (caller->follow < FOLLOW_HELPER)
		return NULL;
	thread = thread_find(task, TASK_TID(task));
	if (thread)
		caller_store(caller, thread);
	return thread;
}

/* Who comes is known to the CPU at once: else its first call would have to look for it. */
static __always_inline void welcome(const struct thread *thread, task_ref task)
{
	struct caller *caller = caller_here();

	if (!caller)
		return;
	caller->task = 0;
	if (thread && thread->follow != FOLLOW_NEW && TASK_IS_KNOWN(task))
		caller_load(caller, thread, task);
}

PROBE(sched_switch, on_call_switch, bool preempt, task_ref prev, task_ref next)
{
	struct thread *thread;
	__u32 state;

	/* Until the last look at the threads: each must know of the call that it was in. */
	if (!begin_ns)
		return 0;
	thread = take_leave(prev);
	if (!is_on)
		return 0;
	if (is_target(thread) && thread->number != NUMBER_NONE) {
		state = SWITCH_STATE(prev);
		if (!(state & TASK_DEAD))
			leave_call(ctx, thread, preempt ? 0 : state);
	}
	thread = thread_find(next, TASK_TID(next));
	welcome(thread, next);
	if (is_target(thread) && thread->out_ns)
		come_back(thread, next);
	return 0;
}

PROBE(sched_waking, on_call_waking, task_ref task)
{
	struct thread *thread;
	__u64 now;

	if (!is_on)
		return 0;
	thread = thread_find(task, TASK_TID(task));
	if (!is_target(thread) || !thread->out_ns || thread->wake_ns)
		return 0;
	now = bpf_ktime_get_ns();
	note_waker(ctx, thread, now);
	if (now - thread->out_ns >= call_over_ns / CALL_WAIT_PART && !thread->wake_flags)
		tell_task(thread_of(current_task()), current_task());
	return 0;
}

/* --- those that have not returned --- */

static __always_inline void send_open_call(struct thread *thread, task_ref task)
{
	const struct call_end end = { .now = bpf_ktime_get_ns(), .flags = WIRE_CALL_OPEN };

	tell_syscall(thread, task, &end, 0);
}

/* It dies inside of a call: of exit(), or of a signal. */
static __always_inline void end_call_of_dead(struct thread *thread, task_ref task)
{
	struct caller *caller = caller_here();

	if (caller_is(caller, task)) {
		caller_store(caller, thread);
		caller->task = 0;
	}
	if (!is_on || !is_target(thread) || !thread->enter_ns)
		return;
	send_open_call(thread, task);
	thread->enter_ns = 0;
	thread->number = NUMBER_NONE;
}

/* Has it been in the kernel all the time, as far as the kernel's ticks can tell? */
static __always_inline bool was_in_kernel(const struct thread *thread, struct task_struct *task)
{
	return task->stime > thread->base.kernel_ns && task->utime == thread->base.user_ns;
}

/*
 * In which call is a thread that has not been seen to begin or end one? Each other way into the
 * kernel has left -1 for the number, and an interrupt comes to whoever runs long: only a CPU
 * without ticks may keep the number of a call that is over.
 */
static __always_inline void note_unseen(struct thread *thread, struct task_struct *task)
{
	struct pt_regs *regs;

	thread->number = NUMBER_NONE;
	if (task->flags & PF_KTHREAD || (task->on_cpu && !was_in_kernel(thread, task)) ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	thread->number = BPF_CORE_READ(regs, REGS_NUMBER);
	if (thread->number >= 0)
		thread->number |= compat_bit(task_of_pointer(task));
	thread->argument = PT_REGS_PARM1_CORE_SYSCALL(regs);
}

/* A thread that runs has left what is known of its call with its CPU. */
static __always_inline void fetch_caller(struct thread *thread, struct task_struct *task)
{
	struct caller *caller;
	__u32 zero = 0, cpu;

	if (!task->on_cpu || !bpf_core_field_exists(struct task_struct, thread_info.cpu) ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_map_lookup_percpu_elem))
		return;
	cpu = BPF_CORE_READ(task, thread_info.cpu);
	caller = bpf_map_lookup_percpu_elem(&callers, &zero, cpu);
	if (caller && caller->task == (__u64)task)
		caller_store(caller, thread);
}

/* The calls in which the watch leaves the threads, and what they wait for there. */
SEC("?iter/task")
int on_open_calls(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;

	if (!task || task->__state & TASK_DEAD)
		return 0;
	thread = thread_of(task_of_pointer(task));
	if (!is_target(thread))
		return 0;
	fetch_caller(thread, task);
	if (thread->number == NUMBER_UNSEEN && !thread->birth_ns)
		note_unseen(thread, task);
	if (thread->number < 0)
		return 0;
	tell_task(thread, task_of_pointer(task));
	if (task->__state && !task->on_cpu)
		send_open(thread, task, bpf_ktime_get_ns());
	send_open_call(thread, task_of_pointer(task));
	return 0;
}

#endif
