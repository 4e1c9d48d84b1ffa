/* Who waits for whose lock on a file? Below each lock stand those who wait for it. */
#include "host/file_locks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/procfs.h"

/* A line, and the lock that it belongs to. */
struct line {
	uint64_t number;
	bool is_waiter;
	struct file_lock_wait lock; /* holder: whose line it is */
};

/* "1: -> POSIX  ADVISORY  WRITE 5678 fe:00:332835 0 EOF" */
static bool read_line(const char *text, struct line *ret)
{
	unsigned int major = 0, minor = 0;
	struct line line = {};
	int used = 0;

	/* NOLINTBEGIN(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (sscanf(text, "%" SCNu64 ": %n", &line.number, &used) < 1 || used == 0)
		return false;
	text += used;
	line.is_waiter = strncmp(text, "->", 2) == 0;
	if (line.is_waiter)
		text += 2;
	if (sscanf(text, " %7s %*s %*s %" SCNd64 " %x:%x:%" SCNu64, line.lock.kind,
		   &line.lock.holder, &major, &minor, &line.lock.inode) != 5)
		return false;
	/* NOLINTEND(cert-err34-c) */
	line.lock.dev = (uint32_t)major << 20 | (uint32_t)minor;
	*ret = line;
	return true;
}

static int add_waits(const char *text, struct file_locks *locks)
{
	struct line held = {}, line;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		struct file_lock_wait *wait;

		if (!read_line(text, &line))
			continue;
		if (!line.is_waiter) {
			held = line;
			continue;
		}
		/* A process of another pid namespace has no number here, and cannot be told. */
		if (line.number != held.number || line.lock.holder <= 0 || held.lock.holder == 0)
			continue;
		wait = array_push(&locks->waits);
		if (!wait)
			return -ENOMEM;
		*wait = held.lock;
		wait->waiter = (uint32_t)line.lock.holder;
	}
	return 0;
}

int file_locks_parse(const char *text, struct file_locks *ret)
{
	struct file_locks locks = {};
	int r = add_waits(text, &locks);

	if (r < 0)
		file_locks_free(&locks);
	else
		*ret = locks;
	return r;
}

int file_locks_read(struct file_locks *ret)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r = host_read_file("/proc/locks", &text, &bytes, NULL);

	return r < 0 ? r : file_locks_parse(text, ret);
}

void file_locks_free(struct file_locks *locks)
{
	array_free(&locks->waits);
}
