/* Which package brought this file? dpkg keeps a list of files for each package, one per line. */
#include "host/packages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "host/rooted.h"

static const char LISTS[] = "/var/lib/dpkg/info";

/* The value of KEY=value, with or without quotes. */
static void read_key(const char *text, const char *key, char *ret, size_t ret_bytes)
{
	size_t key_bytes = strlen(key);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *value = line + key_bytes + 1;
		size_t bytes;

		if (strncmp(line, key, key_bytes) != 0 || line[key_bytes] != '=')
			continue;
		value += *value == '"' || *value == '\'';
		bytes = strcspn(value, "\"'\n");
		if (bytes >= ret_bytes)
			bytes = ret_bytes - 1;
		memcpy(ret, value, bytes);
		ret[bytes] = '\0';
		return;
	}
}

void distribution_read(const char *root, struct distribution *ret)
{
	owns(own_free) char *text = NULL;
	struct distribution found = {};
	size_t bytes = 0;

	*ret = (struct distribution){};
	if (rooted_read(root, &text, &bytes, "/etc/os-release") < 0 &&
	    rooted_read(root, &text, &bytes, "/usr/lib/os-release") < 0)
		return;
	if (!text)
		return;
	read_key(text, "ID", found.id, sizeof(found.id));
	read_key(text, "ID_LIKE", found.id_like, sizeof(found.id_like));
	read_key(text, "VERSION_CODENAME", found.codename, sizeof(found.codename));
	*ret = found;
}

struct lookup {
	const char *root;
	struct package_query *queries;
	struct hash_map places; /* of a path's hash: 1 + the query's number */
};

/* FNV-1a. What it finds is compared: collisions only cost time. */
static uint64_t hash_text(const char *text, size_t bytes)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash;
}

/* The name that a path has both before and after the merge of /usr. */
static const char *unmerged(const char *path)
{
	return strncmp(path, "/usr/", 5) == 0 ? path + 4 : path;
}

static int add_query(struct lookup *lookup, size_t number)
{
	const char *path = unmerged(lookup->queries[number].path);
	uint64_t *place = hash_put(&lookup->places, hash_text(path, strlen(path)));

	if (!place)
		return -ENOMEM;
	*place = 1 + number;
	return 0;
}

/* "libc6:amd64.list" */
static void set_owner(struct package_query *query, const char *list)
{
	size_t bytes = strcspn(list, ":");
	const char *dot = strrchr(list, '.');

	if (dot && (size_t)(dot - list) < bytes)
		bytes = (size_t)(dot - list);
	if (bytes >= sizeof(query->owner))
		return;
	memcpy(query->owner, list, bytes);
	query->owner[bytes] = '\0';
}

static void look_up_line(struct lookup *lookup, const char *line, size_t bytes, const char *list)
{
	size_t skipped = bytes > 5 && memcmp(line, "/usr/", 5) == 0 ? 4 : 0;
	const uint64_t *place;
	const char *path;

	line += skipped;
	bytes -= skipped;
	place = hash_find(&lookup->places, hash_text(line, bytes));
	if (!place)
		return;
	path = unmerged(lookup->queries[*place - 1].path);
	if (strlen(path) == bytes && memcmp(path, line, bytes) == 0)
		set_owner(&lookup->queries[*place - 1], list);
}

static int read_list(void *self, const char *name)
{
	owns(own_free) char *text = NULL;
	struct lookup *lookup = self;
	size_t bytes = 0, name_bytes = strlen(name);

	if (name_bytes < 6 || strcmp(name + name_bytes - 5, ".list") != 0 ||
	    rooted_read(lookup->root, &text, &bytes, "%s/%s", LISTS, name) < 0 || !text)
		return 0;
	for (const char *line = text, *end = text + bytes; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next ? next : end;
		look_up_line(lookup, line, (size_t)(next - line), name);
		line = next + 1;
	}
	return 0;
}

int packages_find(const char *root, struct package_query *queries, size_t count)
{
	struct lookup lookup = { .root = root, .queries = queries };
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		queries[i].owner[0] = '\0';
		r = add_query(&lookup, i);
	}
	if (r == 0)
		r = rooted_list(root, LISTS, read_list, &lookup);
	hash_free(&lookup.places);
	return r;
}
