/* Which function of which file does an address of a process lie in? Its mappings lead to the file.
 */
#include "symbol/user.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "symbol/files.h"
#include "symbol/generated.h"
#include "symbol/places.h"
#include "symbol/retry.h"

/*
 * Bounds of memory. When one of the first three is passed all is forgotten, and read again at need.
 * Where nothing can be read again there is more room; a process keeps no more mappings than the
 * kernel allows it by default.
 */
#define PROCESSES_MAX       65536UL
#define REGIONS_MAX         500000UL
#define TOLD_PROCESSES_MAX  (8 * PROCESSES_MAX)
#define TOLD_REGIONS_MAX    (8 * REGIONS_MAX)
#define PROCESS_REGIONS_MAX 65536

#define MAPS_WAIT_NS 100000000ULL

/* No code lies in the first page, and none of a process in the upper half. */
#define ADDRESS_MIN 4096ULL
#define ADDRESS_MAX (UINT64_MAX >> 1)

/* The kernel's modules are kept as the mappings of this process, which the kernel calls the idle
 * one. */
#define KERNEL_TGID 0

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
	bool is_told;      /* some of the regions were told */
	bool is_inherited; /* the regions are its parent's: good until its own can be read */
	char comm[16];
	struct retry retry;
	struct generated generated;
	ARRAY(struct region) regions; /* ascending, not overlapping */
};

struct user_table {
	struct symbol_source source;
	struct hash_map processes; /* tgid → struct user_process * */
	struct file_table *files;
	struct places places;
	struct inlined *inlined;
	uint32_t kernel_file;   /* the kernel's own; 0: not told */
	size_t regions;         /* of all processes */
	size_t generated_bytes; /* of all processes' perf maps */
	uint32_t generation;
	char generated_path[64]; /* of the one that was asked last */
};

/* One line of /proc/PID/maps, or one told mapping. */
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
	process->is_inherited = process->is_told = false;
	process->generation = ++table->generation;
}

static void free_process(struct user_table *table, struct user_process *process)
{
	forget_regions(table, process);
	generated_forget(&process->generated, &table->generated_bytes);
	free(process);
}

static void forget_all(struct user_table *table)
{
	for (size_t i = 0; i < table->processes.capacity; i++) {
		const struct hash_slot *slot = &table->processes.slots[i];

		if (slot->used)
			free_process(table, (struct user_process *)(uintptr_t)slot->value);
	}
	hash_free(&table->processes);
	file_table_clear(table->files);
	places_clear(&table->places);
	if (table->inlined)
		inlined_clear(table->inlined);
	table->kernel_file = 0;
}

/* What is forgotten can only be read again where living processes are asked. */
static bool is_too_full(const struct user_table *table)
{
	if (!table->source.maps)
		return table->processes.count >= TOLD_PROCESSES_MAX ||
		       table->regions >= TOLD_REGIONS_MAX;
	/* Files are met while mappings are read: half of their room is left for one process. */
	return table->processes.count >= PROCESSES_MAX || table->regions >= REGIONS_MAX ||
	       file_table_is_full(table->files);
}

static void cut_deleted(struct line *line)
{
	static const char DELETED[] = " (deleted)";
	const size_t bytes = sizeof(DELETED) - 1;

	if (line->path_bytes > bytes &&
	    memcmp(line->path + line->path_bytes - bytes, DELETED, bytes) == 0)
		line->path_bytes -= bytes;
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
	cut_deleted(&line);
	*ret = line;
	return line.region.start < line.region.end;
}

static bool starts_with(const struct line *line, const char *prefix)
{
	size_t bytes = strlen(prefix);

	return line->path_bytes >= bytes && memcmp(line->path, prefix, bytes) == 0;
}

static bool is_path(const struct line *line, const char *path)
{
	return line->path_bytes == strlen(path) && !memcmp(line->path, path, line->path_bytes);
}

/* Memory that looks like a file: what stands there was made by the process. */
static bool is_memory(const struct line *line)
{
	static const char *const PREFIXES[] = { "//anon", "/dev/zero", "/anon_hugepage",
						"/memfd:", "/SYSV" };

	for (size_t i = 0; i < array_count(PREFIXES); i++) {
		if (starts_with(line, PREFIXES[i]))
			return true;
	}
	return false;
}

/*
 * The number of the line's file; 0: none. The code that the kernel itself maps into a process is
 * one of them: one image for all 64-bit processes, another for 32-bit ones, which we cannot see.
 */
static int find_file(struct user_table *table, const struct line *line, uint32_t *ret)
{
	bool is_vdso = is_path(line, "[vdso]"), is_vsyscall = is_path(line, "[vsyscall]");
	struct file_key key = line->key;

	*ret = 0;
	if (is_vdso || is_vsyscall)
		key.is_nameless = is_vsyscall || line->region.end <= UINT32_MAX ||
				  (key.is_told && key.build_id.bytes == 0);
	else if (line->path_bytes == 0 || line->path[0] != '/' ||
		 (key.inode == 0 && !key.is_told) || is_memory(line))
		return 0;
	return file_table_put(table->files, &key, line->path, line->path_bytes, ret);
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

/* --- told mappings --- */

/* The first region that ends behind this address. */
static size_t first_behind(const struct user_process *process, uint64_t address)
{
	size_t low = 0, high = process->regions.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->regions.items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct region cut_before(struct region region, uint64_t address)
{
	region.end = address;
	return region;
}

static struct region cut_behind(struct region region, uint64_t address)
{
	region.file_offset += address - region.start;
	region.start = address;
	return region;
}

/* Put new regions in the place of `gone` old ones. */
static int splice_regions(struct user_table *table, struct user_process *process, size_t at,
			  size_t gone, const struct region *pieces, size_t count)
{
	size_t behind = process->regions.count - at - gone;

	/* At most two more than before. */
	for (size_t i = gone; i < count; i++) {
		if (!array_push(&process->regions))
			return -ENOMEM;
		table->regions++;
	}
	memmove(&process->regions.items[at + count], &process->regions.items[at + gone],
		behind * sizeof(*pieces));
	memcpy(&process->regions.items[at], pieces, count * sizeof(*pieces));
	if (gone > count) {
		table->regions -= gone - count;
		process->regions.count -= gone - count;
	}
	return 0;
}

/* The new region takes the place of what it overlaps. */
static int put_region(struct user_table *table, struct user_process *process,
		      const struct region *region)
{
	size_t first = first_behind(process, region->start), last = first;
	const struct region *regions = process->regions.items;
	struct region pieces[3];
	size_t count = 0;

	while (last < process->regions.count && regions[last].start < region->end)
		last++;
	if (first < last && regions[first].start < region->start)
		pieces[count++] = cut_before(regions[first], region->start);
	pieces[count++] = *region;
	if (first < last && regions[last - 1].end > region->end)
		pieces[count++] = cut_behind(regions[last - 1], region->end);

	/* Names are only remembered for addresses that lay in a region. */
	if (first < last)
		process->generation = ++table->generation;
	return splice_regions(table, process, first, last - first, pieces, count);
}

/* "[zfs]" is a file only as one of the kernel's. */
static int find_told_file(struct user_table *table, uint32_t tgid, const struct line *line,
			  uint32_t *ret)
{
	*ret = 0;
	if (tgid == KERNEL_TGID) {
		struct file_key key = line->key;

		/* Which of its builds was loaded must be known. */
		key.is_nameless = key.build_id.bytes == 0;
		return file_table_put(table->files, &key, line->path, line->path_bytes, ret);
	}
	return find_file(table, line, ret);
}

static bool read_mapping(const struct event_mapping *mapping, struct line *ret)
{
	struct line line = {
		.region = { .start = mapping->start, .file_offset = mapping->file_offset },
		.key = { .is_told = 1 },
		.path = mapping->path,
		.path_bytes = mapping->path_bytes,
	};
	uint8_t id_bytes = mapping->build_id_bytes;

	if (mapping->bytes == 0 ||
	    __builtin_add_overflow(mapping->start, mapping->bytes, &line.region.end))
		return false;
	if (id_bytes > sizeof(mapping->build_id))
		return false;
	memcpy(line.key.build_id.data, mapping->build_id, id_bytes);
	line.key.build_id.bytes = id_bytes;
	cut_deleted(&line);
	if (mapping->tgid == KERNEL_TGID && (line.path_bytes < 3 || line.path[0] != '['))
		return false;
	*ret = line;
	return true;
}

static struct user_place place_in_file(struct user_table *table, uint32_t tgid,
				       const struct region *region, uint64_t address)
{
	uint64_t file_offset = region->file_offset + (address - region->start);
	struct user_place place = { .name = "", .offset = (uint32_t)file_offset };
	struct symbol_name found;

	if (file_table_find(table->files, tgid, region->file, file_offset, &found)) {
		place.name = found.name;
		place.file = region->file;
		place.address = found.address;
		place.offset = (uint32_t)(file_offset - found.start);
	}
	place.module = file_table_path(table->files, region->file);
	return place;
}

int user_table_new(const struct symbol_source *source, struct user_table **ret)
{
	owns(user_table_free) struct user_table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	table->source = *source;
	r = file_table_new(source, &table->files);
	if (r == 0)
		r = inlined_new(&table->inlined);
	if (r < 0)
		return r;
	*ret = give(table);
	return 0;
}

struct user_process *user_table_process(struct user_table *table, uint32_t tgid)
{
	struct user_process *process;
	uint64_t *place;

	place = hash_find(&table->processes, tgid);
	if (place && !is_too_full(table))
		return (struct user_process *)(uintptr_t)*place;
	if (is_too_full(table))
		forget_all(table);
	place = hash_put(&table->processes, tgid);
	if (!place)
		return NULL;

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

/* Regions that are only guessed give way to the process's own as soon as those can be read. */
static int look_again(struct user_table *table, struct user_process *process, uint64_t address,
		      uint64_t now_ns, const struct region **ret)
{
	int r;

	if (!table->source.maps || process->tgid == KERNEL_TGID ||
	    !retry_is_due(&process->retry, now_ns))
		return 0;
	r = read_maps(table, process);
	if (r < 0)
		return r;
	*ret = find_region(process, address);
	retry_note(&process->retry, now_ns, MAPS_WAIT_NS, *ret != NULL);
	return 0;
}

/* Code without a file: the process may have told others what it is. */
static int find_generated(struct user_table *table, struct user_process *process, uint64_t address,
			  uint64_t now_ns, struct user_place *ret)
{
	struct symbol_name found;
	int r = -ENOENT;

	if (process->generated.map)
		r = perf_map_find(process->generated.map, address, &found);
	if (r < 0) {
		if (!generated_look_again(&process->generated, &table->generated_bytes,
					  &table->source, process->tgid, now_ns))
			return -ENOENT;
		process->generation = ++table->generation;
		r = perf_map_find(process->generated.map, address, &found);
	}
	if (r < 0)
		return r;
	(void)snprintf(table->generated_path, sizeof(table->generated_path),
		       "/tmp/perf-%" PRIu32 ".map", process->tgid);
	*ret = (struct user_place){ .name = found.name,
				    .module = table->generated_path,
				    .offset = (uint32_t)(address - found.start) };
	return 0;
}

int user_table_find(struct user_table *table, struct user_process *process, uint64_t address,
		    uint64_t now_ns, struct user_place *ret)
{
	const struct region *region;

	if (address < ADDRESS_MIN || (address > ADDRESS_MAX && process->tgid != KERNEL_TGID))
		return -ENOENT;
	region = find_region(process, address);
	if (!region || process->is_inherited) {
		int r = look_again(table, process, address, now_ns, &region);

		if (r < 0)
			return r;
	}
	if (!region)
		return -ENOENT;
	if (!region->file)
		return find_generated(table, process, address, now_ns, ret);
	*ret = place_in_file(table, process->tgid, region, address);
	return 0;
}

int user_table_rename(struct user_table *table, uint32_t tgid, const char comm[16])
{
	struct user_process *process = user_table_process(table, tgid);

	if (!process)
		return -ENOMEM;
	if (process->is_named && memcmp(process->comm, comm, sizeof(process->comm)) == 0)
		return 0;

	/* What was told is told once, and may go on to hold: a name can be changed by hand. What a
	 * new program maps is told anew, and takes the old one's place. */
	if (!process->is_told && table->source.maps)
		forget_regions(table, process);
	process->retry = (struct retry){};
	memcpy(process->comm, comm, sizeof(process->comm));
	process->is_named = true;
	return 0;
}

/* The kernel itself is named by kallsyms: its file is only good for places. */
static int take_kernel(struct user_table *table, const struct line *line)
{
	static const char PATH[] = "[kernel]";
	struct file_key key = line->key;

	key.is_nameless = key.build_id.bytes == 0;
	return file_table_put(table->files, &key, PATH, sizeof(PATH) - 1, &table->kernel_file);
}

int user_table_map(struct user_table *table, const struct event_mapping *mapping)
{
	struct user_process *process = user_table_process(table, mapping->tgid);
	struct line line;
	int r;

	if (!process)
		return -ENOMEM;
	if (!read_mapping(mapping, &line) || process->regions.count >= PROCESS_REGIONS_MAX)
		return 0;
	if (mapping->tgid == KERNEL_TGID && starts_with(&line, "[guest."))
		return 0;
	if (mapping->tgid == KERNEL_TGID && starts_with(&line, "[kernel."))
		return take_kernel(table, &line);
	r = find_told_file(table, mapping->tgid, &line, &line.region.file);
	if (r < 0)
		return r;
	process->is_told = true;
	return put_region(table, process, &line.region);
}

int user_table_fork(struct user_table *table, uint32_t parent_tgid, uint32_t tgid)
{
	const uint64_t *place = hash_find(&table->processes, parent_tgid);
	const struct user_process *parent;
	struct user_process *process;

	if (!place || hash_find(&table->processes, tgid) || is_too_full(table))
		return 0;
	parent = (const struct user_process *)(uintptr_t)*place;
	process = user_table_process(table, tgid);
	if (!process)
		return -ENOMEM;
	process->is_named = parent->is_named;
	memcpy(process->comm, parent->comm, sizeof(process->comm));
	for (size_t i = 0; i < parent->regions.count; i++) {
		struct region *region = array_push(&process->regions);

		if (!region)
			return -ENOMEM;
		*region = parent->regions.items[i];
		table->regions++;
	}
	process->is_inherited = true;
	process->is_told = parent->is_told;
	return 0;
}

const char *user_table_refused(struct user_table *table)
{
	return file_table_refused(table->files);
}

size_t user_table_inlined(struct user_table *table, const struct user_process *process,
			  const struct user_place *place, const char *names[INLINED_DEPTH_MAX])
{
	const struct inlined_at at = { .address = place->address + place->offset,
				       .file = place->file,
				       .tgid = process->tgid };

	if (!place->file || table->source.debug_bytes_max == 0)
		return 0;
	return inlined_find(table->inlined, table->files, &at, table->source.debug_bytes_max,
			    names);
}

struct inlined_lacks user_table_inlined_lacks(const struct user_table *table)
{
	return inlined_lacks(table->inlined);
}

int user_table_want_place(struct user_table *table, const struct user_process *process,
			  const struct user_place *place, uint32_t symbol)
{
	const struct wanted_place wanted = { .address = place->address,
					     .file = place->file,
					     .tgid = process->tgid,
					     .symbol = symbol };

	if (!place->file || !symbol || table->source.debug_bytes_max == 0)
		return 0;
	return places_want(&table->places, &wanted);
}

int user_table_want_kernel_place(struct user_table *table, uint64_t address, const char *name,
				 uint32_t symbol)
{
	const uint64_t *place = hash_find(&table->processes, KERNEL_TGID);
	struct wanted_place wanted = { .tgid = KERNEL_TGID, .symbol = symbol };
	const struct region *region = NULL;

	if (!symbol || table->source.debug_bytes_max == 0)
		return 0;
	if (place)
		region = find_region((const struct user_process *)(uintptr_t)*place, address);
	wanted.file = region ? region->file : table->kernel_file;
	return wanted.file ? places_want_named(&table->places, &wanted, name) : 0;
}

int user_table_tell_places(struct user_table *table, const struct places_listener *listener)
{
	return places_tell(&table->places, table->files, table->source.debug_bytes_max, listener);
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
	if ((*table)->files)
		forget_all(*table);
	inlined_free(&(*table)->inlined);
	file_table_free(&(*table)->files);
	free(*table);
	*table = NULL;
}
