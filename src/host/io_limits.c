/* Which cgroup limits a process's I/O to a device? The files of its group, and of those above. */
#include "host/io_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "host/rooted.h"

#define MINOR_BITS 20

struct finder {
	const char *root;
	const char *point;   /* where the hierarchy is mounted */
	char devices[2][32]; /* "8:0 ": the device, and the disk that it is a part of; "": none */
	bool is_unified;
};

/* --- the files of one group --- */

static void add_word(struct io_limit *limit, const char *key, const char *value, size_t bytes)
{
	size_t used = strlen(limit->words);

	(void)snprintf(limit->words + used, sizeof(limit->words) - used, "%s%s%.*s",
		       used ? " " : "", key, (int)bytes, value);
}

/* What stands behind the device at the begin of one of the lines; NULL: nothing does. */
static const char *find_line(const struct finder *finder, const char *text)
{
	for (const char *line = text; line && *line;) {
		const char *end = strchr(line, '\n');

		for (size_t i = 0; i < array_count(finder->devices); i++) {
			size_t bytes = strlen(finder->devices[i]);

			if (bytes && strncmp(line, finder->devices[i], bytes) == 0)
				return line + bytes;
		}
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

/* "8:16 rbps=2097152 wbps=max riops=max wiops=120" */
static bool read_unified(const struct finder *finder, const char *path, struct io_limit *ret)
{
	owns(own_free) char *text = NULL;
	const char *word;
	size_t bytes = 0;

	if (rooted_read(finder->root, &text, &bytes, "%s%s/io.max", finder->point, path) < 0 ||
	    !text)
		return false;
	word = find_line(finder, text);
	while (word && *word && *word != '\n') {
		size_t length = strcspn(word, " \n");
		const char *value = memchr(word, '=', length);

		if (value && strncmp(value, "=max", 4) != 0)
			add_word(ret, "", word, length);
		word += length + (word[length] == ' ');
	}
	return ret->words[0];
}

/* A file for each kind: "8:16 2097152" */
static bool read_older(const struct finder *finder, const char *path, struct io_limit *ret)
{
	static const struct {
		const char *file;
		const char *key;
	} FILES[] = {
		{ "read_bps_device", "rbps=" },
		{ "write_bps_device", "wbps=" },
		{ "read_iops_device", "riops=" },
		{ "write_iops_device", "wiops=" },
	};

	for (size_t i = 0; i < array_count(FILES); i++) {
		owns(own_free) char *text = NULL;
		const char *value;
		size_t bytes = 0;

		if (rooted_read(finder->root, &text, &bytes, "%s%s/blkio.throttle.%s",
				finder->point, path, FILES[i].file) < 0 ||
		    !text)
			continue;
		value = find_line(finder, text);
		if (value)
			add_word(ret, FILES[i].key, value, strcspn(value, " \n"));
	}
	return ret->words[0];
}

/* --- the group, and those above it --- */

static bool find_upwards(const struct finder *finder, char *path, struct io_limit *ret)
{
	for (;;) {
		char *slash = strrchr(path, '/');

		if (finder->is_unified ? read_unified(finder, path, ret)
				       : read_older(finder, path, ret)) {
			(void)snprintf(ret->group, sizeof(ret->group), "%s", path[0] ? path : "/");
			return true;
		}
		if (!path[0] || !slash)
			return false;
		*slash = '\0';
	}
}

static bool has_option(const char *options, const char *option)
{
	size_t bytes = strlen(option);

	for (const char *at = options; (at = strstr(at, option)); at += bytes) {
		if ((at == options || at[-1] == ',') && (!at[bytes] || at[bytes] == ','))
			return true;
	}
	return false;
}

static const char *find_point(const struct mounts *mounts, bool is_unified)
{
	for (size_t i = 0; i < mounts->entries.count; i++) {
		const struct mount_entry *mount = &mounts->entries.items[i];

		if (is_unified ? strcmp(mount->type, "cgroup2") == 0
			       : strcmp(mount->type, "cgroup") == 0 &&
					 has_option(mount->options, "blkio"))
			return mount->point;
	}
	return NULL;
}

/* "8:16 " of a partition's disk: sysfs has the one as a folder in the other's. */
static void name_devices(struct finder *finder, uint32_t dev)
{
	owns(own_free) char *text = NULL;
	unsigned int major = dev >> MINOR_BITS, minor = dev & ((1U << MINOR_BITS) - 1);
	size_t bytes = 0;

	(void)snprintf(finder->devices[0], sizeof(finder->devices[0]), "%u:%u ", major, minor);
	if (rooted_read(finder->root, &text, &bytes, "/sys/dev/block/%u:%u/partition", major,
			minor) < 0)
		return;
	own_free(&text);
	if (rooted_read(finder->root, &text, &bytes, "/sys/dev/block/%u:%u/../dev", major, minor) <
		    0 ||
	    !text)
		return;
	(void)snprintf(finder->devices[1], sizeof(finder->devices[1]), "%.*s ",
		       (int)strcspn(text, "\n"), text);
}

/* "7:blkio:/a/b", "0::/a/b" */
static bool find_in_line(struct finder *finder, const struct mounts *mounts, char *line,
			 struct io_limit *ret)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path || path[1] != '/')
		return false;
	*path++ = '\0';
	controllers++;
	finder->is_unified = !controllers[0];
	if (!finder->is_unified && !has_option(controllers, "blkio"))
		return false;
	finder->point = find_point(mounts, finder->is_unified);
	if (strcmp(path, "/") == 0)
		path[0] = '\0';
	return finder->point && find_upwards(finder, path, ret);
}

bool io_limit_find(const char *root, const struct mounts *mounts, uint32_t tgid, uint32_t dev,
		   struct io_limit *ret)
{
	struct finder finder = { .root = root };
	owns(own_free) char *text = NULL;
	struct io_limit limit = {};
	char *rest = NULL;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/proc/%" PRIu32 "/cgroup", tgid) < 0 || !text)
		return false;
	name_devices(&finder, dev);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (find_in_line(&finder, mounts, line, &limit)) {
			*ret = limit;
			return true;
		}
	}
	return false;
}
