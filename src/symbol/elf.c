/* What is at this offset of a program or library? The function symbols of an ELF file, by libelf.
 */
#include "symbol/elf.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "symbol/elf_file.h"
#include "symbol/elf_plt.h"
#include "symbol/symbol.h"

/* Bounds of memory and time, far above those of the largest programs: a file may be made to look
 * endless. */
#define SYMBOLS_BYTES_MAX (96ULL << 20)
#define NAMES_BYTES_MAX   (256ULL << 20)
#define SEGMENTS_MAX      65535

/*
 * Functions written in assembler may have no size: they reach up to the next one, but are believed
 * only so far, since a wrong name is worse than none.
 */
#define SIZELESS_BYTES_MAX (16ULL << 10)

/* As perf and debuggers call a stub. */
#define STUB_SUFFIX "@plt"

struct segment {
	uint64_t offset;
	uint64_t bytes;
	uint64_t address;
};

struct function {
	uint64_t start; /* virtual address in the file's own terms */
	uint32_t bytes;
	uint32_t name; /* its place in names */
};

struct elf_symbols {
	ARRAY(struct segment) segments; /* the executable ones */
	struct function *functions;
	size_t count;
	char *names;
	size_t names_bytes;
};

/* One symbol table of a file with its strings, as libelf holds them. */
struct source {
	Elf *elf;
	Elf_Data *symbols;
	const Elf_Data *strings;
	size_t count;
};

/* A symbol that may become a function; its name is still the file's. */
struct candidate {
	uint64_t start;
	uint64_t bytes;
	const char *name;
	uint32_t name_bytes;
	uint32_t rank; /* of several names for one address the lowest wins */
	bool is_stub;
};

struct candidates {
	ARRAY(struct candidate) list;
	const struct elf_symbols *table; /* of a kernel module: its segments are its sections */
	bool is_relocatable;
};

static void free_candidates(struct candidates *candidates)
{
	array_free(&candidates->list);
}

static int add_segment(struct elf_symbols *table, struct segment segment)
{
	struct segment *added = array_push(&table->segments);

	if (!added)
		return -ENOMEM;
	*added = segment;
	return 0;
}

static int read_segments(Elf *elf, struct elf_symbols *table)
{
	size_t count = 0;

	if (elf_getphdrnum(elf, &count) < 0 || count > SEGMENTS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header))
			return -EBADMSG;
		if (header.p_type != PT_LOAD || !(header.p_flags & PF_X))
			continue;
		if (add_segment(table, (struct segment){ .offset = header.p_offset,
							 .bytes = header.p_filesz,
							 .address = header.p_vaddr }) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The kernel loads a module's sections of code one behind the other, in their order in the file,
 * each as it wants to be aligned (layout_sections() in kernel/module/main.c); those for its
 * beginning lie elsewhere and are freed. There is one segment for each section here, an empty one
 * where it is not code, so that a symbol finds its own by number.
 */
static int read_module_sections(Elf *elf, struct elf_symbols *table)
{
	static const char INIT[] = ".init";
	Elf_Scn *section = NULL;
	size_t names = 0;
	uint64_t end = 0;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return -EBADMSG;
	if (add_segment(table, (struct segment){}) < 0)
		return -ENOMEM;
	while ((section = elf_nextscn(elf, section))) {
		const uint64_t wanted = SHF_ALLOC | SHF_EXECINSTR;
		struct segment segment = {};
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			return -EBADMSG;
		name = elf_strptr(elf, names, header.sh_name);
		if ((header.sh_flags & wanted) == wanted && name &&
		    strncmp(name, INIT, sizeof(INIT) - 1) != 0) {
			uint64_t align = header.sh_addralign ? header.sh_addralign : 1;

			if (align > 1ULL << 21 || header.sh_size > NAMES_BYTES_MAX)
				return -EBADMSG;
			end = (end + align - 1) / align * align;
			segment = (struct segment){ .offset = end,
						    .bytes = header.sh_size,
						    .address = end };
			end += header.sh_size;
		}
		if (add_segment(table, segment) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The first section of this type with its strings. -ENODATA: there is none; -EBADMSG: broken. */
static int find_source(Elf *elf, uint32_t type, struct source *ret)
{
	size_t symbol_bytes = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	struct source source = { .elf = elf };
	Elf_Scn *section = NULL;
	GElf_Shdr header, strings_header;

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
	    strings_header.sh_type != SHT_STRTAB || strings_header.sh_flags & SHF_COMPRESSED ||
	    strings_header.sh_size > NAMES_BYTES_MAX)
		return -EBADMSG;
	source.strings = elf_getdata(section, NULL);
	if (!source.strings || (source.strings->d_size && !source.strings->d_buf))
		return -EBADMSG;

	source.count = source.symbols->d_buf ? source.symbols->d_size / symbol_bytes : 0;
	*ret = source;
	return 0;
}

static bool is_code(Elf *elf, const GElf_Sym *symbol)
{
	GElf_Shdr header;

	return symbol->st_shndx < SHN_LORESERVE &&
	       gelf_getshdr(elf_getscn(elf, symbol->st_shndx), &header) &&
	       header.sh_flags & SHF_EXECINSTR;
}

/* A function, or a label in code as assembler has them. */
static bool is_function(Elf *elf, const GElf_Sym *symbol)
{
	unsigned int visibility = GELF_ST_VISIBILITY(symbol->st_other);

	if (symbol->st_shndx == SHN_UNDEF)
		return false;
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return true;
	case STT_NOTYPE:
		return visibility != STV_HIDDEN && visibility != STV_INTERNAL &&
		       is_code(elf, symbol);
	default:
		return false;
	}
}

/* The symbol's name without its version ("memcpy@@GLIBC_2.14"); false when it has none, or the
 * assembler's mark. */
static bool read_name(const struct source *source, const GElf_Sym *symbol, struct candidate *ret,
		      size_t *ret_whole_bytes)
{
	const char *strings = source->strings->d_buf;
	size_t room = source->strings->d_size;
	const char *name, *end;

	if (symbol->st_name >= room)
		return false;
	name = strings + symbol->st_name;
	room -= symbol->st_name;
	end = memchr(name, '\0', room);
	if (end)
		room = (size_t)(end - name);
	*ret_whole_bytes = room;
	end = memchr(name, '@', room);
	if (end)
		room = (size_t)(end - name);
	if (room == 0 || room > UINT32_MAX - 1 || name[0] == '$')
		return false;
	ret->name = name;
	ret->name_bytes = (uint32_t)room;
	return true;
}

/*
 * The order in which perf, too, prefers one of several names for a place (symbols__fixup_duplicate
 * in its util/symbol.c), so that tables of both can be compared: one with a size, not weak, global,
 * few underscores before it, long with its version.
 */
static uint32_t rank_symbol(const GElf_Sym *symbol, const struct candidate *candidate,
			    size_t whole_bytes)
{
	unsigned int bind = GELF_ST_BIND(symbol->st_info);
	uint32_t length = whole_bytes < 4095 ? (uint32_t)whole_bytes : 4095;
	uint32_t underscores = 0;

	while (underscores < candidate->name_bytes && underscores < 255 &&
	       candidate->name[underscores] == '_')
		underscores++;
	return (symbol->st_size == 0 ? 1U << 31 : 0) | (bind == STB_WEAK ? 1U << 30 : 0) |
	       (bind != STB_GLOBAL ? 1U << 29 : 0) | underscores << 12 | (4095 - length);
}

/* Where a symbol of a kernel module will be; false when its section is no code that stays. */
static bool place_in_module(const struct elf_symbols *table, const GElf_Sym *symbol,
			    uint64_t *ret_start)
{
	const struct segment *segment;

	if (symbol->st_shndx >= table->segments.count)
		return false;
	segment = &table->segments.items[symbol->st_shndx];
	if (symbol->st_value >= segment->bytes)
		return false;
	*ret_start = segment->address + symbol->st_value;
	return true;
}

static int read_functions(const struct source *source, struct candidates *candidates)
{
	for (size_t i = 0; i < source->count; i++) {
		struct candidate candidate = {};
		struct candidate *added;
		size_t whole_bytes = 0;
		GElf_Sym symbol;

		if (!gelf_getsym(source->symbols, (int)i, &symbol))
			return -EBADMSG;
		if (!is_function(source->elf, &symbol) ||
		    !read_name(source, &symbol, &candidate, &whole_bytes))
			continue;
		candidate.start = symbol.st_value;
		candidate.bytes = symbol.st_size;
		candidate.rank = rank_symbol(&symbol, &candidate, whole_bytes);
		if (candidates->is_relocatable &&
		    !place_in_module(candidates->table, &symbol, &candidate.start))
			continue;
		added = array_push(&candidates->list);
		if (!added)
			return -ENOMEM;
		*added = candidate;
	}
	return 0;
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	/* Any order will do, but it must be the same each time. */
	order = strncmp(a->name, b->name,
			a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes);
	if (order)
		return order;
	if (a->name_bytes != b->name_bytes)
		return a->name_bytes < b->name_bytes ? -1 : 1;
	return a->bytes < b->bytes ? 1 : a->bytes > b->bytes ? -1 : 0;
}

/* One name for each place, and none for a label inside of a function. */
static void keep_best_names(struct candidates *candidates)
{
	struct candidate *list = candidates->list.items;
	uint64_t covered_until = 0;
	size_t kept = 0;

	qsort(list, candidates->list.count, sizeof(*list), compare_candidates);
	for (size_t i = 0; i < candidates->list.count; i++) {
		uint64_t end;

		if (kept && list[i].start == list[kept - 1].start)
			continue;
		if (list[i].bytes == 0 && list[i].start < covered_until)
			continue;
		if (__builtin_add_overflow(list[i].start, list[i].bytes, &end))
			end = UINT64_MAX;
		if (end > covered_until)
			covered_until = end;
		list[kept++] = list[i];
	}
	candidates->list.count = kept;
}

static void extend_sizeless(struct candidates *candidates)
{
	struct candidate *list = candidates->list.items;

	for (size_t i = 0; i < candidates->list.count; i++) {
		if (list[i].bytes)
			continue;
		list[i].bytes = SIZELESS_BYTES_MAX;
		if (i + 1 < candidates->list.count &&
		    list[i + 1].start - list[i].start < SIZELESS_BYTES_MAX)
			list[i].bytes = list[i + 1].start - list[i].start;
	}
}

/* With its terminator. */
static size_t kept_bytes(const struct candidate *candidate)
{
	return (size_t)candidate->name_bytes + (candidate->is_stub ? sizeof(STUB_SUFFIX) : 1);
}

/* The names are copied: the file's own strings go with the file, and most of them are no
 * function's.
 */
static int keep_functions(const struct candidates *candidates, struct elf_symbols *table)
{
	const struct candidate *list = candidates->list.items;
	size_t count = candidates->list.count;
	size_t names_bytes = 0;

	for (size_t i = 0; i < count; i++)
		names_bytes += kept_bytes(&list[i]);
	if (names_bytes > UINT32_MAX)
		return -EBADMSG;
	table->functions = calloc(count, sizeof(*table->functions));
	table->names = malloc(names_bytes);
	if (!table->functions || !table->names)
		return -ENOMEM;

	for (size_t i = 0; i < count; i++) {
		char *name = table->names + table->names_bytes;

		memcpy(name, list[i].name, list[i].name_bytes);
		memcpy(name + list[i].name_bytes, list[i].is_stub ? STUB_SUFFIX : "",
		       kept_bytes(&list[i]) - list[i].name_bytes);
		table->functions[i] = (struct function){
			.start = list[i].start,
			.bytes = list[i].bytes < UINT32_MAX ? (uint32_t)list[i].bytes : UINT32_MAX,
			.name = (uint32_t)table->names_bytes,
		};
		table->names_bytes += kept_bytes(&list[i]);
	}
	table->count = count;
	return 0;
}

/* A function of another file, by the stub that leads to it. */
static int add_stub(void *self, const struct elf_stub *stub)
{
	struct candidates *candidates = self;
	struct candidate *added;

	if (stub->name_bytes > UINT32_MAX / 2)
		return 0;
	added = array_push(&candidates->list);
	if (!added)
		return -ENOMEM;
	*added = (struct candidate){
		.start = stub->start,
		.bytes = stub->bytes,
		.name = stub->name,
		.name_bytes = (uint32_t)stub->name_bytes,
		.rank = UINT32_MAX, /* a symbol for the stub itself would know better */
		.is_stub = true,
	};
	return 0;
}

/* That a file has no such section is no failure. */
static int read_source(const struct elf_file *file, uint32_t type, struct candidates *candidates)
{
	struct source source;
	int r = find_source(elf_file_elf(file), type, &source);

	if (r == 0)
		r = read_functions(&source, candidates);
	return r == -ENODATA ? 0 : r;
}

/* What is broken beside the file itself only adds nothing. */
static int read_all(const struct elf_file *file, const struct elf_file *debug,
		    const struct elf_file *mini, struct candidates *candidates)
{
	int r = read_source(file, SHT_SYMTAB, candidates);

	if (r < 0 || candidates->list.count)
		return r;
	if (debug && read_source(debug, SHT_SYMTAB, candidates) == -ENOMEM)
		return -ENOMEM;
	if (candidates->list.count)
		return 0;
	if (mini && read_source(mini, SHT_SYMTAB, candidates) == -ENOMEM)
		return -ENOMEM;
	return read_source(file, SHT_DYNSYM, candidates);
}

static int make_table(const struct elf_file *file, const struct elf_file *debug,
		      struct elf_symbols *table)
{
	owns(elf_file_free) struct elf_file *mini = NULL;
	owns(free_candidates) struct candidates candidates = { .table = table };
	GElf_Ehdr header;
	int r;

	if (!gelf_getehdr(elf_file_elf(file), &header))
		return -EBADMSG;
	candidates.is_relocatable = header.e_type == ET_REL;
	r = candidates.is_relocatable ? read_module_sections(elf_file_elf(file), table)
				      : read_segments(elf_file_elf(file), table);
	if (r < 0)
		return r;
	if (!elf_file_has_symtab(file) && elf_file_open_debugdata(file, &mini) == -ENOMEM)
		return -ENOMEM;
	r = read_all(file, debug, mini, &candidates);
	if (r == 0 && !candidates.is_relocatable)
		r = elf_plt_list(elf_file_elf(file), add_stub, &candidates);
	if (r < 0)
		return r;
	if (candidates.list.count == 0)
		return -ENODATA;
	keep_best_names(&candidates);
	extend_sizeless(&candidates);
	return keep_functions(&candidates, table);
}

int elf_symbols_make(const struct elf_file *file, const struct elf_file *debug,
		     struct elf_symbols **ret)
{
	owns(elf_symbols_free) struct elf_symbols *table = calloc(1, sizeof(*table));
	int r = table ? make_table(file, debug, table) : -ENOMEM;

	if (r < 0)
		return r;
	*ret = give(table);
	return 0;
}

int elf_symbols_read(int fd, struct elf_symbols **ret, struct diag *why)
{
	owns(elf_file_free) struct elf_file *file = NULL;
	int r = elf_file_open(fd, &file);

	if (r == 0)
		r = elf_symbols_make(file, NULL, ret);
	if (r == -ENOMEM)
		return diag_set(why, r, "no memory for the symbols of an ELF file");
	if (r == -ENODATA)
		return diag_set(why, r, "the ELF file has no function symbols (it is stripped)");
	if (r < 0)
		return diag_set(why, r, "not an ELF file, or a broken one");
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
	size_t low = 0, high = table->count;
	const struct function *function;
	uint64_t address = 0;

	if (find_address(table, file_offset, &address) < 0)
		return -ENOENT;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return -ENOENT;
	function = &table->functions[low - 1];
	if (address - function->start >= function->bytes)
		return -ENOENT;

	*ret = (struct symbol_name){
		.name = table->names + function->name,
		.module = "",
		.start = file_offset - (address - function->start),
		.address = function->start,
	};
	return 0;
}

size_t elf_symbols_bytes(const struct elf_symbols *table)
{
	return sizeof(*table) + table->segments.capacity * sizeof(*table->segments.items) +
	       table->count * sizeof(*table->functions) + table->names_bytes;
}

void elf_symbols_free(struct elf_symbols **table)
{
	if (!*table)
		return;
	array_free(&(*table)->segments);
	free((*table)->functions);
	free((*table)->names);
	free(*table);
	*table = NULL;
}
