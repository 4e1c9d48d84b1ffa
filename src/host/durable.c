/* How long does a small durable write take here? The same two system calls again and again. */
#include "host/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "host/mounts.h"

static const uint64_t NS_PER_S = 1000000000;

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Where a file without a name cannot be made, one is made and its name taken away. */
static int make_file(const char *folder, struct diag *why)
{
	char path[4096];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd >= 0 ? fd
			       : diag_set(why, -errno, "cannot make a file in %s: %s", folder,
					  strerror(errno));
	if (snprintf(path, sizeof(path), "%s/.slowpath-XXXXXX", folder) >= (int)sizeof(path))
		return diag_set(why, -ENAMETOOLONG, "%s is too long a path", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return diag_set(why, -errno, "cannot make a file in %s: %s", folder,
				strerror(errno));
	if (unlink(path) < 0) {
		(void)diag_set(why, -errno, "cannot remove %s: %s", path, strerror(errno));
		close(fd);
		return why ? why->code : -EIO;
	}
	return fd;
}

static int check_device(int fd, const char *folder, struct diag *why)
{
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return diag_set(why, -errno, "cannot look at %s: %s", folder, strerror(errno));
	if (status.f_type == TMPFS_MAGIC || status.f_type == (__typeof__(status.f_type))RAMFS_MAGIC)
		return diag_set(
			why, -EOPNOTSUPP,
			"%s is in memory (tmpfs): nothing becomes durable there; name a folder on a disk",
			folder);
	return 0;
}

static int write_block(int fd, const void *block, off_t at)
{
	ssize_t n;

	do {
		n = pwrite(fd, block, DURABLE_BLOCK_BYTES, at);
	} while (n < 0 && errno == EINTR);
	if (n == DURABLE_BLOCK_BYTES)
		return 0;
	return n < 0 ? -errno : -ENOSPC;
}

static int fill(int fd, const char *folder, const void *block, struct diag *why)
{
	int r = 0;

	for (off_t at = 0; at < DURABLE_FILE_BYTES && r == 0; at += DURABLE_BLOCK_BYTES)
		r = write_block(fd, block, at);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r < 0 ? diag_set(why, r, "cannot write %d MiB in %s: %s", DURABLE_FILE_BYTES >> 20,
				folder, strerror(-r))
		     : 0;
}

static int measure_one(int fd, const void *block, off_t at, struct durable_time *ret)
{
	uint64_t begin_ns = now_ns(), written_ns;
	int r = write_block(fd, block, at);

	written_ns = now_ns();
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	ret->sync_ns = now_ns() - written_ns;
	ret->write_ns = written_ns - begin_ns;
	return r;
}

struct measuring {
	int fd;
	char *block;
	uint64_t end_ns;
	bool (*is_over)(void *self);
	void *self;
};

static int measure(const struct measuring *how, struct durable *durable)
{
	int r = 0;

	for (off_t at = 0; r == 0 && now_ns() < how->end_ns; at += DURABLE_BLOCK_BYTES) {
		struct durable_time time;
		struct durable_time *kept;

		if (how->is_over && how->is_over(how->self)) {
			durable->was_stopped = true;
			break;
		}
		if (durable->times.count >= DURABLE_TIMES_MAX)
			break;
		/* What is the same everywhere might never reach a device. */
		memcpy(how->block, &durable->times.count, sizeof(durable->times.count));
		r = measure_one(how->fd, how->block, at % DURABLE_FILE_BYTES, &time);
		if (r < 0)
			break;
		kept = array_push(&durable->times);
		if (!kept)
			return -ENOMEM;
		*kept = time;
	}
	return r;
}

static void find_fs(const char *folder, struct durable *durable)
{
	owns(own_free) char *whole = realpath(folder, NULL);
	struct mounts mounts = {};
	const struct mount_entry *mount;

	if (!whole || mounts_read("/proc/self/mountinfo", &mounts, NULL) < 0)
		return;
	mount = mounts_find_path(&mounts, whole);
	if (mount)
		(void)snprintf(durable->fs_type, sizeof(durable->fs_type), "%s", mount->type);
	mounts_free(&mounts);
}

int durable_measure(const char *folder, uint64_t duration_ns, bool (*is_over)(void *self),
		    void *self, struct durable *ret, struct diag *why)
{
	owns(durable_free) struct durable durable = {};
	owns(own_free) char *block = calloc(1, DURABLE_BLOCK_BYTES);
	owns(own_close) int fd = make_file(folder, why);
	struct measuring how = { .fd = fd, .block = block, .is_over = is_over, .self = self };
	int r;

	if (fd < 0)
		return fd;
	if (!block)
		return diag_set(why, -ENOMEM, "out of memory");
	r = check_device(fd, folder, why);
	if (r == 0)
		r = fill(fd, folder, block, why);
	if (r < 0)
		return r;
	how.end_ns = now_ns() + duration_ns;
	r = measure(&how, &durable);
	if (r < 0)
		return diag_set(why, r, "cannot write in %s: %s", folder, strerror(-r));
	find_fs(folder, &durable);
	*ret = durable;
	durable = (struct durable){};
	return 0;
}

void durable_free(struct durable *durable)
{
	array_free(&durable->times);
}
