/* What is mounted where? Each line is cut into its fields in place. */
#include "host/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts.h"
#include "host/procfs.h"

enum {
	MOUNTS_TOLD = 512,
};

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes blanks and backslashes in names as \040: put them back, in place. */
static char *unescape(char *text)
{
	char *from = text, *to = text;

	while (*from) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 +
				       (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return text;
}

/*
 * "36 35 98:0 /root /point rw,noatime [tag[:value] …] - type source options". False when it is not
 * so.
 */
static bool parse_line(char *line, struct mount_entry *ret)
{
	enum {
		NUMBER,
		PARENT,
		DEVICE,
		ROOT,
		POINT,
		FLAGS,
		TAGS
	};
	char *rest = NULL, *field[TAGS], *word;
	unsigned int major, minor;

	for (int i = 0; i < TAGS; i++) {
		field[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
		if (!field[i])
			return false;
	}
	/* NOLINTNEXTLINE(cert-err34-c): both numbers are the kernel's own, and small. */
	if (sscanf(field[DEVICE], "%u:%u", &major, &minor) != 2)
		return false;
	do {
		word = strtok_r(NULL, " ", &rest);
	} while (word && strcmp(word, "-") != 0);

	char *type = strtok_r(NULL, " ", &rest);
	char *source = strtok_r(NULL, " ", &rest);
	char *options = strtok_r(NULL, " ", &rest);

	if (!word || !type || !source || !options)
		return false;
	*ret = (struct mount_entry){
		.id = (uint32_t)strtoul(field[NUMBER], NULL, 10),
		.dev = major << 20 | minor,
		.root = unescape(field[ROOT]),
		.point = unescape(field[POINT]),
		.type = type,
		.source = unescape(source),
		.options = options,
	};
	return true;
}

static int read_entries(const char *path, struct mounts *mounts, struct diag *why)
{
	struct mount_entry entry, *added;
	char *rest = NULL, *line;
	size_t bytes;
	int r = host_read_file(path, &mounts->text, &bytes, why);

	if (r < 0)
		return r;
	for (line = strtok_r(mounts->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!parse_line(line, &entry))
			continue;
		added = array_push(&mounts->entries);
		if (!added)
			return diag_set(why, -ENOMEM, "out of memory for the mounts in %s", path);
		*added = entry;
	}
	return 0;
}

int mounts_read(const char *path, struct mounts *ret, struct diag *why)
{
	struct mounts mounts = {};
	int r = read_entries(path, &mounts, why);

	if (r < 0)
		mounts_free(&mounts);
	else
		*ret = mounts;
	return r;
}

const struct mount_entry *mounts_find(const struct mounts *mounts, uint32_t dev)
{
	const struct mount_entry *found = NULL;

	for (size_t i = 0; i < mounts->entries.count; i++) {
		const struct mount_entry *entry = &mounts->entries.items[i];

		if (entry->dev != dev)
			continue;
		if (strcmp(entry->root, "/") == 0)
			return entry;
		if (!found)
			found = entry;
	}
	return found;
}

/* Does the path lie at or below the point? */
static bool is_below(const char *path, const char *point, size_t point_bytes)
{
	if (strcmp(point, "/") == 0)
		return path[0] == '/';
	return strncmp(path, point, point_bytes) == 0 &&
	       (path[point_bytes] == '/' || path[point_bytes] == '\0');
}

const struct mount_entry *mounts_find_path(const struct mounts *mounts, const char *path)
{
	const struct mount_entry *found = NULL;
	size_t found_bytes = 0;

	for (size_t i = 0; i < mounts->entries.count; i++) {
		const struct mount_entry *entry = &mounts->entries.items[i];
		size_t point_bytes = strlen(entry->point);

		/* Of several mounts at one place the last covers the others. */
		if (point_bytes >= found_bytes && is_below(path, entry->point, point_bytes)) {
			found = entry;
			found_bytes = point_bytes;
		}
	}
	return found;
}

int mounts_tell(const char *path, const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	owns(mounts_free) struct mounts mounts = {};
	int r = 0;

	if (mounts_read(path, &mounts, NULL) < 0)
		return 0;
	for (size_t i = 0; i < mounts.entries.count && i < MOUNTS_TOLD && r == 0; i++) {
		const struct mount_entry *entry = &mounts.entries.items[i];
		char key[64];

		if (mounts_find(&mounts, entry->dev) != entry)
			continue;
		(void)snprintf(key, sizeof(key), "mount.%u:%u", entry->dev >> 20,
			       entry->dev & ((1U << 20) - 1));
		r = fact_tell(sink, time_ns, why, key, "%s", entry->point);
	}
	return r;
}

void mounts_free(struct mounts *mounts)
{
	array_free(&mounts->entries);
	free(mounts->text);
	mounts->text = NULL;
}
