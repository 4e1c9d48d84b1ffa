/* Which file does a descriptor stand for? */
#ifndef PROBE_BPF_DESCRIPTOR_H
#define PROBE_BPF_DESCRIPTOR_H

#include "probe/bpf/kernel.h"

/* NULL: fd is not open in task. */
static __always_inline struct file *file_behind(struct task_struct *task, __u64 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + (__u32)fd);
	return file;
}

#endif
