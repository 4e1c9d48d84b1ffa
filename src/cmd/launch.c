/* How is the command started and ended? A child that waits on a pipe for the watch to be ready,
 * then execs. */
#include "cmd/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum exit_statuses {
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL_BASE = 128,
};

/* The child: everything here must be safe after fork. */
static void __attribute__((noreturn))
run_child(char *const *argv, const struct signals *signals, int output_fd, const int fds[2])
{
	const int go_fd = fds[0], fail_fd = fds[1];
	char byte;
	int error;

	if (read(go_fd, &byte, 1) != 1)
		_exit(STATUS_CANNOT_RUN); /* the watch came to nothing */
	/* Not before: a Ctrl-C meanwhile is the command's, and ends it as it would without us. */
	signals_restore(signals);
	if (output_fd >= 0 &&
	    (dup2(output_fd, STDOUT_FILENO) < 0 || dup2(output_fd, STDERR_FILENO) < 0))
		_exit(STATUS_CANNOT_RUN);
	execvp(argv[0], argv);
	error = errno;
	if (write(fail_fd, &error, sizeof(error)) < 0)
		_exit(STATUS_CANNOT_RUN);
	_exit(launch_failure_status(error));
}

int launch_prepare(char *const *argv, const struct signals *signals, struct launch *launch,
		   struct diag *why)
{
	return launch_prepare_into(argv, signals, -1, launch, why);
}

int launch_prepare_into(char *const *argv, const struct signals *signals, int output_fd,
			struct launch *launch, struct diag *why)
{
	int go[2], fail[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return diag_set(why, -errno, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(fail, O_CLOEXEC) < 0) {
		int r = -errno;

		close(go[0]);
		close(go[1]);
		return diag_set(why, r, "cannot make a pipe: %s", strerror(-r));
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		close(fail[0]);
		run_child(argv, signals, output_fd, (const int[]){ go[0], fail[1] });
	}
	close(go[0]);
	close(fail[1]);
	*launch = (struct launch){ .pid = pid, .go_fd = go[1], .fail_fd = fail[0] };
	if (pid < 0) {
		int r = -errno;

		launch->pid = 0;
		launch_end(launch);
		return diag_set(why, r, "cannot start '%s': %s", argv[0], strerror(-r));
	}
	return 0;
}

/* A child that was killed reads no more: an error like others, and not the end of slowpath. */
static bool tell_to_go(int fd)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	ssize_t n;

	(void)sigaction(SIGPIPE, &ignore, &before);
	n = write(fd, "", 1);
	(void)sigaction(SIGPIPE, &before, NULL);
	return n == 1;
}

int launch_go(struct launch *launch, const char *name, struct diag *why)
{
	bool goes = tell_to_go(launch->go_fd);
	ssize_t n;
	int error;

	own_close(&launch->go_fd);
	if (!goes)
		return diag_set(why, -EPIPE, "'%s' was ended before it began", name);
	do {
		n = read(launch->fail_fd, &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	own_close(&launch->fail_fd);
	if (n != sizeof(error))
		return 0; /* the exec closed the pipe */
	launch_wait(launch);
	return diag_set(why, -error, "cannot run '%s': %s", name, strerror(error));
}

bool launch_has_ended(struct launch *launch)
{
	if (!launch->has_ended && launch->pid > 0 &&
	    wait4(launch->pid, &launch->status, WNOHANG, &launch->usage) == launch->pid)
		launch->has_ended = true;
	return launch->has_ended;
}

void launch_wait(struct launch *launch)
{
	while (!launch->has_ended && launch->pid > 0) {
		if (wait4(launch->pid, &launch->status, 0, &launch->usage) == launch->pid)
			launch->has_ended = true;
		else if (errno != EINTR)
			return;
	}
}

int launch_exit_status(const struct launch *launch)
{
	if (WIFSIGNALED(launch->status))
		return STATUS_SIGNAL_BASE + WTERMSIG(launch->status);
	return WEXITSTATUS(launch->status);
}

int launch_failure_status(int error)
{
	return abs(error) == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

void launch_end(struct launch *launch)
{
	bool waits_for_go = launch->go_fd >= 0 && launch->pid > 0;

	own_close(&launch->go_fd);
	own_close(&launch->fail_fd);
	if (waits_for_go)
		launch_wait(launch);
}
