/* How is a file read below a given root? So that a container, or a made-up machine, is looked at
 * like our own. */
#ifndef HOST_ROOTED_H
#define HOST_ROOTED_H

#include <stddef.h>
#include <sys/types.h>

#include "base/own.h"

enum {
	ROOTED_PATH_BYTES = 4096,
};

/*
 * Read the whole file at root ("" is our own) and the path of the format. On success *ret is the
 * caller's, to free(), with a NUL behind its *ret_bytes. Only regular files are read (those of
 * /proc and /sys are); -EFBIG: one larger than 64 MiB.
 */
must_check int rooted_read(const char *root, char **ret, size_t *ret_bytes, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Open a regular file for reading: the descriptor, the caller's to close, or -errno. Opening a
 * device or a pipe can do harm or hang: the path is looked at first, and then what was looked at is
 * opened. -EINVAL: it is no regular file.
 */
must_check int rooted_open(const char *root, const char *path);

/* The same for a file that anybody could have put there, below our own root: only when it belongs
 * to owner or to root, and is no link. -EPERM: it is somebody else's. */
must_check int rooted_open_owned(const char *path, uid_t owner);

/* Call seen() for each entry of a folder, but "." and ".."; what it returns other than 0 ends the
 * list and is returned. -errno: the folder cannot be read. */
must_check int rooted_list(const char *root, const char *folder,
			   int (*seen)(void *self, const char *name), void *self);

#endif
