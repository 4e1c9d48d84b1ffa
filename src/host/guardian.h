/* What is put right when we end, whatever ends us? A process of ours waits for that, and does it.
 */
#ifndef HOST_GUARDIAN_H
#define HOST_GUARDIAN_H

#include <sys/types.h>

#include "base/diag.h"
#include "base/own.h"

struct guardian {
	pid_t pid;   /* 0: none */
	int life_fd; /* when it is closed, the guardian begins; -1 */
};

#define GUARDIAN_NONE          \
	{                      \
		.life_fd = -1, \
	}

/* Puts right what this tells of: 0 or -errno. Descriptors from 3 on are closed by then. */
typedef int (*guardian_undo)(const void *what);

/*
 * Begin one: a fork in a session of its own with all signals blocked, so that it outlives a SIGKILL
 * of ours and what a terminal sends. `what` is as it is now. -errno: there is none. End with
 * guardian_end().
 */
must_check int guardian_begin(guardian_undo undo, const void *what, struct guardian *ret,
			      struct diag *why);

/* Have it put right now, and wait until that is done. 0, also where there is none; -EIO: it failed.
 */
int guardian_end(struct guardian *guardian);

#endif
