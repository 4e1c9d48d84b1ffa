/* Which file is behind a descriptor? Told once by device and inode. */
#ifndef PROBE_BPF_FILE_H
#define PROBE_BPF_FILE_H

#include "probe/bpf/descriptor.h"
#include "probe/bpf/state.h"

/* The file's name, and where paths are told those of the directories above it, as far as there is
 * room. */
static __always_inline void fill_path(struct wire_file *wire, struct dentry *dentry)
{
	__u32 bytes = 0;

	for (int i = 0; i < (watches_files ? WIRE_DEPTH : 1); i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		long read;

		wire->is_whole = i && parent == dentry;
		if (wire->is_whole || bytes > WIRE_PATH - WIRE_NAME)
			break;
		read = bpf_probe_read_kernel_str(wire->path + bytes, WIRE_NAME,
						 BPF_CORE_READ(dentry, d_name.name));
		if (read <= 0 || read > WIRE_NAME)
			break;
		bytes += read;
		if (parent == dentry)
			break;
		dentry = parent;
	}
	wire->bytes = bytes;
}

static __always_inline void send_file(struct inode *inode, struct dentry *dentry,
				      const struct file_key *key)
{
	struct wire_file *wire;
	__u8 one = 1;

	wire = ring_reserve(sizeof(*wire), WIRE_FILE, WIRE_LOST_FILE, bpf_ktime_get_ns(), 0);
	if (!wire)
		return;
	wire->inode = key->inode;
	wire->dev = key->dev;
	wire->bytes = wire->is_whole = 0;
	__builtin_memset(wire->fs_type, 0, sizeof(wire->fs_type));
	__builtin_memset(wire->path, 0, sizeof(wire->path));
	bpf_probe_read_kernel_str(wire->fs_type, sizeof(wire->fs_type),
				  BPF_CORE_READ(inode, i_sb, s_type, name));
	fill_path(wire, dentry);
	ring_submit(wire);
	bpf_map_update_elem(&files_seen, key, &one, BPF_ANY);
}

/* One of the names of a file that is known by its inode alone; NULL: it has none. */
static __always_inline struct dentry *dentry_of(struct inode *inode)
{
	struct hlist_node *node = BPF_CORE_READ(inode, i_dentry.first);

	return node ? (void *)((char *)node - bpf_core_field_offset(struct dentry, d_u.d_alias))
		    : NULL;
}

/* A function of its own: the verifier looks at it once, not wherever it is called. */
__noinline int file_tell_new(__u64 inode, __u64 dentry, __u64 number, __u64 dev)
{
	struct file_key key = { number, dev }; /* the first half of dev is the generation */

	send_file((struct inode *)inode, (struct dentry *)dentry, &key);
	return 0;
}

/* A function of its own takes numbers only: what the kernel knows the type of is none. */
static __always_inline __u64 address_of(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/* The file is told before its first use, and so is another one that got its number. */
static __always_inline void file_tell_once(struct inode *inode, struct dentry *dentry,
					   struct file_key *key)
{
	key->dev |= (__u64)BPF_CORE_READ(inode, i_generation) << 32;
	if (!bpf_map_lookup_elem(&files_seen, key))
		file_tell_new(address_of(inode), address_of(dentry), key->inode, key->dev);
}

/* Set the outputs when fd is open in task; the file is told before. */
static __always_inline void file_tell(struct task_struct *task, __u64 fd, __u64 *ret_inode,
				      __u32 *ret_dev, __s32 *ret_fd)
{
	struct file *file = file_behind(task, fd);
	struct file_key key = {};
	struct inode *inode;

	if (!file)
		return;
	inode = BPF_CORE_READ(file, f_inode);
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	file_tell_once(inode, BPF_CORE_READ(file, f_path.dentry), &key);
	*ret_inode = key.inode;
	*ret_dev = key.dev;
	*ret_fd = fd;
}

#endif
