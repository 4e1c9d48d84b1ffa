/* How much time did interrupts take from whoever ran, and which work does a kworker do? */
#ifndef PROBE_BPF_IRQ_H
#define PROBE_BPF_IRQ_H

#include "probe/bpf/thread.h"

/* The interrupt that completed a request is over: what wakes later has another reason. */
static __always_inline void forget_done(struct cpu *cpu, enum context context)
{
	if (cpu->done_context == context)
		cpu->done_id = 0;
}

static __always_inline int hard_begin(void)
{
	struct cpu *cpu = this_cpu();

	if (is_on && cpu)
		cpu->hard_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int hard_end(void)
{
	struct cpu *cpu = this_cpu();
	__u64 spent_ns;

	if (!is_on || !cpu || !cpu->hard_ns)
		return 0;
	spent_ns = bpf_ktime_get_ns() - cpu->hard_ns;
	cpu->hard_ns = 0;
	forget_done(cpu, IN_HARDIRQ);
	cpu->irq_ns += spent_ns;
	if (cpu->soft_ns)
		cpu->hard_in_soft_ns += spent_ns;
	return 0;
}

/* Each kind of hard interrupt that runs code which may wake somebody. All but the first are x86's
 * own. */
#define HARD_INTERRUPT(vector)                                 \
	PROBE(vector##_entry, on_##vector##_entry, int number) \
	{                                                      \
		return hard_begin();                           \
	}                                                      \
	PROBE(vector##_exit, on_##vector##_exit, int number)   \
	{                                                      \
		return hard_end();                             \
	}

HARD_INTERRUPT(irq_handler)
HARD_INTERRUPT(local_timer)
HARD_INTERRUPT(call_function)
HARD_INTERRUPT(call_function_single)
HARD_INTERRUPT(irq_work)

/* ksoftirqd runs soft interrupts as a thread: that is its own running time. */
PROBE(softirq_entry, on_softirq_entry, unsigned int vector)
{
	struct cpu *cpu = this_cpu();

	if (is_on && cpu) {
		cpu->soft_ns = bpf_ktime_get_ns();
		cpu->hard_in_soft_ns = 0;
	}
	return 0;
}

PROBE(softirq_exit, on_softirq_exit, unsigned int vector)
{
	struct cpu *cpu = this_cpu();

	if (!is_on || !cpu || !cpu->soft_ns)
		return 0;
	cpu->irq_ns += bpf_ktime_get_ns() - cpu->soft_ns - cpu->hard_in_soft_ns;
	cpu->soft_ns = 0;
	forget_done(cpu, IN_SOFTIRQ);
	return 0;
}

PROBE(workqueue_execute_start, on_work_start, struct work_struct *work)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread = thread_of(current_task());
	if (thread) {
		thread->work = (__u64)BPF_CORE_READ(work, func);
		thread->is_titled = 0;
	}
	return 0;
}

PROBE(workqueue_execute_end, on_work_end, struct work_struct *work)
{
	struct thread *thread;

	if (!is_on)
		return 0;
	thread = thread_of(current_task());
	if (thread)
		thread->work = 0;
	return 0;
}

#endif
