/* Who holds which files, without BPF? The descriptors of all processes, as /proc links them. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "host/procfs.h"
#include "host/threads.h"
#include "probe/look_proc.h"

enum {
	PATH_BYTES = 96,
};

struct files_walk {
	struct hash_map wanted; /* inode → dev + 1 */
	int (*seen)(void *self, const struct look_file *file);
	void *self;
	uint32_t tgid;
	uint64_t hidden;
};

/* Is it one of those that are looked for? */
static bool read_link(const char *text, const struct files_walk *walk, struct look_file *file)
{
	const uint64_t *dev;

	if (strcmp(text, "/dev/fuse") == 0) {
		file->mode = S_IFCHR;
		return true;
	}
	file->inode = thread_link_inode(text, &file->mode);
	dev = file->inode ? hash_find(&walk->wanted, file->inode) : NULL;
	file->dev = dev ? (uint32_t)(*dev - 1) : 0;
	return dev != NULL;
}

/* Newer kernels tell it. */
static uint32_t read_connection(uint32_t tgid, uint32_t fd)
{
	owns(own_free) char *text = NULL;
	struct thread_fdinfo info;
	char path[PATH_BYTES];
	size_t bytes = 0;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fdinfo/%" PRIu32, tgid, fd);
	if (host_read_file(path, &text, &bytes, NULL) < 0 || !text)
		return 0;
	thread_fdinfo_parse(text, &info);
	return info.connection;
}

/* The link's own mode says for what the file was opened. */
static int see_descriptor(struct files_walk *walk, uint32_t fd)
{
	struct look_file file = { .tgid = walk->tgid, .fd = (int32_t)fd };
	char path[PATH_BYTES], text[64];
	struct stat status;
	ssize_t bytes;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd/%" PRIu32, walk->tgid, fd);
	bytes = readlink(path, text, sizeof(text) - 1);
	if (bytes < 0)
		return 0;
	text[bytes] = '\0';
	if (!read_link(text, walk, &file) || lstat(path, &status) < 0)
		return 0;
	file.access = (status.st_mode & S_IRUSR ? 1 : 0) | (status.st_mode & S_IWUSR ? 2 : 0);
	if (S_ISCHR(file.mode))
		file.connection = read_connection(walk->tgid, fd);
	return walk->seen(walk->self, &file);
}

static int see_number(void *self, uint32_t fd)
{
	return see_descriptor(self, fd);
}

static int see_holder(void *self, uint32_t tgid)
{
	struct files_walk *walk = self;
	char path[PATH_BYTES];
	int r;

	walk->tgid = tgid;
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", tgid);
	r = host_number_list(path, see_number, walk);
	walk->hidden += r == -EACCES || r == -EPERM;
	return r == -ESRCH || r == -EACCES || r == -EPERM ? 0 : r;
}

int look_proc_files(const struct look_key *keys, size_t count,
		    int (*seen)(void *self, const struct look_file *file), void *self,
		    uint64_t *ret_left)
{
	struct files_walk walk = { .seen = seen, .self = self };
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		uint64_t *place = hash_put(&walk.wanted, keys[i].inode);

		if (place)
			*place = keys[i].dev + 1;
		else
			r = -ENOMEM;
	}
	if (r == 0)
		r = host_process_list(see_holder, &walk);
	hash_free(&walk.wanted);
	*ret_left = walk.hidden;
	return r;
}
