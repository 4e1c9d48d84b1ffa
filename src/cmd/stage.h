/* Where may a program that is tried do what it likes? In a new folder of its own, that is gone
 * afterwards: also when slowpath is killed. */
#ifndef CMD_STAGE_H
#define CMD_STAGE_H

#include "base/diag.h"
#include "base/own.h"
#include "host/guardian.h"

struct stage {
	char folder[4096]; /* "": not made */
	int home_fd;       /* where slowpath stood before it went in; -1: it did not */
	struct guardian guardian;
};

#define STAGE_NONE                                        \
	{                                                 \
		.home_fd = -1, .guardian = GUARDIAN_NONE, \
	}

/*
 * Make a new folder in this one, that nobody else has: its name begins with this word. -ENOTDIR:
 * that is a file or a device, and left alone. -errno. End with stage_strike(), whatever came of it.
 */
must_check int stage_build(const char *folder, const char *word, struct stage *stage,
			   struct diag *why);

/* Go into it: programs that are started there need not be told its name, whatever is in that. */
must_check int stage_enter(struct stage *stage, struct diag *why);

/* Go back. */
void stage_leave(struct stage *stage);

/* Go back, and remove it with all that is in it; what cannot be removed is told on standard error.
 */
void stage_strike(struct stage *stage);

#endif
