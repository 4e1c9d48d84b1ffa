/* Who ran, who waited, who woke whom? Open spans are kept per thread; one record per switch closes
 * them. */
#ifndef PROBE_BPF_SCHED_H
#define PROBE_BPF_SCHED_H

#include "probe/bpf/caller.h"
#include "probe/bpf/file.h"
#include "probe/bpf/stack.h"
#include "probe/bpf/syscall.h"
#include "probe/bpf/thread.h"
#include "probe/bpf/title.h"

/* A wake-up this soon after a request completed on the same CPU is that request's doing. */
#define DONE_IN_IRQ_NS    200000
#define DONE_IN_THREAD_NS 20000
#define LEAVING_NS        10000 /* after so long a thread that goes to sleep is off its CPU */

#define STACKS_OWED 8 /* so many are taken for one long wait, of those that follow it */

/* Time during which CPU quotas held the thread's cgroups: cfs_bandwidth.throttled_time, summed over
 * its ancestors. */
static __always_inline __u64 throttled_ns(struct task_struct *task)
{
	struct task_group *group;
	__u64 sum = 0;

	if (!bpf_core_field_exists(struct task_struct, sched_task_group) ||
	    !bpf_core_field_exists(struct task_group, cfs_bandwidth))
		return 0;
	group = BPF_CORE_READ(task, sched_task_group);
	for (int depth = 0; depth < 5 && group; depth++) {
		sum += BPF_CORE_READ(group, cfs_bandwidth.throttled_time);
		group = BPF_CORE_READ(group, parent);
	}
	return sum;
}

static __always_inline void wait_for_cpu(struct thread *thread, __u32 cpu)
{
	if (thread->queued_cpu || cpu >= WIRE_CPUS)
		return;
	thread->queued_cpu = cpu + 1;
	__sync_fetch_and_add(&waiting[cpu & (WIRE_CPUS - 1)], 1);
}

static __always_inline void got_cpu(struct thread *thread)
{
	if (!thread->queued_cpu)
		return;
	__sync_fetch_and_add(&waiting[(thread->queued_cpu - 1) & (WIRE_CPUS - 1)], -1);
	thread->queued_cpu = 0;
}

static __always_inline void leave_cpu(struct thread *thread, task_ref task, __u32 state, __u64 now)
{
	thread->out_ns = now;
	thread->out_state = state;
	thread->out_number = thread->number;
	thread->request = 0;
	thread->request_dev = 0;
	if (is_followed(thread)) {
		thread->runtime_ns = TASK_READ(task, se.sum_exec_runtime);
		thread->throttled_ns = state ? 0 : throttled_ns(TASK_POINTER(task));
		if (!state)
			wait_for_cpu(thread, bpf_get_smp_processor_id());
	}
}

/* The first wait in each system call has its stack taken, so that no kind of wait has none. */
static __always_inline bool is_new_call(const struct thread *thread)
{
	return !(thread->stacked_numbers & 1ULL << (thread->number & 63));
}

static __always_inline void note_stack(struct thread *thread)
{
	thread->stacked_numbers |= 1ULL << (thread->number & 63);
}

/*
 * Is it time to take a kernel stack for this wait? By lot, one for each stack_every_ns of waiting:
 * the longer the wait the likelier, so that the stacks taken stand for the time waited, however
 * long and short waits alternate.
 */
static __always_inline bool wants_stack(const struct thread *thread, __u64 waited_ns)
{
	return waited_ns >= stack_every_ns || is_new_call(thread) ||
	       bpf_get_prandom_u32() % (__u32)stack_every_ns < waited_ns;
}

static __always_inline void fill_wait(struct wire_wait *wait, struct thread *thread, task_ref task,
				      __u64 stack)
{
	wait->stack = stack;
	wait->waker_stack = thread->waker_stack;
	wait->request = thread->request;
	wait->request_dev = thread->request_dev;
	wait->lock = thread->lock;
	wait->lock_owner = thread->lock_owner;
	wait->lock_flags = thread->lock_flags;
	wait->file_inode = 0;
	wait->file_dev = 0;
	wait->fd = -1;
	wait->spare = 0;
	if (thread->number < 0)
		return;
	if (!thread->lock && syscall_kind(thread->number) & WIRE_IS_FUTEX)
		wait->lock = thread->argument;
	if (stack && syscall_kind(thread->number) & WIRE_TAKES_FD)
		file_tell(TASK_POINTER(task), thread->argument, &wait->file_inode, &wait->file_dev,
			  &wait->fd);
}

/*
 * Futex operations by which C libraries wait for something to happen (conditions, semaphores, the
 * end of a thread), rather than for a mutex, which is a plain FUTEX_WAIT: glibc's
 * pthread_cond_wait, sem_wait and pthread_join use FUTEX_WAIT_BITSET (nptl/futex-internal.c).
 */
static __always_inline bool is_condition(__u64 operation)
{
	return (operation & 127) == 9;
}

/* What `next` did since it left the CPU: into the record. */
static __always_inline void fill_next(struct wire_switch *wire, struct thread *thread,
				      task_ref task, __u64 now)
{
	bool blocked = thread->out_state || (!thread->out_ns && thread->wake_ns);

	wire->out_ns = thread->out_ns;
	wire->wake_ns = thread->wake_ns;
	wire->next_state = thread->out_state;
	wire->syscall = thread->out_number >= 0 ? thread->out_number : NUMBER_NONE;
	wire->waker_tid = thread->waker;
	wire->flags |= WIRE_TOLD | thread->wake_flags;
	if (thread->is_newborn)
		wire->flags |= WIRE_NEWBORN;
	else if (blocked)
		wire->flags |= WIRE_BLOCKED;
	if (thread->out_number == NUMBER_NONE && !(TASK_READ(task, flags) & PF_KTHREAD))
		wire->flags |= WIRE_FAULT;
	if (TASK_BIT(task, in_iowait))
		wire->flags |= WIRE_IOWAIT;
	if (syscall_kind(thread->out_number) & WIRE_IS_FUTEX && is_condition(thread->size))
		wire->flags |= WIRE_CONDITION;
	if (thread->throttled_ns)
		wire->throttled_ns = throttled_ns(TASK_POINTER(task)) - thread->throttled_ns;
}

/* What the kernel itself counts as running since the thread was last switched out; 0: not known. */
static __always_inline __u64 charged_ns(const struct thread *thread, task_ref task)
{
	return thread->runtime_ns ? TASK_READ(task, se.sum_exec_runtime) - thread->runtime_ns : 0;
}

static __always_inline void fill_prev(struct wire_switch *wire, struct thread *thread,
				      task_ref task, __u32 state, __u64 now)
{
	wire->prev_state = state;
	if (!thread)
		return;
	if (thread->in_ns >= thread->out_ns)
		wire->flags |= WIRE_TOLD_PREV; /* else it got the CPU unseen: see tell_unseen() */
	wire->in_ns = thread->in_ns;
	wire->kernel_ns = kernel_ns_of(thread, now);
	wire->charged_ns = charged_ns(thread, task);
	if (state & TASK_DEAD)
		wire->exit_code = TASK_READ(task, exit_code);
}

static __always_inline void give_up_hidden(struct thread *thread, task_ref task)
{
	lose(WIRE_LOST_HIDDEN);
	thread->follow = FOLLOW_NONE;
	send_task(thread, task, WIRE_TASK);
}

/*
 * It gets the CPU although we did not see it leave: a switch was missed. What it did since is
 * unknown, and is counted. A thread that was never seen leaving is one that the kernel hides from
 * BPF programs (some do, for the sake of their sandbox): it is given up.
 */
static __always_inline bool missed_its_leaving(struct thread *thread, task_ref task)
{
	if (!is_followed(thread) || !thread->in_ns || thread->in_ns < thread->out_ns)
		return false;
	if (!thread->out_ns) {
		give_up_hidden(thread, task);
	} else {
		lose(WIRE_LOST_SWITCH);
	}
	return true;
}

struct switched {
	task_ref prev_task;
	task_ref next_task;
	struct thread *prev;
	struct thread *next;
	__u64 now;
	__u32 state;
	bool next_is_whole; /* next is followed, and all its switches were seen */
};

static __always_inline __u64 irq_ns_taken(void)
{
	struct cpu *cpu = this_cpu();
	__u64 ns = 0;

	if (cpu) {
		ns = cpu->irq_ns;
		cpu->irq_ns = 0;
	}
	return ns;
}

static __always_inline void fill_switch(struct wire_switch *wire, const struct switched *s,
					__u64 irq_ns)
{
	__builtin_memset((char *)wire + sizeof(wire->head), 0,
			 WIRE_SWITCH_SHORT_BYTES - sizeof(wire->head));
	wire->next_tid = TASK_TID(s->next_task);
	wire->irq_ns = irq_ns;
	wire->syscall = -1;
	fill_prev(wire, s->prev, s->prev_task, s->state, s->now);
	if (s->next_is_whole)
		fill_next(wire, s->next, s->next_task, s->now);
}

/* Two functions for two lengths: the verifier of 6.1 does not remember, at the end of one for both,
 * how much was reserved at its beginning. */
static __always_inline void send_switch(const struct switched *s, __u64 irq_ns)
{
	struct wire_switch *wire = ring_reserve(WIRE_SWITCH_SHORT_BYTES, WIRE_SWITCH,
						WIRE_LOST_SWITCH, s->now, TASK_TID(s->prev_task));

	if (!wire)
		return;
	fill_switch(wire, s, irq_ns);
	ring_submit(wire);
}

static __always_inline void send_switch_wait(const struct switched *s, __u64 stack, __u64 irq_ns)
{
	struct wire_switch *wire = ring_reserve(sizeof(*wire), WIRE_SWITCH_WAIT, WIRE_LOST_SWITCH,
						s->now, TASK_TID(s->prev_task));

	if (!wire)
		return;
	fill_switch(wire, s, irq_ns);
	fill_wait(&wire->wait, s->next, s->next_task, stack);
	ring_submit(wire);
}

static __always_inline void enter_cpu(struct thread *thread, __u64 now)
{
	thread->in_ns = now;
	thread->kernel_ns = 0;
	thread->wake_ns = 0;
	thread->wake_flags = 0;
	thread->waker = 0;
	thread->waker_stack = 0;
	thread->is_newborn = 0;
	got_cpu(thread);
}

/*
 * The same before its length is known: the time for which a stack is owed makes it likelier. By
 * chance, as a thread that waits long and short in turn would else have the stack of the short one
 * always.
 */
static __always_inline bool owes_stack(const struct thread *thread)
{
	__u64 owed;

	if (is_new_call(thread))
		return true;
	if (thread->unstacked_ns < stack_every_ns)
		return false;
	owed = thread->unstacked_ns / stack_every_ns;
	return owed >= STACKS_OWED || bpf_get_prandom_u32() % STACKS_OWED < owed;
}

/* The stack of a wait that begins, where it cannot be taken when the wait has ended. */
static __always_inline void take_stack_early(void *ctx, struct thread *thread, __u32 state)
{
	if (STACK_AT_SWITCH_IN)
		return;
	thread->stack = 0;
	if (!state || state & TASK_DEAD || !is_followed(thread) || !owes_stack(thread))
		return;
	thread->stack = stack_of_current(ctx, SCRATCH_CLOSED, 0, 0);
	if (thread->unstacked_ns > STACKS_OWED * stack_every_ns)
		thread->unstacked_ns = STACKS_OWED * stack_every_ns;
	thread->unstacked_ns -=
		thread->unstacked_ns > stack_every_ns ? stack_every_ns : thread->unstacked_ns;
	note_stack(thread);
}

/* The stack of a wait, when it is due. */
static __always_inline __u64 take_stack(struct thread *thread, task_ref task, __u64 waited_ns)
{
	if (!STACK_AT_SWITCH_IN || !wants_stack(thread, waited_ns)) {
		thread->unstacked_ns += waited_ns;
		return thread->stack;
	}
	note_stack(thread);
	return stack_of_task(TASK_POINTER(task), SCRATCH_CLOSED);
}

/* The stack of a wait that has ended. */
static __always_inline __u64 stack_of_wait(struct thread *thread, task_ref task, __u64 waited_ns)
{
	if (stacks_at_wake && thread->wake_stack_ns > thread->out_ns)
		return thread->wake_stack;
	if (stacks_at_wake) {
		thread->unstacked_ns += waited_ns; /* a later wait will have one */
		return thread->stack;
	}
	return take_stack(thread, task, waited_ns);
}

/*
 * It is woken, but sleeps still: the kernel finds what a kretprobe hides in a stack only of those
 * that do, and warns when it is asked for another's. One that has left its CPU just now may not be
 * off it yet.
 */
static __always_inline void take_stack_at_wake(struct thread *thread, task_ref task, __u64 now)
{
	__u64 waited_ns = now - (thread->out_ns ?: begin_ns);

	if (!STACK_AT_SWITCH_IN || !stacks_at_wake || !thread->out_state ||
	    thread->in_ns > thread->out_ns || waited_ns < LEAVING_NS)
		return;
	thread->wake_stack = take_stack(thread, task, waited_ns);
	thread->wake_stack_ns = now;
}

/* Decide what of next's wait is worth telling; takes its stack when it is due. */
static __always_inline bool look_at_wait(struct switched *s, __u64 *ret_stack)
{
	struct thread *next = s->next;
	__u64 waited_ns;

	if (!s->next_is_whole || (!next->out_state && next->out_ns))
		return false;
	waited_ns = (next->wake_ns > next->out_ns ? next->wake_ns : s->now) -
		    (next->out_ns ?: begin_ns);
	*ret_stack = stack_of_wait(next, s->next_task, waited_ns);
	return *ret_stack || next->waker_stack || next->request || next->lock ||
	       (next->number >= 0 && syscall_kind(next->number) & WIRE_IS_FUTEX);
}

/*
 * It leaves the CPU, but was not seen getting it: somebody hidden left it to it. The kernel's own
 * count of its running tells since when it ran; the switch is told now, in its place in time.
 */
static __always_inline void tell_unseen(struct thread *thread, task_ref task, __u64 now)
{
	__u64 ran_ns = charged_ns(thread, task);
	struct wire_switch *wire;

	if (!ran_ns || ran_ns >= now - thread->out_ns) {
		lose(WIRE_LOST_SWITCH);
		return;
	}
	wire = ring_reserve(sizeof(*wire), WIRE_SWITCH_WAIT, WIRE_LOST_SWITCH, now - ran_ns, 0);
	if (!wire)
		return;
	__builtin_memset((char *)wire + sizeof(wire->head), 0, sizeof(*wire) - sizeof(wire->head));
	wire->next_tid = TASK_TID(task);
	fill_next(wire, thread, task, now);
	fill_wait(&wire->wait, thread, task, 0);
	if (!thread->lock)
		wire->wait.lock = 0; /* the futex that it calls now is not the one it slept on */
	ring_submit(wire);
	thread->in_ns = now - ran_ns;
}

PROBE(sched_switch, on_switch, bool preempt, task_ref prev, task_ref next)
{
	struct switched s = { .prev_task = prev, .next_task = next };
	__u64 stack = 0, irq_ns;
	bool with_wait;

	if (!is_on)
		return 0;
	s.now = bpf_ktime_get_ns();
	s.prev = thread_of_switch(prev);
	s.next = thread_of_switch(next);
	s.state = SWITCH_STATE(prev);
	if (preempt)
		s.state = 0;
	irq_ns = irq_ns_taken();

	if (is_followed(s.prev) || is_followed(s.next) ||
	    waiting[bpf_get_smp_processor_id() & (WIRE_CPUS - 1)]) {
		tell_task(s.prev, prev);
		tell_task(s.next, next);
		s.next_is_whole = is_followed(s.next) && !missed_its_leaving(s.next, next);
		if (is_followed(s.prev) && s.prev->in_ns < s.prev->out_ns)
			tell_unseen(s.prev, prev, s.now);
		with_wait = look_at_wait(&s, &stack);
		if (s.prev && s.state & TASK_DEAD)
			syscall_flush(s.prev, TASK_TID(prev), s.now);
		if (with_wait)
			send_switch_wait(&s, stack, irq_ns);
		else
			send_switch(&s, irq_ns);
	}
	if (s.prev) {
		take_stack_early(ctx, s.prev, s.state);
		leave_cpu(s.prev, prev, s.state, s.now);
		if (s.state & TASK_DEAD)
			thread_forget(TASK_TID(prev));
	}
	if (s.next)
		enter_cpu(s.next, s.now);
	if (s.state && is_followed(s.prev) && s.prev->work)
		tell_title();
	return 0;
}

/* Soft interrupts want it more often: only the stack tells whether the thread that runs is the
 * sender. */
static __always_inline bool wants_waker_stack(struct thread *thread, enum context context,
					      __u64 waited_ns)
{
	thread->unstacked_wake_ns += waited_ns;
	if (thread->unstacked_wake_ns < (context == IN_SOFTIRQ ? stack_every_ns : waker_every_ns))
		return false;
	thread->unstacked_wake_ns = 0;
	return true;
}

static __always_inline void take_waker_stack(void *ctx, struct thread *thread, enum context context)
{
	struct scratch *scratch;
	__u32 slot = SCRATCH_CLOSED;

	thread->waker_stack = stack_of_current(ctx, slot, 0, 0);
	if (context != IN_SOFTIRQ || !thread->waker_stack)
		return;
	scratch = bpf_map_lookup_elem(&scratches, &slot);
	if (scratch && passes_bh_enable(scratch))
		thread->wake_flags |= WIRE_SENT;
}

/* Charge the wake-up to the request that just completed here, or to the thread that runs here. */
static __always_inline void note_waker(void *ctx, struct thread *thread, __u64 now)
{
	struct cpu *cpu = this_cpu();
	enum context context = context_of(cpu);

	thread->wake_ns = now;
	thread->waker = (__u32)bpf_get_current_pid_tgid();
	thread->wake_flags = context == IN_HARDIRQ   ? WIRE_IRQ
			     : context == IN_SOFTIRQ ? WIRE_SOFTIRQ
						     : 0;
	thread->waker_stack = 0;
	if (cpu && cpu->done_id && cpu->done_context == context &&
	    now - cpu->done_ns < (context ? DONE_IN_IRQ_NS : DONE_IN_THREAD_NS)) {
		thread->request = cpu->done_id;
		thread->request_dev = cpu->done_dev;
		thread->wake_flags |= WIRE_REQUEST_DONE;
	}
	if (thread->out_state &&
	    wants_waker_stack(thread, context, now - (thread->out_ns ?: begin_ns)))
		take_waker_stack(ctx, thread, context);
}

PROBE(sched_waking, on_waking, task_ref task)
{
	struct thread *thread, *waker;
	__u64 now;

	if (!is_on)
		return 0;
	thread = thread_of_switch(task);
	if (!is_followed(thread))
		return 0;
	now = bpf_ktime_get_ns();
	if (thread->wake_ns > thread->out_ns)
		return 0; /* woken already: the first one ended the wait */
	note_waker(ctx, thread, now);
	take_stack_at_wake(thread, task, now);
	if (thread->wake_flags & (WIRE_IRQ | WIRE_SOFTIRQ) && !(thread->wake_flags & WIRE_SENT))
		return 0;

	waker = thread_of(current_task());
	if (waker && is_awaited(thread) && waker->work) {
		tell_task(waker, current_task());
		tell_title();
	}
	if (waker && is_awaited(thread) && is_bystander(waker) &&
	    bpf_get_current_pid_tgid() >> 32 != own_tgid)
		waker->follow = FOLLOW_HELPER;
	return 0;
}

PROBE(sched_wakeup_new, on_wakeup_new, task_ref task)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread = thread_of(task);
	if (is_followed(thread)) {
		thread->wake_ns = bpf_ktime_get_ns();
		wait_for_cpu(thread, bpf_get_smp_processor_id());
	}
	return 0;
}

PROBE(sched_process_fork, on_fork, task_ref parent, task_ref child)
{
	struct thread *parent_thread, *thread;

	if (!is_on)
		return 0;
	parent_thread = thread_of(parent);
	thread = thread_of(child);
	if (!thread)
		return 0;
	be_born(thread, parent_thread);
	if (is_followed(thread))
		send_task(thread, child, WIRE_TASK);
	return 0;
}

PROBE(sched_process_exec, on_exec, task_ref task, __u32 old_tid)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread_rename(old_tid, TASK_TID(task));
	thread = thread_of(task);
	if (is_followed(thread)) {
		if (awaits_exec && thread->follow == FOLLOW_HELPER)
			thread->follow = FOLLOW_TARGET;
		count_from_here(thread, task);
		send_task(thread, task, WIRE_EXEC);
		if (counts_calls)
			caller_renew(thread, task);
	}
	return 0;
}

/* The new name is not yet in the task. */
PROBE(task_rename, on_rename, task_ref task)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	thread->is_told = 0;
	if (counts_calls)
		caller_renew(thread, task);
	return 0;
}

#endif
