/* Which signals does a watch take to itself? */
#include "cmd/signals.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

static bool are_taken(const struct signals *signals)
{
	return signals->fd >= 0;
}

static sigset_t standard_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	return set;
}

int signals_take(struct signals *signals, struct diag *why)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	const sigset_t set = standard_set();
	int fd;

	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return diag_set(why, -errno, "cannot watch for signals: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &set, &signals->mask);
	/* Whoever starts us with SIGCHLD ignored would have the kernel take the exit status away.
	 */
	(void)sigaction(SIGCHLD, &standard, &signals->child);
	/* Else it would end the recorder before its last chunk. */
	(void)sigaction(SIGXFSZ, &ignore, &signals->file_size);
	signals->fd = fd;
	return 0;
}

int signals_take_hangup(struct signals *signals, struct diag *why)
{
	sigset_t set = standard_set();

	sigaddset(&set, SIGHUP);
	if (signalfd(signals->fd, &set, 0) < 0)
		return diag_set(why, -errno, "cannot watch for signals: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &set, NULL);
	return 0;
}

void signals_restore(const struct signals *signals)
{
	if (!are_taken(signals))
		return;
	(void)sigaction(SIGCHLD, &signals->child, NULL);
	(void)sigaction(SIGXFSZ, &signals->file_size, NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void signals_give_back(struct signals *signals)
{
	signals_restore(signals);
	own_close(&signals->fd);
}
