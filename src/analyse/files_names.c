/* What is a file called, and where does it lie? Names were told before; where its file system is
 * mounted is a fact of the host. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyse/files_state.h"

enum {
	PATH_ROOM = 1024,
};

static uint64_t file_key(uint32_t dev, uint64_t inode)
{
	return hash_pair(dev, inode);
}

struct filer_file *filer_find_file(const struct filer *filer, uint32_t dev, uint64_t inode)
{
	const uint64_t *place = hash_find(&filer->by_file, file_key(dev, inode));

	return place ? &filer->files.items[*place - 1] : NULL;
}

/* Told again it has a new name, or is another file that got the number. */
int filer_take_file(struct filer *filer, const struct event_file *event)
{
	struct filer_file *file = filer_find_file(filer, event->dev, event->inode);
	uint64_t *place;

	if (!file) {
		if (filer->files.count >= FILER_FILES_MAX)
			return 0;
		place = hash_put(&filer->by_file, file_key(event->dev, event->inode));
		file = place ? array_push(&filer->files) : NULL;
		if (!file)
			return -ENOMEM;
		*place = filer->files.count;
		file->dev = event->dev;
		file->inode = event->inode;
	}
	file->name = names_put(&filer->names, event->name, event->name_bytes);
	file->type = names_put(&filer->names, event->fs_type,
			       strnlen(event->fs_type, sizeof(event->fs_type)));
	return 0;
}

int filer_take_task(struct filer *filer, const struct event_task *event)
{
	uint64_t *place = hash_find(&filer->by_tid, event->tid);
	size_t bytes = strnlen(event->comm, sizeof(event->comm));
	struct filer_thread *thread;

	if (place) {
		thread = &filer->threads.items[*place - 1];
	} else {
		if (filer->threads.count >= FILER_THREADS_MAX)
			return 0;
		place = hash_put(&filer->by_tid, event->tid);
		thread = place ? array_push(&filer->threads) : NULL;
		if (!thread)
			return -ENOMEM;
		*place = filer->threads.count;
	}
	thread->tid = event->tid;
	thread->comm = names_put(&filer->names, event->comm, bytes);
	thread->kind = names_put_kind(&filer->names, event->comm, bytes);
	return 0;
}

const struct filer_thread *filer_find_thread(const struct filer *filer, uint32_t tid)
{
	const uint64_t *place = hash_find(&filer->by_tid, tid);

	return place ? &filer->threads.items[*place - 1] : NULL;
}

static int put_name(struct filer *filer, struct hash_map *map, uint64_t key, const char *text,
		    size_t bytes)
{
	uint64_t *place = hash_put(map, key);

	if (!place)
		return -ENOMEM;
	*place = names_put(&filer->names, text, bytes);
	return 0;
}

int filer_take_device(struct filer *filer, const struct event_device *event)
{
	return put_name(filer, &filer->devices, event->dev, event->name,
			strnlen(event->name, sizeof(event->name)));
}

/* "mount.7:0" = "/mnt/data" */
static int take_mount(struct filer *filer, const char *numbers, const struct event_fact *event)
{
	unsigned int major, minor;

	/* Two numbers and nothing else: what does not fit is none of ours. */
	/* NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(numbers, "%u:%u", &major, &minor) != 2 || minor >= 1U << 20)
		return 0;
	return put_name(filer, &filer->mounts, major << 20 | minor, event->text + event->key_bytes,
			event->value_bytes);
}

int filer_take_fact(struct filer *filer, const struct event_fact *event)
{
	static const char MISSING[] = "missing.", BLOCK[] = "missing.block_rq_complete",
			  MOUNT[] = "mount.";
	char key[64];
	uint32_t *place;

	if (event->key_bytes >= sizeof(key))
		return 0;
	memcpy(key, event->text, event->key_bytes);
	key[event->key_bytes] = '\0';
	if (strncmp(key, MOUNT, strlen(MOUNT)) == 0)
		return take_mount(filer, key + strlen(MOUNT), event);
	if (strncmp(key, MISSING, strlen(MISSING)) != 0)
		return 0;
	filer->has_blind_spot |= strncmp(key, BLOCK, strlen(BLOCK)) == 0;
	place = array_push(&filer->missing);
	if (!place)
		return -ENOMEM;
	*place = names_put(&filer->names, event->text + event->key_bytes, event->value_bytes);
	return 0;
}

uint32_t filer_mount(struct filer *filer, uint32_t dev)
{
	const uint64_t *place = hash_find(&filer->mounts, dev);

	return place ? (uint32_t)*place : 0;
}

uint32_t filer_type(struct filer *filer, uint32_t dev, uint64_t inode)
{
	const struct filer_file *file = filer_find_file(filer, dev, inode);

	return file ? file->type : 0;
}

/* One that has no name is called by its number. A name that begins with a slash is a path already.
 */
static size_t write_path(struct filer *filer, uint32_t dev, uint64_t inode, char path[PATH_ROOM])
{
	const struct filer_file *file = filer_find_file(filer, dev, inode);
	const char *name = file ? names_text(&filer->names, file->name) : "";
	const char *mount = names_text(&filer->names, filer_mount(filer, dev));
	int bytes;

	if (!inode)
		return 0;
	if (!name[0])
		bytes = snprintf(path, PATH_ROOM, "inode %" PRIu64 " of %s", inode,
				 mount[0] ? mount : filer_device(filer, dev));
	else if (name[0] == '/' && name[1])
		bytes = snprintf(path, PATH_ROOM, "%s", name);
	else if (name[0] == '/' && mount[0])
		bytes = snprintf(path, PATH_ROOM, "%s", mount);
	else
		bytes = snprintf(path, PATH_ROOM, "%s%s%s", mount,
				 mount[0] && strcmp(mount, "/") != 0 ? "/" : "", name);
	return bytes < 0 ? 0 : (size_t)bytes < PATH_ROOM ? (size_t)bytes : PATH_ROOM - 1;
}

uint32_t filer_path(struct filer *filer, uint32_t dev, uint64_t inode)
{
	char path[PATH_ROOM];

	return names_put(&filer->names, path, write_path(filer, dev, inode, path));
}

uint32_t filer_dir(struct filer *filer, uint32_t dev, uint64_t inode)
{
	char path[PATH_ROOM];
	size_t bytes = write_path(filer, dev, inode, path);

	while (bytes && path[bytes - 1] != '/')
		bytes--;
	if (bytes > 1)
		bytes--;
	return names_put(&filer->names, path, bytes);
}

const char *filer_device(struct filer *filer, uint32_t dev)
{
	const uint64_t *place = hash_find(&filer->devices, dev);
	char text[32];
	int bytes;

	if (!dev)
		return "";
	if (place)
		return names_text(&filer->names, (uint32_t)*place);
	bytes = snprintf(text, sizeof(text), "%" PRIu32 ":%" PRIu32, dev >> 20,
			 dev & ((1U << 20) - 1));
	return names_text(&filer->names, names_put(&filer->names, text, (size_t)bytes));
}

void filer_names_free(struct filer *filer)
{
	names_free(&filer->names);
	array_free(&filer->files);
	array_free(&filer->threads);
	array_free(&filer->missing);
	hash_free(&filer->by_file);
	hash_free(&filer->by_tid);
	hash_free(&filer->mounts);
	hash_free(&filer->devices);
}
