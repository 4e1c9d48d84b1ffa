/* Which file is an operation about that names it by a path? Told by that path, as it was given. */
#ifndef PROBE_BPF_IO_PATH_H
#define PROBE_BPF_IO_PATH_H

#include "probe/bpf/io.h"
#include "probe/bpf/stack.h"

enum {
	PATH_WORDS = WIRE_PATH / 8,
};

/* A file told by its path alone. */
union io_path {
	struct wire_file file;
	__u64 words[sizeof(struct wire_file) / 8];
};

MAP(io_paths, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, union io_path, 1);

/* Such a file has no device, and a number made of its path for an inode. */
static __always_inline __u64 hash_path(const union io_path *path)
{
	__u64 hash = 1;

	for (__u32 i = 0; i < PATH_WORDS; i++)
		hash = mix_address(hash,
				   path->words[__builtin_offsetof(struct wire_file, path) / 8 + i]);
	return hash | 1;
}

/* The path at this address of the program's is the operation's file. False: it is empty, or not to
 * be read. */
static __always_inline bool io_name_path(struct io *io, __u64 address)
{
	__u32 zero = 0;
	union io_path *path = bpf_map_lookup_elem(&io_paths, &zero);
	struct file_key key = {};
	__u8 one = 1;
	long bytes;

	if (!path)
		return false;
	__builtin_memset(path, 0, sizeof(*path));
	bytes = bpf_probe_read_user_str(path->file.path, WIRE_PATH, (void *)address);
	if (bytes <= 1)
		return false;
	key.inode = hash_path(path);
	io->is_known = 1;
	io->open_flags = 0;
	if (key.inode == io->inode && !io->dev)
		return true;
	io->inode = key.inode;
	io->dev = 0;
	if (bpf_map_lookup_elem(&files_seen, &key))
		return true;
	fill_head(&path->file.head, WIRE_FILE, bpf_ktime_get_ns(), 0);
	path->file.inode = key.inode;
	path->file.bytes = bytes;
	path->file.is_whole = 1;
	if (ring_send(path, sizeof(path->file), WIRE_LOST_FILE))
		bpf_map_update_elem(&files_seen, &key, &one, BPF_ANY);
	return true;
}

#endif
