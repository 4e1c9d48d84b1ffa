/* What does a worker of the kernel work for? Its workqueue, or what the work says instead
 * ("flush-259:0"): as /proc/PID/comm shows it, and nothing else does. */
#ifndef PROBE_BPF_WORKER_H
#define PROBE_BPF_WORKER_H

#include "probe/bpf/kernel.h"

#define PF_WQ_WORKER 0x00000020 /* include/linux/sched.h */
#define WORKER_TITLE 32         /* WORKER_DESC_LEN, which was 24 before 6.9 */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct worker___title {
	char desc[WORKER_TITLE];
};

struct kthread___title {
	void *data;
};

struct task_struct___title {
	unsigned int flags;
	void *worker_private; /* since 5.17 (e32cf5dfbe22) */
	void *set_child_tid;  /* before */
};

#pragma clang attribute pop

/* As a string; to has WORKER_TITLE bytes, all zero. false: it is no worker, or has not worked yet.
 */
static __always_inline bool read_worker_title(struct task_struct *typed, char *to)
{
	struct task_struct___title *task = (void *)typed;
	struct kthread___title *kthread;
	struct worker___title *worker;

	if (!(BPF_CORE_READ(task, flags) & PF_WQ_WORKER) ||
	    !bpf_core_field_exists(((struct worker___title *)0)->desc) ||
	    !bpf_core_field_exists(((struct kthread___title *)0)->data))
		return false;
	if (bpf_core_field_exists(task->worker_private))
		kthread = BPF_CORE_READ(task, worker_private);
	else
		kthread = BPF_CORE_READ(task, set_child_tid);
	worker = kthread ? BPF_CORE_READ(kthread, data) : NULL;
	if (!worker)
		return false;
	/* The kernel's own may be shorter, but it ends with a NUL. */
	bpf_probe_read_kernel_str(to, WORKER_TITLE, worker->desc);
	return to[0] != '\0';
}

#endif
