/* Where do ZFS's texts lie on this machine, or in a folder of copies? Files are read by a helper
 * that may hang. */
#include "host/zfs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/procfs.h"
#include "host/rooted.h"

enum {
	DEPTH_MAX = 3,
	PATH_BYTES = 1024,
};

static int read_whole(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_free) char *text = NULL;
	size_t count = 0;
	int r = rooted_read("", &text, &count, "%s", (const char *)question);

	return r < 0 ? r : guard_reply_add(reply, text, count);
}

static uint64_t subject_of(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3ULL;
	return (hash & ~GUARD_MANY) | GUARD_FILE;
}

int zfs_read_one(struct guard *guard, const char *path, const char *file, zfs_seen seen, void *self)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	int r = guard_ask(guard, subject_of(path), read_whole, path, strlen(path) + 1, &answer);

	if (r < 0)
		return seen(self, file, path, r, NULL, 0);
	return seen(self, file, path, 0, answer.bytes ? answer.bytes : "", answer.count);
}

struct walk {
	struct guard *guard;
	zfs_seen seen;
	void *self;
	const char *folder;
	const char *file;
	unsigned int depth;
};

static int walk_folder(const struct walk *walk);

static int walk_entry(void *self, const char *name)
{
	const struct walk *walk = self;
	char path[PATH_BYTES], file[PATH_BYTES], inner[PATH_BYTES + 1];
	struct walk below = *walk;
	struct stat stat;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", walk->folder, name) >= sizeof(path) ||
	    (size_t)snprintf(file, sizeof(file), "%s%s", walk->file, name) >= sizeof(file))
		return 0;
	if (lstat(path, &stat) < 0)
		return 0; /* it is gone */
	if (S_ISREG(stat.st_mode))
		return zfs_read_one(walk->guard, path, file, walk->seen, walk->self);
	if (!S_ISDIR(stat.st_mode) || walk->depth >= DEPTH_MAX)
		return 0;
	(void)snprintf(inner, sizeof(inner), "%s/", file);
	below.folder = path;
	below.file = inner;
	below.depth++;
	return walk_folder(&below);
}

static int walk_folder(const struct walk *walk)
{
	return rooted_list("", walk->folder, walk_entry, (void *)(uintptr_t)walk);
}

int zfs_walk(struct guard *guard, const char *folder, const char *file, zfs_seen seen, void *self)
{
	const struct walk walk = {
		.guard = guard, .seen = seen, .self = self, .folder = folder, .file = file
	};

	return walk_folder(&walk);
}

/* --- parameters --- */

struct parameters {
	FILE *out;
	const char *root;
	const char *module;
};

static int add_parameter(void *self, const char *name)
{
	const struct parameters *parameters = self;
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	/* Some can only be written. */
	if (rooted_read(parameters->root, &text, &bytes, "/sys/module/%s/parameters/%s",
			parameters->module, name) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	(void)fprintf(parameters->out, "/sys/module/%s/parameters/%s:%s\n", parameters->module,
		      name, text);
	return 0;
}

static int close_text(FILE *out, int r)
{
	bool failed = ferror(out);

	return fclose(out) != 0 || failed ? -ENOMEM : r;
}

int zfs_parameters(const char *root, char **ret, size_t *ret_bytes)
{
	/* icp and zcommon are parts of zfs since 2.2. */
	static const char *const MODULES[] = { "zfs", "icp", "zcommon", "spl" };
	owns(own_free) char *text = NULL;
	struct parameters parameters = { .root = root };
	size_t bytes = 0;
	bool has_any = false;
	int r;

	parameters.out = open_memstream(&text, &bytes);
	if (!parameters.out)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(MODULES) / sizeof(MODULES[0]); i++) {
		char folder[64];

		(void)snprintf(folder, sizeof(folder), "/sys/module/%s/parameters", MODULES[i]);
		parameters.module = MODULES[i];
		has_any |= rooted_list(root, folder, add_parameter, &parameters) == 0;
	}
	r = close_text(parameters.out, has_any ? 0 : -ENOENT);
	if (r < 0)
		return r;
	*ret_bytes = bytes;
	*ret = give(text);
	return 0;
}

/* --- threads --- */

static int add_thread(void *self, uint32_t tgid)
{
	struct host_task task;

	if (host_task_read(tgid, tgid, &task) < 0 || !task.is_kernel)
		return 0;
	for (size_t i = 0; i < sizeof(task.comm); i++) {
		if (task.comm[i] == '\t' || task.comm[i] == '\n')
			task.comm[i] = ' ';
	}
	(void)fprintf(self, "%.*s\t%" PRIu32 "\t%" PRIu64 "\n", (int)sizeof(task.comm), task.comm,
		      tgid, task.utime_ns + task.stime_ns);
	return 0;
}

int zfs_thread_times(char **ret, size_t *ret_bytes)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	int r;

	if (!out)
		return -ENOMEM;
	r = host_process_list(add_thread, out);
	r = close_text(out, r);
	if (r < 0)
		return r;
	*ret_bytes = bytes;
	*ret = give(text);
	return 0;
}
