/* How much CPU time did each thread use? Told once: when the kernel lets go of it, or when the
 * watch ends. The light watches only. */
#ifndef PROBE_BPF_USAGE_H
#define PROBE_BPF_USAGE_H

#include "probe/bpf/calls.h"
#include "probe/bpf/thread.h"

static __always_inline void measure(struct wire_usage *usage, struct task_struct *task,
				    const struct wire_times *base)
{
	usage->times.run_ns = BPF_CORE_READ(task, se.sum_exec_runtime) - base->run_ns;
	usage->times.user_ns = BPF_CORE_READ(task, utime) - base->user_ns;
	usage->times.kernel_ns = BPF_CORE_READ(task, stime) - base->kernel_ns;
	usage->exit_code = BPF_CORE_READ(task, exit_code);
}

static __always_inline void send_usage(struct wire_usage *usage)
{
	usage->head.time_ns = bpf_ktime_get_ns();
	ring_send(usage, sizeof(*usage), WIRE_LOST_USAGE);
}

/* It has run its last. Whoever takes it off the map tells it: the end of the watch may come
 * between. */
static __always_inline void send_dead(const struct wire_dying *found, __u64 key)
{
	struct wire_dying thread = *found;

	if (bpf_map_delete_elem(&dying, &key) < 0)
		return;
	measure(&thread.usage, (struct task_struct *)thread.task, &thread.base);
	send_usage(&thread.usage);
}

/* Wait for its last moments, or tell it at once when there is no room to wait. A number that is
 * given again before (classic records tell no more) ends the wait of the one who had it. */
static __always_inline void await_death(struct wire_dying *thread, __u64 key)
{
	struct wire_dying *other = bpf_map_lookup_elem(&dying, &key);

	if (other)
		send_usage(&other->usage);
	if (!sees_release || bpf_map_update_elem(&dying, &key, thread, BPF_ANY) < 0)
		send_usage(&thread->usage);
}

/*
 * It begins to die. The kernel charges what runs at the next tick or switch, and freeing its memory
 * is still to come: a thread of less than a tick has no time yet.
 */
PROBE(sched_process_exit, on_exit, task_ref task)
{
	struct wire_dying last = { .usage.is_dead = 1 };
	struct thread *thread;
	bool is_counted;

	if (!begin_ns || is_over)
		return 0;
	thread = thread_of(task);
	if (!thread)
		return 0;
	if (counts_calls)
		end_call_of_dead(thread, task);
	is_counted = is_followed(thread) && thread->usage_state == USAGE_COUNTED;
	thread->usage_state = USAGE_DYING;
	if (is_counted) {
		tell_task(thread, task);
		last.task = (__u64)TASK_POINTER(task);
		last.base = thread->base;
		fill_head(&last.usage.head, WIRE_USAGE, 0, TASK_TID(task));
		measure(&last.usage, TASK_POINTER(task), &last.base);
		await_death(&last, DYING_KEY(task));
	}
	if (!sees_release)
		thread_forget(TASK_TID(task));
	return 0;
}

PROBE(sched_process_free, on_release, task_ref task)
{
	__u64 key = DYING_KEY(task);
	struct wire_dying *thread = bpf_map_lookup_elem(&dying, &key);

	if (thread)
		send_dead(thread, key);
	thread_bury(TASK_TID(task));
	return 0;
}

SEC("?iter/task")
int on_begin(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *thread;

	if (!task || follow_of(task_of_pointer(task)) < FOLLOW_KERNEL)
		return 0;
	thread = thread_of(task_of_pointer(task));
	if (thread)
		count_from_here(thread, task_of_pointer(task));
	return 0;
}

/* Those who live on, and the dead that nobody has waited for. */
SEC("?iter/task")
int on_end(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct wire_usage usage = {};
	struct wire_dying *dead;
	struct thread *thread;
	__u64 key;

	if (!task)
		return 0;
	key = DYING_KEY(task_of_pointer(task));
	dead = bpf_map_lookup_elem(&dying, &key);
	if (dead) {
		send_dead(dead, key);
		return 0;
	}
	thread = thread_find(task_of_pointer(task), task->pid);
	if (!is_followed(thread) || thread->usage_state != USAGE_COUNTED)
		return 0;
	thread->usage_state = USAGE_TOLD;
	fill_head(&usage.head, WIRE_USAGE, 0, task->pid);
	measure(&usage, task, &thread->base);
	if (!usage.times.run_ns)
		return 0;
	tell_task(thread, task_of_pointer(task));
	send_usage(&usage);
	return 0;
}

#endif
