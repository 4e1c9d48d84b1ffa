/* Where may a program that is tried do what it likes? Made new, entered, left, and removed. */
#include "cmd/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	DESCRIPTORS_MAX = 16,
	/* A program that outlives us may still make files: for as long it is tried again. */
	TRIES = 600,
	PAUSE_NS = 100000000,
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

static int remove_folder(const void *folder)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int i = 0; i < TRIES; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		if (nftw(folder, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) ==
		    0)
			return 0;
		if (errno != ENOTEMPTY)
			return -errno;
	}
	return -ENOTEMPTY;
}

static int check_folder(const char *folder, struct diag *why)
{
	struct stat status;

	if (stat(folder, &status) < 0)
		return diag_set(why, -errno, "cannot use %s: %s", folder, strerror(errno));
	if (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode))
		return diag_set(
			why, -ENOTDIR,
			"%s is a device, not a folder, and devices are not written to: name a "
			"folder on the file system to be tried",
			folder);
	if (!S_ISDIR(status.st_mode))
		return diag_set(
			why, -ENOTDIR,
			"%s is not a folder: name one on the file system to be tried, fio makes "
			"its own files there",
			folder);
	return 0;
}

int stage_build(const char *folder, const char *word, struct stage *stage, struct diag *why)
{
	char path[sizeof(stage->folder)];
	owns(own_free) char *whole = NULL;
	int r = check_folder(folder, why);

	if (r < 0)
		return r;
	whole = realpath(folder, NULL);
	if (!whole ||
	    snprintf(path, sizeof(path), "%s/%s-XXXXXX", whole, word) >= (int)sizeof(path))
		return diag_set(why, -ENAMETOOLONG, "the name of %s is too long", folder);
	if (!mkdtemp(path))
		return diag_set(why, -errno, "cannot make a folder in %s: %s", folder,
				strerror(errno));
	r = guardian_begin(remove_folder, path, &stage->guardian, why);
	if (r < 0) {
		(void)rmdir(path);
		return r;
	}
	memcpy(stage->folder, path, sizeof(path));
	return 0;
}

int stage_enter(struct stage *stage, struct diag *why)
{
	if (stage->home_fd < 0)
		stage->home_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stage->home_fd < 0)
		return diag_set(why, -errno, "cannot remember where slowpath was started: %s",
				strerror(errno));
	if (chdir(stage->folder) < 0)
		return diag_set(why, -errno, "cannot enter %s: %s", stage->folder, strerror(errno));
	return 0;
}

void stage_leave(struct stage *stage)
{
	/* Nothing else depends on where it stands. */
	int r = stage->home_fd >= 0 ? fchdir(stage->home_fd) : 0;

	(void)r;
	own_close(&stage->home_fd);
}

void stage_strike(struct stage *stage)
{
	stage_leave(stage);
	(void)guardian_end(&stage->guardian);
	stage->folder[0] = '\0';
}
