/* Who waits for whose lock on a file? As /proc/locks tells it. */
#ifndef HOST_FILE_LOCKS_H
#define HOST_FILE_LOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

enum {
	FILE_LOCK_NO_HOLDER = -1, /* the lock is an open file's (OFD), and not a process's */
};

struct file_lock_wait {
	uint32_t waiter; /* tgid */
	int64_t holder;  /* tgid, or FILE_LOCK_NO_HOLDER */
	uint32_t dev;    /* major << 20 | minor */
	uint64_t inode;
	char kind[8]; /* "POSIX", "FLOCK", "OFDLCK", … */
};

/* Zero is a valid empty list. */
struct file_locks {
	ARRAY(struct file_lock_wait) waits;
};

/* Read the text of /proc/locks. Odd lines are skipped; -ENOMEM. End with file_locks_free(). */
must_check int file_locks_parse(const char *text, struct file_locks *ret);
must_check int file_locks_read(struct file_locks *ret);
void file_locks_free(struct file_locks *locks);

#endif
