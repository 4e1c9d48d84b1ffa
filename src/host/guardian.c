/* What is put right when we end, whatever ends us? The kernel closes a pipe for us in any case, and
 * at its other end sits the one who does it. */
#include "host/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only what it needs stays open: files of ours would live as long as it. */
static void close_others(int fd)
{
	if (fd > 3)
		(void)syscall(SYS_close_range, 3, fd - 1, 0);
	(void)syscall(SYS_close_range, fd + 1, ~0U, 0);
}

static _Noreturn void guard(guardian_undo undo, const void *what, int fd)
{
	sigset_t all;
	char byte;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)setsid();
	close_others(fd);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(undo(what) < 0);
}

int guardian_begin(guardian_undo undo, const void *what, struct guardian *ret, struct diag *why)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return diag_set(why, -errno, "cannot make a pipe: %s", strerror(errno));
	ret->pid = fork();
	if (ret->pid == 0) {
		(void)close(ends[1]);
		guard(undo, what, ends[0]);
	}
	(void)close(ends[0]);
	ret->life_fd = ends[1];
	if (ret->pid > 0)
		return 0;
	ret->pid = 0;
	own_close(&ret->life_fd);
	return diag_set(why, -errno, "cannot begin a process: %s", strerror(errno));
}

int guardian_end(struct guardian *guardian)
{
	int status = 0;

	own_close(&guardian->life_fd);
	if (!guardian->pid)
		return 0;
	while (waitpid(guardian->pid, &status, 0) < 0 && errno == EINTR)
		;
	guardian->pid = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}
