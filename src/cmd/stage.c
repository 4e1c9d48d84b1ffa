/* Where may a program that is tried do what it likes? Made new, entered, left, and removed. */
#include "cmd/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum {
	/* A program that outlives us may still make files: for as long it is tried again. */
	TRIES = 600,
	PAUSE_NS = 100000000,
};

static int remove_entry(const FTSENT *entry)
{
	/* A folder comes twice: before what is in it, and after. */
	if (entry->fts_info == FTS_D || remove(entry->fts_accpath) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

static void close_walk(FTS **walk)
{
	if (*walk)
		(void)fts_close(*walk);
	*walk = NULL;
}

/* Not into what is mounted there. Files may be on another device than their folder: on overlayfs
 * they are (Documentation/filesystems/overlayfs.rst, "Inode properties"). */
static int remove_all(const char *folder)
{
	char *const roots[] = { (char *)folder, NULL };
	owns(close_walk) FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int first = 0;

	if (!walk)
		return -errno;
	while ((entry = fts_read(walk))) {
		int r = remove_entry(entry);

		first = first ? first : r;
	}
	return first;
}

static int remove_folder(const void *folder)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	int r = -ENOTEMPTY;

	for (int i = 0; i < TRIES && r == -ENOTEMPTY; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		r = remove_all(folder);
	}
	return r;
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
	struct diag why = {};

	stage_leave(stage);
	if (guardian_end(&stage->guardian) < 0) {
		(void)diag_set(&why, -EIO, "not all of %s could be removed: do that by hand",
			       stage->folder);
		cmd_complain(&why);
	}
	stage->folder[0] = '\0';
}
