/* Which frozen file system may a thread wait for? Whether it does wait for one, its stack tells. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/guarded.h"
#include "host/mounts.h"
#include "host/rooted.h"
#include "probe/relations.h"

#define MINOR_BITS             20
#define KERNEL_UNINTERRUPTIBLE 2u

struct finder {
	const struct relations *relations;
	struct mounts mounts;
	uint32_t only; /* the one that anybody uses; 0: none, or several */
	bool has_several;
};

bool relations_may_be_frozen(const struct looked *looked)
{
	return looked_is_waiting(looked) && !looked->thread.is_kernel &&
	       looked->thread.state & KERNEL_UNINTERRUPTIBLE &&
	       !(looked->thread.flags & LOOK_IOWAIT);
}

static void see_frozen(struct finder *finder, uint32_t dev)
{
	finder->has_several |= dev && finder->only && dev != finder->only;
	finder->only = dev ?: finder->only;
}

static bool is_frozen(const struct look_file *file)
{
	return !file->inode && !file->mode && file->dev;
}

static void find_only(struct finder *finder)
{
	const struct relations *relations = finder->relations;

	for (size_t i = 0; i < relations->threads->list.count; i++)
		see_frozen(finder, relations->threads->list.items[i].thread.frozen_dev);
	for (size_t i = 0; i < relations->files.count; i++) {
		if (is_frozen(&relations->files.items[i]))
			see_frozen(finder, relations->files.items[i].dev);
	}
	if (finder->has_several)
		finder->only = 0;
}

/* The one on which its process has files open; 0: none, or several. */
static uint32_t find_opened(const struct finder *finder, uint32_t tgid)
{
	const struct look_file *files = finder->relations->files.items;
	uint32_t found = 0;

	for (size_t i = 0; i < finder->relations->files.count; i++) {
		if (!is_frozen(&files[i]) || files[i].tgid != tgid)
			continue;
		if (found && found != files[i].dev)
			return 0;
		found = files[i].dev;
	}
	return found;
}

/* "7f0000000000-7f0000001000 rw-s 00000000 07:00 133   /mnt/x/file": the device of a file that it
 * may write to through its mapping; 0: it is another mapping. */
static uint32_t shared_device(const char *line)
{
	unsigned int major = 0, minor = 0;
	char access[8] = "";

	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (sscanf(line, "%*s %7s %*s %x:%x", access, &major, &minor) != 3 || access[1] != 'w' ||
	    access[3] != 's')
		return 0;
	return (uint32_t)major << MINOR_BITS | (uint32_t)minor;
}

/* A file system that is not mounted is one of the kernel's own, as that of shared memory is.
 */
static bool is_mounted(const struct finder *finder, uint32_t dev)
{
	return dev && mounts_find(&finder->mounts, dev);
}

/* Outside a system call it wrote to memory: to a file that is mapped. 0: of none, or of several
 * file systems. */
static uint32_t find_mapped(const struct finder *finder, uint32_t tgid)
{
	owns(own_free) char *text = NULL;
	char *rest = NULL;
	uint32_t found = 0;
	size_t bytes = 0;

	if (!finder->relations->guard ||
	    guarded_maps(finder->relations->guard, tgid, &text, &bytes) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		uint32_t dev = shared_device(line);

		if (!is_mounted(finder, dev) || dev == found)
			continue;
		if (found)
			return 0;
		found = dev;
	}
	return found;
}

static uint32_t find_system(const struct finder *finder, const struct looked *looked)
{
	uint32_t dev = looked->thread.frozen_dev;

	if (!dev)
		dev = find_opened(finder, looked->thread.tgid);
	if (!dev && looked->thread.syscall == LOOK_SYSCALL_NONE)
		dev = find_mapped(finder, looked->thread.tgid);
	return dev ?: finder->only;
}

/* "/mnt/x (loop3, xfs)" */
static void name_system(const struct finder *finder, uint32_t dev, char *name, size_t bytes)
{
	const struct mount_entry *mount = mounts_find(&finder->mounts, dev);
	const char *source = mount ? strrchr(mount->source, '/') : NULL;

	name[0] = '\0';
	if (mount)
		(void)snprintf(name, bytes, "%s (%s, %s)", mount->point,
			       source ? source + 1 : mount->source, mount->type);
}

static int tell_one(const struct finder *finder, const struct looked *looked)
{
	struct event_relation relation = {
		.tid = looked->thread.tid,
		.kind = RELATION_FROZEN,
		.dev = find_system(finder, looked),
	};
	char name[1024];

	if (!relation.dev)
		return 0;
	name_system(finder, relation.dev, name, sizeof(name));
	return relation_tell(finder->relations, &relation, name);
}

int relations_tell_frozen(struct relations *relations)
{
	const struct looked_threads *threads = relations->threads;
	struct finder finder = { .relations = relations };
	char path[ROOTED_PATH_BYTES];
	bool is_needed = false;
	int r = 0;

	for (size_t i = 0; i < threads->list.count && !is_needed; i++)
		is_needed = relations_may_be_frozen(&threads->list.items[i]);
	if (!is_needed)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/proc/self/mountinfo", relations->root);
	if (mounts_read(path, &finder.mounts, NULL) < 0)
		finder.mounts = (struct mounts){};
	find_only(&finder);
	for (size_t i = 0; i < threads->list.count && r == 0; i++) {
		if (relations_may_be_frozen(&threads->list.items[i]))
			r = tell_one(&finder, &threads->list.items[i]);
	}
	mounts_free(&finder.mounts);
	return r;
}
