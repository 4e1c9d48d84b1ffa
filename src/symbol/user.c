/* Which function of which file does an address of a process lie in? Its mappings lead to the file.
 */
#include "symbol/user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/hash.h"
#include "symbol/interned.h"
#include "symbol/retry.h"

/* Bounds of memory. When one of the first three is passed all is forgotten, and read again at need.
 */
#define PROCESSES_MAX    65536
#define REGIONS_MAX      500000
#define FILES_MAX        8192
#define OPEN_TABLES_MAX  64
#define OPEN_BYTES_MAX   (16UL << 20)
#define MODULE_BYTES_MAX 4096UL

#define MAPS_WAIT_NS 100000000ULL

/* No code lies in the first page, and none of a process in the upper half. */
#define ADDRESS_MIN 4096ULL
#define ADDRESS_MAX (UINT64_MAX >> 1)

/* An executable mapping. */
struct region {
	uint64_t start;
	uint64_t end;
	uint64_t file_offset;
	uint32_t file; /* number in files; 0: anonymous memory, where generated code lives */
	uint32_t spare;
};

struct user_process {
	uint32_t tgid;
	uint32_t generation;
	bool is_named;
	char comm[16];
	struct retry retry;
	ARRAY(struct region) regions; /* ascending, not overlapping */
};

enum file_state {
	FILE_UNREAD,
	FILE_READ,     /* its symbols are in open_tables[slot] */
	FILE_NAMELESS, /* it has no symbols to be read */
};

/* What makes a file that file. The path follows, NUL-terminated. */
struct file_key {
	uint64_t dev;
	uint64_t inode;
};

struct file {
	enum file_state state;
	uint32_t slot;
};

struct open_table {
	struct elf_symbols *symbols;
	uint64_t used; /* when last, by table->clock */
	uint32_t file; /* 0: free */
	uint32_t spare;
};

struct user_table {
	struct symbol_source source;
	struct hash_map processes; /* tgid → struct user_process * */
	struct interned file_keys;
	ARRAY(struct file) files; /* by number - 1 */
	struct open_table open_tables[OPEN_TABLES_MAX];
	size_t open_bytes; /* of them all */
	size_t regions;    /* of all processes */
	uint64_t clock;
	uint32_t generation;
};

/* One line of /proc/PID/maps. */
struct line {
	struct region region;
	struct file_key key;
	const char *path;
	size_t path_bytes;
	bool is_executable;
};

static void forget_regions(struct user_table *table, struct user_process *process)
{
	table->regions -= process->regions.count;
	array_free(&process->regions);
	process->generation = ++table->generation;
}

static void free_process(struct user_table *table, struct user_process *process)
{
	forget_regions(table, process);
	free(process);
}

static void close_table(struct user_table *table, struct open_table *open_table)
{
	if (!open_table->file)
		return;
	table->files.items[open_table->file - 1].state = FILE_UNREAD;
	table->open_bytes -= elf_symbols_bytes(open_table->symbols);
	elf_symbols_free(&open_table->symbols);
	open_table->file = 0;
}

static void forget_all(struct user_table *table)
{
	for (size_t i = 0; i < table->processes.capacity; i++) {
		const struct hash_slot *slot = &table->processes.slots[i];

		if (slot->used)
			free_process(table, (struct user_process *)(uintptr_t)slot->value);
	}
	hash_free(&table->processes);
	for (size_t i = 0; i < OPEN_TABLES_MAX; i++)
		close_table(table, &table->open_tables[i]);
	array_free(&table->files);
	interned_clear(&table->file_keys);
}

/* Read a number up to its closing character and step over that. */
static bool eat_number(const char **text, const char *end, unsigned int base, char closing,
		       uint64_t *ret)
{
	uint64_t value = 0;
	const char *at = *text;

	for (; at < end && *at != closing; at++) {
		unsigned int digit;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned int)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			digit = (unsigned int)(*at - 'a') + 10;
		else
			return false;
		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (at == end || at == *text)
		return false;
	*text = at + 1;
	*ret = value;
	return true;
}

/* "7f79b4836000-7f79b498c000 r-xp 00026000 fe:00 332835   /usr/lib/libc.so.6" */
static bool read_line(const char *text, const char *end, struct line *ret)
{
	static const char DELETED[] = " (deleted)";
	const size_t deleted_bytes = sizeof(DELETED) - 1;
	struct line line = {};
	uint64_t major = 0, minor = 0;

	if (!eat_number(&text, end, 16, '-', &line.region.start) ||
	    !eat_number(&text, end, 16, ' ', &line.region.end) || end - text < 5 || text[4] != ' ')
		return false;
	line.is_executable = text[2] == 'x';
	text += 5;
	if (!eat_number(&text, end, 16, ' ', &line.region.file_offset) ||
	    !eat_number(&text, end, 16, ':', &major) || !eat_number(&text, end, 16, ' ', &minor) ||
	    !eat_number(&text, end, 10, ' ', &line.key.inode))
		return false;
	line.key.dev = major << 20 | minor;

	while (text < end && *text == ' ')
		text++;
	line.path = text;
	line.path_bytes = (size_t)(end - text);
	if (line.path_bytes > deleted_bytes && !memcmp(end - deleted_bytes, DELETED, deleted_bytes))
		line.path_bytes -= deleted_bytes;
	*ret = line;
	return line.region.start < line.region.end;
}

static bool is_path(const struct line *line, const char *path)
{
	return line->path_bytes == strlen(path) && !memcmp(line->path, path, line->path_bytes);
}

/* The number of the line's file; 0: none. The kernel's own pages count as files without symbols. */
static int find_file(struct user_table *table, const struct line *line, uint32_t *ret)
{
	char key[sizeof(struct file_key) + MODULE_BYTES_MAX];
	bool is_kernels = is_path(line, "[vdso]") || is_path(line, "[vsyscall]");
	struct file *file;
	uint32_t id = 0;
	int r;

	*ret = 0;
	if (!is_kernels && (line->key.inode == 0 || line->path_bytes == 0 || line->path[0] != '/'))
		return 0;
	if (line->path_bytes >= MODULE_BYTES_MAX || memchr(line->path, '\0', line->path_bytes))
		return 0;

	memcpy(key, &line->key, sizeof(line->key));
	memcpy(key + sizeof(line->key), line->path, line->path_bytes);
	key[sizeof(line->key) + line->path_bytes] = '\0';
	r = interned_put(&table->file_keys, key, sizeof(line->key) + line->path_bytes + 1, &id);
	if (r == -ENOSPC)
		return 0;
	if (r < 0)
		return r;
	if (r == 1) {
		file = array_push(&table->files);
		if (!file)
			return -ENOMEM;
		file->state = is_kernels ? FILE_NAMELESS : FILE_UNREAD;
	}
	*ret = id;
	return 0;
}

static int read_regions(struct user_table *table, struct user_process *process, const char *text,
			size_t bytes)
{
	const char *limit = text + bytes;
	uint64_t last_end = 0;
	const char *end;

	for (; text < limit && (end = memchr(text, '\n', (size_t)(limit - text))); text = end + 1) {
		struct region *region;
		struct line line;
		int r;

		if (!read_line(text, end, &line) || !line.is_executable ||
		    line.region.start < last_end)
			continue;
		r = find_file(table, &line, &line.region.file);
		if (r < 0)
			return r;
		region = array_push(&process->regions);
		if (!region)
			return -ENOMEM;
		*region = line.region;
		table->regions++;
		last_end = line.region.end;
	}
	return 0;
}

/* An ending process shows no mappings any more: what was read before is good for its last stacks.
 */
static int read_maps(struct user_table *table, struct user_process *process)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r = table->source.maps(table->source.self, process->tgid, &text, &bytes);

	if (r < 0 || bytes == 0)
		return 0;
	forget_regions(table, process);
	return read_regions(table, process, text, bytes);
}

static const struct region *find_region(const struct user_process *process, uint64_t address)
{
	size_t low = 0, high = process->regions.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->regions.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= process->regions.items[low - 1].end)
		return NULL;
	return &process->regions.items[low - 1];
}

/* The least recently used place; a free one goes before all, unless a used one is wanted. */
static struct open_table *oldest_table(struct user_table *table, bool wants_used)
{
	struct open_table *oldest = NULL;

	for (size_t i = 0; i < OPEN_TABLES_MAX; i++) {
		struct open_table *open_table = &table->open_tables[i];

		if (!open_table->file && wants_used)
			continue;
		if (!open_table->file)
			return open_table;
		if (!oldest || open_table->used < oldest->used)
			oldest = open_table;
	}
	return oldest;
}

/* Make room for so many bytes more, and a place for them. */
static struct open_table *free_slot(struct user_table *table, size_t bytes)
{
	struct open_table *slot;

	while (table->open_bytes && table->open_bytes + bytes > OPEN_BYTES_MAX)
		close_table(table, oldest_table(table, true));
	slot = oldest_table(table, false);
	close_table(table, slot);
	table->open_bytes += bytes;
	return slot;
}

/*
 * Is this the file that is mapped, and not one that took its place (an upgrade)? Devices are not
 * compared: overlayfs and btrfs show another one in maps than in stat().
 */
static bool is_same_file(int fd, const struct file_key *key)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_ino == key->inode;
}

/* Read the file's symbols. A file that could not be opened is tried again: another process may see
 * it. */
static void read_file(struct user_table *table, uint32_t tgid, uint32_t id)
{
	const char *bytes = interned_bytes(&table->file_keys, id);
	owns(elf_symbols_free) struct elf_symbols *symbols = NULL;
	owns(own_close) int fd = -1;
	struct open_table *slot;
	struct file_key key;
	struct file *file = &table->files.items[id - 1];

	memcpy(&key, bytes, sizeof(key));
	fd = table->source.open(table->source.self, tgid, bytes + sizeof(key));
	if (fd < 0 || !is_same_file(fd, &key))
		return;
	if (elf_symbols_read(fd, &symbols, NULL) < 0) {
		file->state = FILE_NAMELESS;
		return;
	}
	slot = free_slot(table, elf_symbols_bytes(symbols));
	slot->symbols = give(symbols);
	slot->file = id;
	file->slot = (uint32_t)(slot - table->open_tables);
	file->state = FILE_READ;
}

static struct user_place place_in_file(struct user_table *table, uint32_t tgid, uint32_t id,
				       uint64_t file_offset)
{
	struct file *file = &table->files.items[id - 1];
	struct user_place place = { .name = "", .offset = (uint32_t)file_offset };
	struct symbol_name found;

	if (file->state == FILE_UNREAD)
		read_file(table, tgid, id);
	place.module =
		(const char *)interned_bytes(&table->file_keys, id) + sizeof(struct file_key);
	if (file->state != FILE_READ)
		return place;

	table->open_tables[file->slot].used = ++table->clock;
	if (elf_symbols_find(table->open_tables[file->slot].symbols, file_offset, &found) == 0) {
		place.name = found.name;
		place.offset = (uint32_t)(file_offset - found.start);
	}
	return place;
}

int user_table_new(const struct symbol_source *source, struct user_table **ret)
{
	struct user_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->source = *source;
	table->file_keys.limit = FILES_MAX;
	*ret = table;
	return 0;
}

struct user_process *user_table_process(struct user_table *table, uint32_t tgid)
{
	struct user_process *process;
	uint64_t *place;

	/* Files are met while mappings are read: half of their room is left for one process. */
	if (table->processes.count >= PROCESSES_MAX || table->regions >= REGIONS_MAX ||
	    table->files.count >= FILES_MAX / 2)
		forget_all(table);
	place = hash_put(&table->processes, tgid);
	if (!place)
		return NULL;
	if (*place)
		return (struct user_process *)(uintptr_t)*place;

	process = calloc(1, sizeof(*process));
	if (!process) {
		hash_remove(&table->processes, tgid);
		return NULL;
	}
	process->tgid = tgid;
	process->generation = ++table->generation;
	*place = (uintptr_t)process;
	return process;
}

uint32_t user_process_generation(const struct user_process *process)
{
	return process->generation;
}

int user_table_find(struct user_table *table, struct user_process *process, uint64_t address,
		    uint64_t now_ns, struct user_place *ret)
{
	const struct region *region;

	if (address < ADDRESS_MIN || address > ADDRESS_MAX)
		return -ENOENT;
	region = find_region(process, address);
	if (!region && retry_is_due(&process->retry, now_ns)) {
		int r = read_maps(table, process);

		if (r < 0)
			return r;
		region = find_region(process, address);
		retry_note(&process->retry, now_ns, MAPS_WAIT_NS, region != NULL);
	}
	if (!region || !region->file)
		return -ENOENT;
	*ret = place_in_file(table, process->tgid, region->file,
			     region->file_offset + (address - region->start));
	return 0;
}

int user_table_rename(struct user_table *table, uint32_t tgid, const char comm[16])
{
	struct user_process *process = user_table_process(table, tgid);

	if (!process)
		return -ENOMEM;
	if (process->is_named && memcmp(process->comm, comm, sizeof(process->comm)) == 0)
		return 0;

	forget_regions(table, process);
	process->retry = (struct retry){};
	memcpy(process->comm, comm, sizeof(process->comm));
	process->is_named = true;
	return 0;
}

void user_table_end(struct user_table *table, uint32_t tgid)
{
	const uint64_t *place = hash_find(&table->processes, tgid);

	if (!place)
		return;
	free_process(table, (struct user_process *)(uintptr_t)*place);
	hash_remove(&table->processes, tgid);
}

void user_table_free(struct user_table **table)
{
	if (!*table)
		return;
	forget_all(*table);
	free(*table);
	*table = NULL;
}
