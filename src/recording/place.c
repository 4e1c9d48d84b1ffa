/* Where may a recording be written? Decided before a byte of what is there is touched. */
#include "recording/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "recording/format.h"
#include "recording/recording.h"

struct remedy {
	int code;
	const char *text;
};

static const struct remedy REMEDIES[] = {
	{ -ENOSPC, "free some space, or record to another file system" },
	{ -EDQUOT, "free some of your quota, or record to another file system" },
	{ -EFBIG, "raise the file size limit (ulimit -f), or record for a shorter time" },
	{ -EIO, "the device below it fails: record to another file system" },
	{ -ENOENT, "make its directory first" },
	{ -ENOTDIR, "a part of its path is not a directory" },
	{ -EACCES, "choose a directory that you may write to" },
	{ -EPERM, "choose a name that is not another user's file" },
	{ -EROFS, "choose a file system that is not read-only" },
};

const char *place_remedy(int code)
{
	for (size_t i = 0; i < array_count(REMEDIES); i++) {
		if (REMEDIES[i].code == code)
			return REMEDIES[i].text;
	}
	return "choose another name";
}

static int refuse(struct diag *why, int code, const char *path)
{
	return diag_set(why, code, "cannot create %s: %s: %s", path, strerror(-code),
			place_remedy(code));
}

static const struct place_kind RECORDING = { "a slowpath recording", RECORDING_MAGIC };

static int check_type(const char *path, const struct place_kind *kind, const struct stat *file,
		      struct diag *why)
{
	if (S_ISREG(file->st_mode))
		return 0;
	if (S_ISDIR(file->st_mode))
		return diag_set(why, -EISDIR, "%s is a directory: name a file in it", path);
	return diag_set(why, -EINVAL, "%s is not a regular file: %s can only be kept in one", path,
			kind->words);
}

/* Only what slowpath made, or what holds nothing, may be lost. */
static int check_content(const char *path, const struct place_kind *kind, int fd,
			 const struct stat *file, struct diag *why)
{
	char bytes[PLACE_FIRST_BYTES_MAX];
	size_t wanted;
	ssize_t count;

	if (file->st_size == 0)
		return 0;
	if (!kind->first_bytes)
		return diag_set(why, -EEXIST, "%s exists: remove it, or choose another name", path);

	wanted = strlen(kind->first_bytes);
	count = pread(fd, bytes, sizeof(bytes), 0);
	if (count < 0)
		return refuse(why, -errno, path);
	if ((size_t)count < wanted || memcmp(bytes, kind->first_bytes, wanted) != 0)
		return diag_set(why, -EEXIST, "%s exists and is not %s: choose another name", path,
				kind->words);
	return 0;
}

/* Two recorders in one file destroy each other's chunks. No locks on this file system: so be it. */
static int lock(const char *path, int fd, struct diag *why)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return diag_set(why, -EBUSY,
				"%s is being written by another slowpath: choose another name",
				path);
	return 0;
}

/* Make the open file a new one of ours, or leave it as it is. */
static int claim(const char *path, const struct place_kind *kind, int fd, struct diag *why)
{
	struct stat file;
	int r;

	if (fstat(fd, &file) < 0)
		return refuse(why, -errno, path);
	r = check_type(path, kind, &file, why);
	if (r < 0)
		return r;
	r = lock(path, fd, why);
	if (r < 0)
		return r;
	r = check_content(path, kind, fd, &file, why);
	if (r < 0)
		return r;
	if (fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0)
		return refuse(why, -errno, path);
	return 0;
}

int place_create_kind(const char *path, const struct place_kind *kind, int *ret_fd,
		      struct diag *why)
{
	struct stat file;
	int fd;
	int r;

	/* Before the open, which alone can rewind a tape or wake a modem. */
	if (stat(path, &file) == 0) {
		r = check_type(path, kind, &file, why);
		if (r < 0)
			return r;
	}

	/* O_CREAT even for an old file: fs.protected_regular guards sticky directories by it. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0)
		return refuse(why, -errno, path);
	r = claim(path, kind, fd, why);
	if (r < 0) {
		close(fd);
		return r;
	}

	*ret_fd = fd;
	return 0;
}

int place_create(const char *path, int *ret_fd, struct diag *why)
{
	return place_create_kind(path, &RECORDING, ret_fd, why);
}
