/* What did a compiler at run time call the code that it made? Anybody may have written the file. */
#include "symbol/perf_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

struct entry {
	uint64_t start;
	uint64_t bytes;
	uint32_t name; /* its place in the text */
	uint32_t order;
};

struct perf_map {
	char *text;
	size_t text_bytes;
	ARRAY(struct entry) entries; /* by start */
};

/* Read a hexadecimal number and step over the blank behind it. */
static bool eat_number(char **text, const char *end, uint64_t *ret)
{
	uint64_t value = 0;
	char *at = *text;

	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	*text = at;
	for (; at < end && *at != ' '; at++) {
		unsigned int digit;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned int)(*at - '0');
		else if ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'f')
			digit = (unsigned int)((*at | 0x20) - 'a') + 10;
		else
			return false;
		if (value >> 60)
			return false;
		value = value << 4 | digit;
	}
	if (at == end || at == *text)
		return false;
	*text = at + 1;
	*ret = value;
	return true;
}

static bool read_line(char *line, char *end, struct entry *ret, char **ret_name)
{
	struct entry entry = {};
	uint64_t behind;

	if (!eat_number(&line, end, &entry.start) || !eat_number(&line, end, &entry.bytes) ||
	    line == end || entry.bytes == 0 ||
	    __builtin_add_overflow(entry.start, entry.bytes, &behind))
		return false;
	*end = '\0';
	*ret_name = line;
	*ret = entry;
	return line[0] != '\0';
}

static int read_lines(struct perf_map *map)
{
	char *line = map->text, *limit = map->text + map->text_bytes;
	char *end;

	for (; line < limit && (end = memchr(line, '\n', (size_t)(limit - line))); line = end + 1) {
		struct entry entry, *added;
		char *name;

		if (!read_line(line, end, &entry, &name))
			continue;
		entry.name = (uint32_t)(name - map->text);
		entry.order = (uint32_t)map->entries.count;
		added = array_push(&map->entries);
		if (!added)
			return -ENOMEM;
		*added = entry;
	}
	return map->entries.count ? 0 : -ENODATA;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->order < b->order ? 1 : a->order > b->order ? -1 : 0;
}

/* Memory is used again for other code: the last that was told of a place is there. */
static void keep_last_names(struct perf_map *map)
{
	struct entry *entries = map->entries.items;
	size_t kept = 0;

	qsort(entries, map->entries.count, sizeof(*entries), compare_entries);
	for (size_t i = 1; i < map->entries.count; i++) {
		if (entries[i].start != entries[kept].start)
			entries[++kept] = entries[i];
	}
	map->entries.count = kept + 1;
}

/* Up to the size that it has now: it may go on growing. */
static int read_text(int fd, size_t limit, struct perf_map *map)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || status.st_size < 0)
		return -EBADMSG;
	if ((uint64_t)status.st_size > limit || (uint64_t)status.st_size >= UINT32_MAX)
		return -EFBIG;
	map->text = malloc((size_t)status.st_size + 1);
	if (!map->text)
		return -ENOMEM;
	while (map->text_bytes < (size_t)status.st_size) {
		ssize_t got =
			pread(fd, map->text + map->text_bytes,
			      (size_t)status.st_size - map->text_bytes, (off_t)map->text_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -EBADMSG;
		if (got == 0)
			break;
		map->text_bytes += (size_t)got;
	}
	return 0;
}

int perf_map_read(int fd, size_t limit, struct perf_map **ret)
{
	owns(perf_map_free) struct perf_map *map = calloc(1, sizeof(*map));
	int r;

	if (!map)
		return -ENOMEM;
	r = read_text(fd, limit, map);
	if (r == 0)
		r = read_lines(map);
	if (r < 0)
		return r;
	keep_last_names(map);
	*ret = give(map);
	return 0;
}

int perf_map_find(const struct perf_map *map, uint64_t address, struct symbol_name *ret)
{
	size_t low = 0, high = map->entries.count;
	const struct entry *entry;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return -ENOENT;
	entry = &map->entries.items[low - 1];
	if (address - entry->start >= entry->bytes)
		return -ENOENT;
	*ret = (struct symbol_name){
		.name = map->text + entry->name,
		.module = "",
		.start = entry->start,
	};
	return 0;
}

size_t perf_map_bytes(const struct perf_map *map)
{
	return sizeof(*map) + map->text_bytes + map->entries.capacity * sizeof(struct entry);
}

void perf_map_free(struct perf_map **map)
{
	if (!*map)
		return;
	array_free(&(*map)->entries);
	free((*map)->text);
	free(*map);
	*map = NULL;
}
