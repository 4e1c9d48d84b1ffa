/* Where is it tried? What the folder lies on decides which caches can answer in a device's place.
 */
#include "cmd/bench_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"
#include "host/mounts.h"
#include "host/rooted.h"

/* Whose reads are submitted by the thread that asks for them: the kernel counts them as its own. */
static const char *const COUNTED[] = { "ext2", "ext3", "ext4",  "xfs",   "btrfs",
				       "f2fs", "vfat", "exfat", "nilfs2" };

static const char *const IN_MEMORY[] = { "tmpfs", "ramfs" };

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

/* A loop device that does not go around the page cache has what was written in memory. */
static bool is_cached_loop(const char *source)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (strncmp(source, "/dev/loop", 9) != 0 || strchr(source + 9, '/'))
		return false;
	return rooted_read("", &text, &bytes, "/sys/block/%s/loop/dio", source + 5) == 0 &&
	       text[0] == '0';
}

static int tell_mount(const char *path, struct bench_target *target, struct bench_place *place,
		      struct diag *why)
{
	owns(mounts_free) struct mounts mounts = {};
	const struct mount_entry *mount;
	int r = mounts_read("/proc/self/mountinfo", &mounts, why);

	if (r < 0)
		return r;
	mount = mounts_find_path(&mounts, path);
	target->type = strdup(mount ? mount->type : "");
	target->source = strdup(mount ? mount->source : "");
	if (!target->type || !target->source)
		return diag_set(why, -ENOMEM, "out of memory");
	place->has_arc = strcmp(target->type, "zfs") == 0;
	place->counts_reads = is_one_of(target->type, COUNTED, array_count(COUNTED));
	place->is_memory = is_one_of(target->type, IN_MEMORY, array_count(IN_MEMORY));
	place->has_cached_loop = is_cached_loop(target->source);
	return 0;
}

int bench_place_open(struct bench_target *target, struct bench_place *ret, struct diag *why)
{
	struct stat status;
	struct statvfs room;
	struct diag inner = {};
	int r = stage_build(target->folder, "slowpath-bench", &ret->stage, &inner);

	if (r < 0)
		return diag_set(why, r, "target %s: %s", target->name, inner.text);
	if (stat(ret->stage.folder, &status) < 0 || statvfs(ret->stage.folder, &room) < 0)
		return diag_set(why, -errno, "target %s: cannot look at %s: %s", target->name,
				ret->stage.folder, strerror(errno));
	ret->dev = status.st_dev;
	ret->free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
	return tell_mount(ret->stage.folder, target, ret, why);
}

/* --- calm --- */

static int drop_file(int folder_fd, const char *name)
{
	owns(own_close) int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
	*folder = NULL;
}

static int drop_cache(const char *path)
{
	owns(close_folder) DIR *folder = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!folder)
		return -errno;
	/* What was written must be on the device first: only clean pages can be dropped. */
	if (syncfs(dirfd(folder)) < 0)
		return -errno;
	while (r == 0 && (entry = readdir(folder))) {
		if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
			r = drop_file(dirfd(folder), entry->d_name);
	}
	return r;
}

int bench_place_calm(struct bench_place *place, struct diag *why)
{
	int r = drop_cache(place->stage.folder);

	return r < 0 ? diag_set(why, r, "cannot write back and drop what is cached of %s: %s",
				place->stage.folder, strerror(-r))
		     : 0;
}

void bench_place_close(struct bench_place *place)
{
	stage_strike(&place->stage);
}
