/* Which daemon has to answer a thread that waits for a FUSE file system? */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/mounts.h"
#include "host/rooted.h"
#include "probe/relations.h"

#define MINOR_BITS  20
#define CONNECTIONS "/sys/fs/fuse/connections"

struct finder {
	const struct relations *relations;
	struct mounts mounts;
	uint32_t waited_for; /* the one connection for which somebody waits; 0: none, or several */
	uint32_t found;
};

/* --- which connection --- */

static int see_connection(void *self, const char *name)
{
	struct finder *finder = self;
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (rooted_read(finder->relations->root, &text, &bytes, CONNECTIONS "/%s/waiting", name) <
		    0 ||
	    !text || strtoul(text, NULL, 10) == 0)
		return 0;
	finder->found++;
	finder->waited_for = (uint32_t)strtoul(name, NULL, 10);
	return 0;
}

static bool is_fuse(const struct mount_entry *mount)
{
	return strncmp(mount->type, "fuse", 4) == 0 && strcmp(mount->type, "fusectl") != 0;
}

/* Without fusectl: what the daemons' devices say. A daemon may have several. */
static void see_daemons(struct finder *finder)
{
	for (size_t i = 0; i < finder->relations->files.count; i++) {
		const struct look_file *file = &finder->relations->files.items[i];

		if (!S_ISCHR(file->mode) || !file->connection || !file->waiting)
			continue;
		if (finder->waited_for != file->connection)
			finder->found++;
		finder->waited_for = file->connection;
	}
}

/* When there is but one file system, it is that. */
static void find_only_mount(struct finder *finder)
{
	for (size_t i = 0; i < finder->mounts.entries.count; i++) {
		const struct mount_entry *mount = &finder->mounts.entries.items[i];

		if (!is_fuse(mount) || mount->dev >> MINOR_BITS)
			continue;
		if (finder->waited_for != mount->dev)
			finder->found++;
		finder->waited_for = mount->dev;
	}
}

static void find_connection(struct finder *finder)
{
	if (rooted_list(finder->relations->root, CONNECTIONS, see_connection, finder) < 0 ||
	    finder->found == 0)
		see_daemons(finder);
	if (finder->found == 0)
		find_only_mount(finder);
	if (finder->found != 1)
		finder->waited_for = 0;
}

/* A connection's number is the minor one of what its files have as device. */
static uint32_t connection_of(const struct finder *finder, const struct looked *looked)
{
	const struct mount_entry *mount;
	uint32_t dev = looked->thread.file_dev;

	mount = dev ? mounts_find(&finder->mounts, dev) : NULL;
	return mount && is_fuse(mount) ? dev : finder->waited_for;
}

/* --- which daemon --- */

/* A daemon may have opened the device several times, and so may have its children. */
static int tell_daemons(struct finder *finder, const struct looked *looked, uint32_t connection)
{
	const struct mount_entry *mount = mounts_find(&finder->mounts, connection);
	struct event_relation relation = {
		.tid = looked->thread.tid,
		.kind = RELATION_FUSE,
		.flags = RELATION_PROCESS,
		.dev = connection,
	};
	uint32_t told = 0;
	int r = 0;

	for (size_t i = 0; i < finder->relations->files.count && r == 0; i++) {
		const struct look_file *file = &finder->relations->files.items[i];

		/* 0: the kernel does not show which. */
		if (!S_ISCHR(file->mode) || file->tgid == relation.peer ||
		    (file->connection && file->connection != connection))
			continue;
		relation.peer = file->tgid;
		if (told++ < RELATION_PEERS_MAX)
			r = relation_tell(finder->relations, &relation, mount ? mount->point : "");
	}
	if (r < 0 || told || finder->relations->is_blind)
		return r;
	relation.flags = RELATION_NOBODY;
	return relation_tell(finder->relations, &relation, mount ? mount->point : "");
}

static int tell_waiters(struct finder *finder)
{
	const struct looked_threads *threads = finder->relations->threads;
	int r = 0;

	for (size_t i = 0; i < threads->list.count && r == 0; i++) {
		const struct looked *looked = &threads->list.items[i];
		uint32_t connection = 0;

		if (looked->is_in_fuse)
			connection = connection_of(finder, looked);
		if (connection)
			r = tell_daemons(finder, looked, connection);
	}
	return r;
}

int relations_tell_fuse(struct relations *relations)
{
	struct finder finder = { .relations = relations };
	char path[ROOTED_PATH_BYTES];
	bool is_needed = false;
	int r;

	for (size_t i = 0; i < relations->threads->list.count && !is_needed; i++)
		is_needed = relations->threads->list.items[i].is_in_fuse;
	if (!is_needed)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/proc/self/mountinfo", relations->root);
	if (mounts_read(path, &finder.mounts, NULL) < 0)
		finder.mounts = (struct mounts){};
	find_connection(&finder);
	r = tell_waiters(&finder);
	mounts_free(&finder.mounts);
	return r;
}
