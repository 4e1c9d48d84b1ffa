/* Where do ZFS's texts lie on this machine, or in a folder of copies? */
#ifndef HOST_ZFS_H
#define HOST_ZFS_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "host/guard.h"

/*
 * Told of each file: its name below the folder's, its path, and its text (with a NUL behind it), or
 * -errno and NULL why it could not be read (-ETIMEDOUT: reading it hung). What it returns other
 * than 0 ends the walk and is returned.
 */
typedef int (*zfs_seen)(void *self, const char *file, const char *path, int result,
			const char *text, size_t bytes);

/* Read one file, by the guard: a pool that hangs may hang its kstats. */
must_check int zfs_read_one(struct guard *guard, const char *path, const char *file, zfs_seen seen,
			    void *self);
/*
 * The same for all files of a folder and those in it, three deep; file is what stands before their
 * names ("kstat/"). -errno: the folder itself cannot be listed.
 */
must_check int zfs_walk(struct guard *guard, const char *folder, const char *file, zfs_seen seen,
			void *self);

/* The parameters of ZFS's modules below root, as `grep -r .` prints them. The text is the caller's.
 * -ENOENT: none of them is loaded. */
must_check int zfs_parameters(const char *root, char **ret, size_t *ret_bytes);
/* Each kernel thread's name, number and CPU time so far in ns, with tabs between them, a line each.
 * The text is the caller's. */
must_check int zfs_thread_times(char **ret, size_t *ret_bytes);

#endif
