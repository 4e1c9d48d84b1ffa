/* What does the kernel itself count of its locks? Read at a moment; counting costs, so that it is
 * only on while somebody wants it. */
#include "host/lock_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/rooted.h"

static const char SWITCH[] = "/proc/sys/kernel/lock_stat";

static int turn(const char *root, char position, struct diag *why)
{
	owns(own_close) int fd = -1;
	char path[ROOTED_PATH_BYTES];
	const char text[] = { position, '\n' };

	if (snprintf(path, sizeof(path), "%s%s", root, SWITCH) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || write(fd, text, sizeof(text)) != (ssize_t)sizeof(text))
		return diag_set(why, errno ? -errno : -EIO, "cannot write to %s: %s", path,
				strerror(errno));
	return 0;
}

int host_lock_stat_begin(const char *root, struct host_lock_stat *stat, struct diag *why)
{
	owns(own_free) char *position = NULL;
	size_t bytes = 0;
	int r = rooted_read(root, &position, &bytes, "%s", SWITCH);

	if (r < 0)
		return diag_set(why, r, "this kernel does not count its locks (CONFIG_LOCK_STAT)");
	*stat = (struct host_lock_stat){ .root = root };
	if (position[0] != '0')
		return 0;
	r = turn(root, '1', why);
	stat->was_off = r == 0;
	return r;
}

void host_lock_stat_end(struct host_lock_stat *stat)
{
	if (stat->was_off)
		(void)turn(stat->root, '0', NULL);
	stat->was_off = false;
}

int host_lock_stat_read(const char *root, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	int r = rooted_read(root, ret_text, ret_bytes, "%s", "/proc/lock_stat");

	return r < 0 ? diag_set(why, r, "cannot read %s/proc/lock_stat: %s", root, strerror(-r))
		     : 0;
}
