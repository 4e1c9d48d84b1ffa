/* How is the command started and ended? In time to be seen from its first instruction, with its own
 * status and signals. */
#ifndef CMD_LAUNCH_H
#define CMD_LAUNCH_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/signals.h"

/* A command that waits before its exec, runs, or has ended. */
struct launch {
	pid_t pid;   /* 0: none */
	int go_fd;   /* writing end: the child execs when it gets a byte */
	int fail_fd; /* reading end: errno of a failed exec; closed by a good one */
	bool has_ended;
	int status;          /* as wait(2) gives it, when it has ended */
	struct rusage usage; /* the same */
};

#define LAUNCH_NONE                        \
	{                                  \
		.go_fd = -1, .fail_fd = -1 \
	}

/* Fork the command; it waits for launch_go(). argv ends with NULL; it gets back the signals that
 * were taken. -errno. */
must_check int launch_prepare(char *const *argv, const struct signals *signals,
			      struct launch *launch, struct diag *why);

/* The same for a command whose standard output and error go elsewhere; -1: nowhere else. */
must_check int launch_prepare_into(char *const *argv, const struct signals *signals, int output_fd,
				   struct launch *launch, struct diag *why);

/* Let it exec. -ENOENT and others: the exec failed, *why says so, and the child is gone. -EPIPE: it
 * was killed before. */
must_check int launch_go(struct launch *launch, const char *name, struct diag *why);

/* Has it ended? Fills status; does not block. */
bool launch_has_ended(struct launch *launch);

/* Wait until it ends. */
void launch_wait(struct launch *launch);

/* The exit status by which a shell would know it: its own, or 128 + the signal that ended it. */
int launch_exit_status(const struct launch *launch);

/* The exit status for a failed launch_go(), as env(1) has it: 126 cannot be run, 127 not found. */
int launch_failure_status(int error);

/* Forget it; a command that still waits for its exec ends. A running one goes on. */
void launch_end(struct launch *launch);

#endif
