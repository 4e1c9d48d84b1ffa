/* What does another program print? Run with a limit in time: one that hangs is left behind. */
#ifndef HOST_CHILDREN_H
#define HOST_CHILDREN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/own.h"

enum {
	CHILDREN_MAX = 16,
	CHILD_WORDS_MAX = 16,
	CHILD_LINE_BYTES = 256,
	CHILD_OUTPUT_MAX = 16 << 20,
};

/* Zero is one that was not run. */
struct child {
	char line[CHILD_LINE_BYTES]; /* the command: words between blanks, without quotes */
	char *text;                  /* what it printed, with a NUL behind it; owned */
	size_t bytes;
	int result; /* 0; -ENOENT: there is no such program; -ETIMEDOUT: it hung, and was left;
		       -EFBIG: it printed too much; -EIO: it failed */

	size_t capacity;
	pid_t pid;
	int fd;
};

/*
 * Run the commands (at most CHILDREN_MAX), all at once, and read what they print until they end, or
 * the time is over. A program that is not in PATH is looked for in /usr/sbin and /sbin. Errors they
 * print are dropped. Each child's result says how it went; free with children_free().
 */
void children_run(struct child *children, size_t count, uint64_t limit_ns);
void children_free(struct child *children, size_t count);

#endif
