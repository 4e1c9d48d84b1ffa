/* Which file is behind a descriptor? Told once by device and inode. */
#ifndef PROBE_BPF_FILE_H
#define PROBE_BPF_FILE_H

#include "probe/bpf/descriptor.h"
#include "probe/bpf/state.h"

static __always_inline void send_file(struct file *file, const struct file_key *key)
{
	struct wire_file *wire;
	__u8 one = 1;

	wire = ring_reserve(sizeof(*wire), WIRE_FILE, WIRE_LOST_FILE, bpf_ktime_get_ns(), 0);
	if (!wire)
		return;
	wire->inode = key->inode;
	wire->dev = key->dev;
	wire->spare = 0;
	__builtin_memset(wire->fs_type, 0, sizeof(wire->fs_type));
	__builtin_memset(wire->name, 0, sizeof(wire->name));
	bpf_probe_read_kernel_str(wire->fs_type, sizeof(wire->fs_type),
				  BPF_CORE_READ(file, f_inode, i_sb, s_type, name));
	bpf_probe_read_kernel_str(wire->name, sizeof(wire->name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	ring_submit(wire);
	bpf_map_update_elem(&files_seen, key, &one, BPF_ANY);
}

/* Set the outputs when fd is open in task; the file is told before. */
static __always_inline void file_tell(struct task_struct *task, __u64 fd, __u64 *ret_inode,
				      __u32 *ret_dev, __s32 *ret_fd)
{
	struct file *file = file_behind(task, fd);
	struct file_key key = {};

	if (!file)
		return;
	key.inode = BPF_CORE_READ(file, f_inode, i_ino);
	key.dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	if (!bpf_map_lookup_elem(&files_seen, &key))
		send_file(file, &key);
	*ret_inode = key.inode;
	*ret_dev = key.dev;
	*ret_fd = fd;
}

#endif
