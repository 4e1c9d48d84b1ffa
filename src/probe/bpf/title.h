/* For which workqueue does a worker of the kernel do what it does now? Told when it matters: when
 * it ends somebody's wait, or waits itself. */
#ifndef PROBE_BPF_TITLE_H
#define PROBE_BPF_TITLE_H

#include "probe/bpf/thread.h"
#include "probe/bpf/worker.h"

/*
 * Of the worker that runs here: once for each work, and only when it is for another queue than
 * before. A function of its own, which the kernel verifies once and not along each way that leads
 * to it.
 */
__noinline int tell_title(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 text[WORKER_TITLE / 8] = {}, hash;
	task_ref current = current_task();
	struct thread *worker = thread_find(current, TASK_TID(current));
	struct wire_title *wire;

	if (!worker || !worker->work || worker->is_titled)
		return 0;
	worker->is_titled = 1;
	if (!read_worker_title(task, (char *)text))
		return 0;
	hash = text[0] ^ text[1] * 3 ^ text[2] * 5 ^ text[3] * 7;
	if (hash == worker->title)
		return 0;
	wire = ring_reserve(sizeof(*wire), WIRE_TITLE, WIRE_LOST_TASK, bpf_ktime_get_ns(),
			    (__u32)bpf_get_current_pid_tgid());
	if (!wire)
		return 0;
	__builtin_memcpy(wire->text, text, sizeof(wire->text));
	ring_submit(wire);
	worker->title = hash;
	return 0;
}

#endif
