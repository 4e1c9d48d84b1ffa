/* What is at this offset of a program or library? The function symbols of an ELF file, by libelf.
 */
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "symbol/symbol.h"

/*
 * Bounds of memory and time, far above those of the largest programs: a file may be made to look
 * endless. Programs with more sections than their header can count are not made by any linker.
 */
#define SYMBOLS_BYTES_MAX (96ULL << 20)
#define NAMES_BYTES_MAX   (256ULL << 20)
#define SEGMENTS_MAX      65535

struct segment {
	uint64_t offset;
	uint64_t bytes;
	uint64_t address;
};

struct function {
	uint64_t start; /* virtual address in the file's own terms */
	uint64_t bytes;
	uint32_t name; /* its place in names */
	uint32_t rank; /* of several names for one address the lowest wins */
};

struct elf_symbols {
	ARRAY(struct segment) segments; /* the executable ones */
	ARRAY(struct function) functions;
	char *names; /* a copy of the file's string table, with a NUL behind it */
	size_t names_bytes;
};

/* One symbol table of the file with its strings, as libelf holds them. */
struct source {
	Elf_Data *symbols;
	Elf_Data *strings;
	size_t count;
};

static void end_elf(Elf **elf)
{
	elf_end(*elf);
	*elf = NULL;
}

static int read_segments(Elf *elf, struct elf_symbols *table)
{
	size_t count = 0;

	if (elf_getphdrnum(elf, &count) < 0 || count > SEGMENTS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		struct segment *segment;
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header))
			return -EBADMSG;
		if (header.p_type != PT_LOAD || !(header.p_flags & PF_X))
			continue;
		segment = array_push(&table->segments);
		if (!segment)
			return -ENOMEM;
		*segment = (struct segment){
			.offset = header.p_offset,
			.bytes = header.p_filesz,
			.address = header.p_vaddr,
		};
	}
	return 0;
}

/* The first section of this type with its strings. -ENODATA: there is none; -EBADMSG: broken. */
static int find_source(Elf *elf, uint32_t type, struct source *ret)
{
	size_t symbol_bytes = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	Elf_Scn *section = NULL;
	GElf_Shdr header, strings_header;
	struct source source;

	do {
		section = elf_nextscn(elf, section);
		if (!section)
			return -ENODATA;
		if (!gelf_getshdr(section, &header))
			return -EBADMSG;
	} while (header.sh_type != type);

	if (header.sh_flags & SHF_COMPRESSED || header.sh_size > SYMBOLS_BYTES_MAX)
		return -EBADMSG;
	source.symbols = elf_getdata(section, NULL);
	section = elf_getscn(elf, header.sh_link);
	if (!source.symbols || !symbol_bytes || !gelf_getshdr(section, &strings_header) ||
	    strings_header.sh_type != SHT_STRTAB || strings_header.sh_size > NAMES_BYTES_MAX)
		return -EBADMSG;
	source.strings = elf_getdata(section, NULL);
	if (!source.strings || (source.strings->d_size && !source.strings->d_buf))
		return -EBADMSG;

	source.count = source.symbols->d_buf ? source.symbols->d_size / symbol_bytes : 0;
	*ret = source;
	return 0;
}

static int copy_names(const Elf_Data *strings, struct elf_symbols *table)
{
	free(table->names);
	table->names = calloc(1, strings->d_size + 1);
	if (!table->names)
		return -ENOMEM;
	if (strings->d_size)
		memcpy(table->names, strings->d_buf, strings->d_size);
	table->names_bytes = strings->d_size;
	return 0;
}

static bool is_function(const GElf_Sym *symbol)
{
	unsigned int type = GELF_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_size > 0;
}

/* Global before weak before local, few underscores before many. */
static uint32_t rank_symbol(const GElf_Sym *symbol, const char *name)
{
	uint32_t underscores = (uint32_t)strspn(name, "_");
	unsigned int bind = GELF_ST_BIND(symbol->st_info);
	uint32_t rank = underscores < 63 ? underscores : 63;

	if (bind != STB_GLOBAL && bind != STB_GNU_UNIQUE)
		rank += bind == STB_WEAK ? 64 : 128;
	return rank;
}

static int read_functions(const struct source *source, struct elf_symbols *table)
{
	int r = copy_names(source->strings, table);

	if (r < 0)
		return r;
	for (size_t i = 0; i < source->count; i++) {
		struct function *function;
		GElf_Sym symbol;
		char *name, *version;

		if (!gelf_getsym(source->symbols, (int)i, &symbol))
			return -EBADMSG;
		if (!is_function(&symbol) || symbol.st_name >= table->names_bytes)
			continue;
		name = table->names + symbol.st_name;
		/* "memcpy@@GLIBC_2.14": the version is not the function's name. */
		version = strchr(name, '@');
		if (version)
			*version = '\0';
		if (name[0] == '\0' || name[0] == '$')
			continue;
		function = array_push(&table->functions);
		if (!function)
			return -ENOMEM;
		*function = (struct function){
			.start = symbol.st_value,
			.bytes = symbol.st_size,
			.name = symbol.st_name,
			.rank = rank_symbol(&symbol, name),
		};
	}
	return 0;
}

static int compare_functions(const void *left, const void *right)
{
	const struct function *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	/* Any order will do, but it must be the same each time. */
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return a->bytes < b->bytes ? 1 : a->bytes > b->bytes ? -1 : 0;
}

static void keep_best_names(struct elf_symbols *table)
{
	struct function *functions = table->functions.items;
	size_t kept = 0;

	qsort(functions, table->functions.count, sizeof(*functions), compare_functions);
	for (size_t i = 1; i < table->functions.count; i++) {
		if (functions[i].start != functions[kept].start)
			functions[++kept] = functions[i];
	}
	table->functions.count = kept + 1;
}

/* A stripped file has no .symtab, or none with functions: then what it exports is all there is. */
static int read_best_source(Elf *elf, struct elf_symbols *table)
{
	static const uint32_t TYPES[] = { SHT_SYMTAB, SHT_DYNSYM };

	for (size_t i = 0; i < array_count(TYPES); i++) {
		struct source source;
		int r = find_source(elf, TYPES[i], &source);

		if (r == -ENODATA)
			continue;
		if (r == 0)
			r = read_functions(&source, table);
		if (r < 0 || table->functions.count)
			return r;
	}
	return -ENODATA;
}

/* A file cut short loses its section headers, which stand at its end: libelf shows no sections. */
static bool has_lost_sections(Elf *elf)
{
	size_t sections = 0;
	GElf_Ehdr header;

	return !gelf_getehdr(elf, &header) || elf_getshdrnum(elf, &sections) < 0 ||
	       (header.e_shoff && sections == 0);
}

/* libelf makes room for all sections at once: their number must be the header's, not one behind it.
 */
static bool has_endless_sections(int fd)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr small;
		Elf64_Ehdr large;
	} header = {};

	if (pread(fd, &header, sizeof(header), 0) < 0)
		return true;
	if (header.ident[EI_CLASS] == ELFCLASS32)
		return header.small.e_shoff && !header.small.e_shnum;
	return header.large.e_shoff && !header.large.e_shnum;
}

static int read_table(int fd, struct elf_symbols *table)
{
	owns(end_elf) Elf *elf = NULL;
	int r;

	/* Not by mmap: a file that is cut while it is read would kill the reader. */
	if (elf_version(EV_CURRENT) == EV_NONE || has_endless_sections(fd))
		return -EBADMSG;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || has_lost_sections(elf))
		return -EBADMSG;

	r = read_segments(elf, table);
	if (r < 0)
		return r;
	return read_best_source(elf, table);
}

int elf_symbols_read(int fd, struct elf_symbols **ret, struct diag *why)
{
	owns(elf_symbols_free) struct elf_symbols *table = calloc(1, sizeof(*table));
	int r = table ? read_table(fd, table) : -ENOMEM;

	if (r == -ENOMEM)
		return diag_set(why, r, "no memory for the symbols of an ELF file");
	if (r == -ENODATA)
		return diag_set(why, r, "the ELF file has no function symbols (it is stripped)");
	if (r < 0)
		return diag_set(why, r, "not an ELF file, or a broken one");

	keep_best_names(table);
	*ret = give(table);
	return 0;
}

/* Where the loader puts this offset of the file. */
static int find_address(const struct elf_symbols *table, uint64_t offset, uint64_t *ret)
{
	for (size_t i = 0; i < table->segments.count; i++) {
		const struct segment *segment = &table->segments.items[i];

		if (offset >= segment->offset && offset - segment->offset < segment->bytes) {
			*ret = segment->address + (offset - segment->offset);
			return 0;
		}
	}
	return -ENOENT;
}

int elf_symbols_find(const struct elf_symbols *table, uint64_t file_offset, struct symbol_name *ret)
{
	size_t low = 0, high = table->functions.count;
	const struct function *function;
	uint64_t address = 0;

	if (find_address(table, file_offset, &address) < 0)
		return -ENOENT;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->functions.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return -ENOENT;
	function = &table->functions.items[low - 1];
	if (address - function->start >= function->bytes)
		return -ENOENT;

	*ret = (struct symbol_name){
		.name = table->names + function->name,
		.module = "",
		.start = file_offset - (address - function->start),
	};
	return 0;
}

size_t elf_symbols_bytes(const struct elf_symbols *table)
{
	return sizeof(*table) + table->segments.capacity * sizeof(*table->segments.items) +
	       table->functions.capacity * sizeof(*table->functions.items) + table->names_bytes;
}

void elf_symbols_free(struct elf_symbols **table)
{
	if (!*table)
		return;
	array_free(&(*table)->segments);
	array_free(&(*table)->functions);
	free((*table)->names);
	free(*table);
	*table = NULL;
}
