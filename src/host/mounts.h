/* What is mounted where? As /proc/self/mountinfo tells it. */
#ifndef HOST_MOUNTS_H
#define HOST_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/* Any bytes may stand in the texts: never print them unescaped. */
struct mount_entry {
	uint32_t id;  /* as /proc/PID/fdinfo has it */
	uint32_t dev; /* major << 20 | minor; major 0: no block device, as with btrfs, tmpfs, nfs */
	const char *
		root; /* what of the file system is mounted here: "/" unless bound or a subvolume */
	const char *point;   /* where */
	const char *type;    /* "ext4" */
	const char *source;  /* "/dev/vda", or whatever the mounter named */
	const char *options; /* of the file system, as it tells them: "rw,cpu,cpuacct" */
};

/* Zero is a valid empty list. */
struct mounts {
	ARRAY(struct mount_entry) entries; /* in the order of mounting */
	char *text;                        /* what the entries point into */
};

/*
 * Read the mounts in a mountinfo file. On success *ret is the caller's, to end with mounts_free().
 * Odd lines are skipped.
 */
must_check int mounts_read(const char *path, struct mounts *ret, struct diag *why);

/*
 * Where the device is mounted, best whole (root "/") and first; NULL when it is not. Valid until
 * mounts_free().
 */
const struct mount_entry *mounts_find(const struct mounts *mounts, uint32_t dev);

/* The block device that files with this device's number lie on: the same, but with btrfs and the
 * like, whose mounts name one. 0: there is none, or it is not known. */
uint32_t mounts_block_device(const struct mounts *mounts, uint32_t dev);

/* On which mount an absolute path lies; NULL when on none. */
const struct mount_entry *mounts_find_path(const struct mounts *mounts, const char *path);

/*
 * Tell where each file system is mounted as a fact: "mount.MAJOR:MINOR" = "/mnt/data". Those that
 * the mountinfo file does not have are not told. 0, or -errno of the sink.
 */
must_check int mounts_tell(const char *path, const struct event_sink *sink, uint64_t time_ns,
			   struct diag *why);

void mounts_free(struct mounts *mounts);

#endif
