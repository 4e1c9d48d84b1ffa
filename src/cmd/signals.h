/* Which signals does a watch take to itself? Those that end it are read from a descriptor; the
 * command finds everything as slowpath found it. */
#ifndef CMD_SIGNALS_H
#define CMD_SIGNALS_H

#include <signal.h>

#include "base/diag.h"
#include "base/own.h"

struct signals {
	int fd; /* of signalfd(2), for SIGINT, SIGTERM and SIGCHLD, or with SIGHUP; -1: not taken */
	/* What stood there before. */
	sigset_t mask;
	struct sigaction child;
	struct sigaction file_size;
};

#define SIGNALS_NONE      \
	{                 \
		.fd = -1, \
	}

/*
 * Take them. A write beyond the file size limit is a failed write from now on, and the end of a
 * child is always told. -errno. End with signals_give_back(), whatever came of it.
 */
must_check int signals_take(struct signals *signals, struct diag *why);

/* Take the end of the terminal (SIGHUP) as well: for who has something to clean up. -errno. */
must_check int signals_take_hangup(struct signals *signals, struct diag *why);

/* For a child between fork and exec: all as it was. The signals stay taken for the parent. */
void signals_restore(const struct signals *signals);

void signals_give_back(struct signals *signals);

#endif
