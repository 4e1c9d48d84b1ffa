/* Which function of a mapped file is it? The symbols are where the file is, or apart from it. */
#include "symbol/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "symbol/elf.h"
#include "symbol/interned.h"

/* Bounds of memory. */
#define FILES_MAX       8192
#define OPEN_TABLES_MAX 64
#define OPEN_BYTES_MAX  (16UL << 20)
#define PATH_BYTES_MAX  4096UL

enum file_state {
	FILE_UNREAD,
	FILE_READ,     /* its symbols are in open_tables[slot] */
	FILE_NAMELESS, /* it has no symbols to be read */
	FILE_REFUSED,  /* what is at its path is another build; not yet told */
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

struct file_table {
	struct symbol_source source;
	struct interned keys;     /* struct file_key, then the path with its NUL */
	ARRAY(struct file) files; /* by number - 1 */
	struct open_table open_tables[OPEN_TABLES_MAX];
	size_t open_bytes; /* of them all */
	uint64_t clock;
	size_t refused; /* so many files are FILE_REFUSED */
};

/* A file that is looked for: through whom, and how it is known to be the right one. */
struct wanted {
	struct file_table *table;
	const char *path;
	struct file_key key;
	uint32_t tgid;
};

static void close_table(struct file_table *table, struct open_table *open_table)
{
	if (!open_table->file)
		return;
	table->files.items[open_table->file - 1].state = FILE_UNREAD;
	table->open_bytes -= elf_symbols_bytes(open_table->symbols);
	elf_symbols_free(&open_table->symbols);
	open_table->file = 0;
}

/* The least recently used place; a free one goes before all, unless a used one is wanted. */
static struct open_table *oldest_table(struct file_table *table, bool wants_used)
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
static struct open_table *free_slot(struct file_table *table, size_t bytes)
{
	struct open_table *slot;

	while (table->open_bytes && table->open_bytes + bytes > OPEN_BYTES_MAX)
		close_table(table, oldest_table(table, true));
	slot = oldest_table(table, false);
	close_table(table, slot);
	table->open_bytes += bytes;
	return slot;
}

static int open_path(const struct wanted *wanted, const char *path)
{
	const struct symbol_source *source = &wanted->table->source;

	return source->open ? source->open(source->self, wanted->tgid, path) : -ENOENT;
}

/*
 * Is this the file that is mapped, and not one that took its place (an upgrade)? Devices are not
 * compared: overlayfs and btrfs show another one in maps than in stat(). The stream tells no inode.
 */
static bool is_same_inode(int fd, const struct file_key *key)
{
	struct stat status;

	return key->is_told || key->inode == 0 ||
	       (fstat(fd, &status) == 0 && status.st_ino == key->inode);
}

/* Whether the build is the one that ran, as far as that is known. */
static bool is_same_build(const struct elf_file *file, const struct file_key *key)
{
	struct build_id id;

	if (key->build_id.bytes == 0)
		return true;
	id = elf_file_build_id(file);
	return build_id_is_same(&id, &key->build_id);
}

/* "DIRECTORY/ab/cdef…SUFFIX". */
static void id_path(const struct build_id *id, const char *directory, const char *suffix,
		    char ret[PATH_BYTES_MAX])
{
	char hex[2 * BUILD_ID_BYTES_MAX + 1] = "";

	for (size_t i = 0; i < id->bytes; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id->data[i]);
	(void)snprintf(ret, PATH_BYTES_MAX, "%s/.build-id/%.2s/%s%s", directory, hex, hex + 2,
		       suffix);
}

/* The file at path when it is of this build; else NULL. */
static struct elf_file *open_if_build(const struct wanted *wanted, const char *path,
				      const struct build_id *id)
{
	owns(elf_file_free) struct elf_file *file = NULL;
	owns(own_close) int fd = open_path(wanted, path);
	struct build_id found;

	if (fd < 0 || elf_file_open(fd, &file) < 0)
		return NULL;
	found = elf_file_build_id(file);
	return build_id_is_same(&found, id) ? give(file) : NULL;
}

/* perf keeps what it has seen in ~/.debug, by build-id: the binary, and its debug file. */
static struct elf_file *open_kept(const struct wanted *wanted, const struct build_id *id,
				  const char *suffix)
{
	const char *home = wanted->table->source.home;
	char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX];

	if (!home || id->bytes == 0 ||
	    snprintf(directory, sizeof(directory), "%s/.debug", home) >= (int)sizeof(directory))
		return NULL;
	id_path(id, directory, suffix, path);
	return open_if_build(wanted, path, id);
}

static struct elf_file *open_fetched(const struct wanted *wanted, const struct build_id *id)
{
	const struct symbol_source *source = &wanted->table->source;
	owns(elf_file_free) struct elf_file *file = NULL;
	owns(own_close) int fd = -1;
	struct build_id found;

	if (!source->fetch_debug || id->bytes == 0)
		return NULL;
	fd = source->fetch_debug(source->self, id->data, id->bytes);
	if (fd < 0 || elf_file_open(fd, &file) < 0)
		return NULL;
	found = elf_file_build_id(file);
	return build_id_is_same(&found, id) ? give(file) : NULL;
}

static struct elf_file *open_debug_by_id(const struct wanted *wanted, const struct build_id *id)
{
	struct elf_file *file;
	char path[PATH_BYTES_MAX];

	id_path(id, "/usr/lib/debug", ".debug", path);
	file = open_if_build(wanted, path, id);
	return file ? file : open_kept(wanted, id, "/debug");
}

/* A debug file without a build-id is believed when its bytes sum up to what the link says. */
static struct elf_file *open_if_crc(const struct wanted *wanted, const char *path, uint32_t crc)
{
	owns(elf_file_free) struct elf_file *file = NULL;
	owns(own_close) int fd = open_path(wanted, path);
	uint32_t found = 0;

	if (fd < 0 || elf_file_crc(fd, &found) < 0 || found != crc || elf_file_open(fd, &file) < 0)
		return NULL;
	return give(file);
}

static struct elf_file *open_debug_by_link(const struct wanted *wanted, const struct elf_file *main,
					   const struct build_id *id)
{
	static const struct {
		const char *before;
		const char *behind;
	} FOLDERS[] = { { "", "" }, { "", "/.debug" }, { "/usr/lib/debug", "" } };
	const char *slash = strrchr(wanted->path, '/');
	uint32_t crc = 0;
	const char *name = elf_file_debuglink(main, &crc);

	if (!name || !slash)
		return NULL;
	for (size_t i = 0; i < array_count(FOLDERS); i++) {
		struct elf_file *file;
		char path[PATH_BYTES_MAX];
		int wrote = snprintf(path, sizeof(path), "%s%.*s%s/%s", FOLDERS[i].before,
				     (int)(slash - wanted->path), wanted->path, FOLDERS[i].behind,
				     name);

		if (wrote < 0 || (size_t)wrote >= sizeof(path) || strcmp(path, wanted->path) == 0)
			continue;
		file = id->bytes ? open_if_build(wanted, path, id) : open_if_crc(wanted, path, crc);
		if (file)
			return file;
	}
	return NULL;
}

/* The separate debug file that belongs to main; NULL: there is none. */
static struct elf_file *open_debug(const struct wanted *wanted, const struct elf_file *main)
{
	struct build_id id = elf_file_build_id(main);
	struct elf_file *file = NULL;

	if (id.bytes)
		file = open_debug_by_id(wanted, &id);
	if (!file)
		file = open_debug_by_link(wanted, main, &id);
	return file ? file : open_fetched(wanted, &id);
}

enum found {
	FOUND_NOTHING, /* it could not be opened: another process may see it */
	FOUND_OTHER,   /* another build */
	FOUND_BROKEN,
	FOUND_IT,
};

/* Anything may be at the path on another machine; a build-id tells. */
static bool is_to_be_opened(const struct wanted *wanted)
{
	const struct symbol_source *source = &wanted->table->source;

	return !wanted->key.is_told || wanted->key.build_id.bytes || !source->trusts_paths ||
	       source->trusts_paths(source->self);
}

static enum found open_main(const struct wanted *wanted, struct elf_file **ret)
{
	owns(elf_file_free) struct elf_file *file = NULL;
	owns(own_close) int fd = -1;
	enum found found = FOUND_NOTHING;

	if (!is_to_be_opened(wanted))
		return FOUND_NOTHING;
	fd = open_path(wanted, wanted->path);
	if (fd >= 0 && is_same_inode(fd, &wanted->key)) {
		if (elf_file_open(fd, &file) < 0)
			found = FOUND_BROKEN;
		else
			found = is_same_build(file, &wanted->key) ? FOUND_IT : FOUND_OTHER;
	}
	if (found != FOUND_IT) {
		elf_file_free(&file);
		file = open_kept(wanted, &wanted->key.build_id, "/elf");
		if (!file)
			return found;
	}
	*ret = give(file);
	return FOUND_IT;
}

static struct elf_symbols *read_symbols(const struct wanted *wanted, const struct elf_file *main)
{
	owns(elf_file_free) struct elf_file *debug = NULL;
	struct elf_symbols *symbols = NULL;

	if (!elf_file_has_symtab(main))
		debug = open_debug(wanted, main);
	return elf_symbols_make(main, debug, &symbols) == 0 ? symbols : NULL;
}

static struct wanted want(struct file_table *table, uint32_t tgid, uint32_t id)
{
	struct wanted wanted = { .table = table, .path = file_table_path(table, id), .tgid = tgid };

	memcpy(&wanted.key, interned_bytes(&table->keys, id), sizeof(wanted.key));
	return wanted;
}

static void read_file(struct file_table *table, uint32_t tgid, uint32_t id)
{
	owns(elf_symbols_free) struct elf_symbols *symbols = NULL;
	owns(elf_file_free) struct elf_file *main = NULL;
	struct file *file = &table->files.items[id - 1];
	struct wanted wanted = want(table, tgid, id);
	struct open_table *slot;

	switch (open_main(&wanted, &main)) {
	case FOUND_NOTHING:
		/* A told file will not come back. */
		if (wanted.key.is_told)
			file->state = FILE_NAMELESS;
		return;
	case FOUND_OTHER:
		file->state = FILE_REFUSED;
		table->refused++;
		return;
	case FOUND_BROKEN:
		file->state = FILE_NAMELESS;
		return;
	case FOUND_IT:
		break;
	}
	symbols = read_symbols(&wanted, main);
	if (!symbols) {
		file->state = FILE_NAMELESS;
		return;
	}
	slot = free_slot(table, elf_symbols_bytes(symbols));
	slot->symbols = give(symbols);
	slot->file = id;
	file->slot = (uint32_t)(slot - table->open_tables);
	file->state = FILE_READ;
}

int file_table_new(const struct symbol_source *source, struct file_table **ret)
{
	struct file_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->source = *source;
	table->keys.limit = FILES_MAX;
	*ret = table;
	return 0;
}

void file_table_free(struct file_table **table)
{
	if (!*table)
		return;
	file_table_clear(*table);
	free(*table);
	*table = NULL;
}

int file_table_put(struct file_table *table, const struct file_key *key, const char *path,
		   size_t path_bytes, uint32_t *ret)
{
	char bytes[sizeof(*key) + PATH_BYTES_MAX];
	uint32_t id = 0;
	int r;

	*ret = 0;
	if (path_bytes >= PATH_BYTES_MAX || memchr(path, '\0', path_bytes))
		return 0;
	memcpy(bytes, key, sizeof(*key));
	memcpy(bytes + sizeof(*key), path, path_bytes);
	bytes[sizeof(*key) + path_bytes] = '\0';
	r = interned_put(&table->keys, bytes, sizeof(*key) + path_bytes + 1, &id);
	if (r == -ENOSPC)
		return 0;
	if (r < 0)
		return r;
	if (r == 1) {
		struct file *file = array_push(&table->files);

		if (!file)
			return -ENOMEM;
		file->state = key->is_nameless ? FILE_NAMELESS : FILE_UNREAD;
	}
	*ret = id;
	return 0;
}

const char *file_table_path(const struct file_table *table, uint32_t id)
{
	return (const char *)interned_bytes(&table->keys, id) + sizeof(struct file_key);
}

bool file_table_find(struct file_table *table, uint32_t tgid, uint32_t id, uint64_t file_offset,
		     struct symbol_name *ret)
{
	struct file *file = &table->files.items[id - 1];

	if (file->state == FILE_UNREAD)
		read_file(table, tgid, id);
	if (file->state != FILE_READ)
		return false;
	table->open_tables[file->slot].used = ++table->clock;
	return elf_symbols_find(table->open_tables[file->slot].symbols, file_offset, ret) == 0;
}

struct elf_file *file_table_open(struct file_table *table, uint32_t tgid, uint32_t id)
{
	struct wanted wanted = want(table, tgid, id);
	struct elf_file *file = NULL;

	if (wanted.key.is_nameless)
		return NULL;
	return open_main(&wanted, &file) == FOUND_IT ? file : NULL;
}

struct elf_file *file_table_open_debug(struct file_table *table, uint32_t tgid, uint32_t id,
				       const struct elf_file *main)
{
	struct wanted wanted = want(table, tgid, id);

	return open_debug(&wanted, main);
}

const char *file_table_refused(struct file_table *table)
{
	for (size_t i = 0; table->refused && i < table->files.count; i++) {
		if (table->files.items[i].state != FILE_REFUSED)
			continue;
		table->files.items[i].state = FILE_NAMELESS;
		table->refused--;
		return file_table_path(table, (uint32_t)(i + 1));
	}
	return NULL;
}

bool file_table_is_full(const struct file_table *table)
{
	return table->files.count >= FILES_MAX / 2;
}

void file_table_clear(struct file_table *table)
{
	for (size_t i = 0; i < OPEN_TABLES_MAX; i++)
		close_table(table, &table->open_tables[i]);
	array_free(&table->files);
	interned_clear(&table->keys);
	table->refused = 0;
}
