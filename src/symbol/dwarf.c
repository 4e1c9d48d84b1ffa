/* Where in the source is this address? */
#include "symbol/dwarf.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/hash.h"

/* More functions than any kernel has. */
#define NAMES_MAX (1024 * 1024)

/* Two functions have this name. */
#define AMBIGUOUS UINT64_MAX

struct dwarf {
	Dwarf *dwarf;          /* session's, when there is one */
	Dwfl *session;         /* of a file that has to be laid out first; else NULL */
	Dwarf_Addr bias;       /* of the session's addresses */
	struct hash_map names; /* hash of a function's name → its address */
};

/* What the section holds, when it was compressed too. */
static uint64_t section_bytes(Elf_Scn *section, const GElf_Shdr *header)
{
	GElf_Chdr compressed;

	if (header->sh_flags & SHF_COMPRESSED && gelf_getchdr(section, &compressed))
		return compressed.ch_size;
	return header->sh_size;
}

/* All debug sections together: libdw reads each whole. 0: there is nothing to find lines by. */
static uint64_t debug_bytes(Elf *elf)
{
	bool has_lines = false;
	Elf_Scn *section = NULL;
	size_t names = 0;
	uint64_t sum = 0;
	GElf_Shdr header;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return 0;
	while ((section = elf_nextscn(elf, section))) {
		const char *name;
		uint64_t bytes;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name ||
		    (strncmp(name, ".debug_", 7) != 0 && strncmp(name, ".zdebug_", 8) != 0))
			continue;
		bytes = section_bytes(section, &header);
		if (__builtin_add_overflow(sum, bytes, &sum))
			return UINT64_MAX;
		has_lines |= strcmp(strchr(name, '_'), "_line") == 0;
	}
	return has_lines ? sum : 0;
}

/* Whether there is something to find lines by, and not too much of it. */
static int check_bytes(const struct elf_file *file, size_t limit)
{
	uint64_t bytes = debug_bytes(elf_file_elf(file));

	if (bytes == 0)
		return -ENODATA;
	return bytes > limit ? -EFBIG : 0;
}

int dwarf_open(const struct elf_file *file, size_t limit, struct dwarf **ret)
{
	owns(dwarf_free) struct dwarf *dwarf = NULL;
	GElf_Ehdr header;
	int r;

	if (!gelf_getehdr(elf_file_elf(file), &header))
		return -EBADMSG;
	r = header.e_type == ET_REL ? -ENODATA : check_bytes(file, limit);
	if (r < 0)
		return r;
	dwarf = calloc(1, sizeof(*dwarf));
	if (!dwarf)
		return -ENOMEM;
	dwarf->dwarf = dwarf_begin_elf(elf_file_elf(file), DWARF_C_READ, NULL);
	if (!dwarf->dwarf)
		return -EBADMSG;
	*ret = give(dwarf);
	return 0;
}

/* All debug information is in the file. The parameters are libdwfl's.
 * NOLINTNEXTLINE(readability-function-size) */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			     const char *file_name, const char *link, GElf_Word crc, char **path)
{
	return -1;
}

/* The session reads the file by itself, since it writes into what it has read. */
static Dwfl_Module *report(Dwfl *session, const struct elf_file *file)
{
	const void *image = NULL;
	Dwfl_Module *module;
	size_t bytes = 0;
	int fd = elf_file_where(file, &image, &bytes);

	if (fd < 0)
		return dwfl_report_offline_memory(session, "", "", (char *)(uintptr_t)image, bytes);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	module = fd < 0 ? NULL : dwfl_report_offline(session, "", "", fd);
	if (!module && fd >= 0)
		close(fd);
	return module;
}

static int add_names(Dwfl_Module *module, struct hash_map *names)
{
	int count = dwfl_module_getsymtab(module);

	for (int i = 1; i < count && i < NAMES_MAX; i++) {
		GElf_Sym symbol;
		const char *name = dwfl_module_getsym(module, i, &symbol, NULL);
		uint64_t *place;

		if (!name || name[0] == '\0' || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
		    symbol.st_shndx == SHN_UNDEF)
			continue;
		place = hash_put(names, XXH3_64bits(name, strlen(name)));
		if (!place)
			return -ENOMEM;
		*place = *place && *place != symbol.st_value ? AMBIGUOUS : symbol.st_value;
	}
	return 0;
}

int dwarf_open_named(const struct elf_file *file, size_t limit, struct dwarf **ret)
{
	static const Dwfl_Callbacks CALLBACKS = {
		.find_debuginfo = find_no_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	owns(dwarf_free) struct dwarf *dwarf = NULL;
	Dwfl_Module *module;
	int r = check_bytes(file, limit);

	if (r < 0)
		return r;
	dwarf = calloc(1, sizeof(*dwarf));
	if (!dwarf)
		return -ENOMEM;
	dwarf->session = dwfl_begin(&CALLBACKS);
	if (!dwarf->session)
		return -ENOMEM;
	module = report(dwarf->session, file);
	if (!module || dwfl_report_end(dwarf->session, NULL, NULL) != 0)
		return -EBADMSG;
	dwarf->dwarf = dwfl_module_getdwarf(module, &dwarf->bias);
	if (!dwarf->dwarf)
		return -EBADMSG;
	r = add_names(module, &dwarf->names);
	if (r < 0)
		return r;
	*ret = give(dwarf);
	return 0;
}

/* The unit that holds address. Not all compilers write the table that leads to it. */
static bool find_unit(Dwarf *dwarf, uint64_t address, Dwarf_Die *ret)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;

	if (dwarf_addrdie(dwarf, address, ret))
		return true;
	while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		if (dwarf_haspc(&die, address) == 1) {
			*ret = die;
			return true;
		}
	}
	return false;
}

/*
 * The first line of what begins at address, or the last one before. Of several lines for one
 * address, as they stand where a function begins, the first is the function's own.
 */
static Dwarf_Line *find_line(Dwarf_Die *unit, uint64_t address)
{
	Dwarf_Lines *lines = NULL;
	size_t count = 0, low = 0, high;
	Dwarf_Line *line;
	Dwarf_Addr start = 0;
	bool is_end = true;

	if (dwarf_getsrclines(unit, &lines, &count) < 0)
		return NULL;
	high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dwarf_lineaddr(dwarf_onesrcline(lines, middle), &start) < 0)
			return NULL;
		if (start < address)
			low = middle + 1;
		else
			high = middle;
	}
	/* An end of code may stand where other code begins. */
	for (; low < count; low++) {
		line = dwarf_onesrcline(lines, low);
		if (dwarf_lineaddr(line, &start) < 0 || start != address)
			break;
		if (dwarf_lineendsequence(line, &is_end) == 0 && !is_end)
			return line;
	}
	line = low ? dwarf_onesrcline(lines, low - 1) : NULL;
	if (!line || dwarf_lineendsequence(line, &is_end) < 0 || is_end)
		return NULL;
	return line;
}

int dwarf_find(const struct dwarf *dwarf, uint64_t address, const char **ret_path,
	       uint32_t *ret_line)
{
	Dwarf_Line *line;
	Dwarf_Die unit;
	const char *path;
	int number = 0;

	address -= dwarf->bias;
	if (!find_unit(dwarf->dwarf, address, &unit))
		return -ENOENT;
	line = find_line(&unit, address);
	if (!line || dwarf_lineno(line, &number) < 0 || number <= 0)
		return -ENOENT;
	path = dwarf_linesrc(line, NULL, NULL);
	if (!path || path[0] == '\0')
		return -ENOENT;
	*ret_path = path;
	*ret_line = (uint32_t)number;
	return 0;
}

static const char *inlined_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute))
		name = dwarf_formstring(&attribute);
	return name ? name : dwarf_diename(die);
}

size_t dwarf_find_inlined(const struct dwarf *dwarf, uint64_t address, const char **names,
			  size_t capacity)
{
	Dwarf_Die *scopes = NULL;
	Dwarf_Die unit, innermost;
	size_t found = 0;
	int count;

	if (!find_unit(dwarf->dwarf, address - dwarf->bias, &unit))
		return 0;
	/* Behind the innermost one come those around its definition: who it was put into stands
	 * around itself. */
	count = dwarf_getscopes(&unit, address - dwarf->bias, &scopes);
	if (count <= 0)
		return 0;
	innermost = scopes[0];
	free(scopes);
	count = dwarf_getscopes_die(&innermost, &scopes);
	for (int i = 0; i < count && found < capacity; i++) {
		const char *name;

		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		name = inlined_name(&scopes[i]);
		if (name && name[0] != '\0')
			names[found++] = name;
	}
	if (count > 0)
		free(scopes);
	return found;
}

int dwarf_find_named(const struct dwarf *dwarf, const char *name, const char **ret_path,
		     uint32_t *ret_line)
{
	const uint64_t *address = hash_find(&dwarf->names, XXH3_64bits(name, strlen(name)));

	if (!address || *address == AMBIGUOUS)
		return -ENOENT;
	return dwarf_find(dwarf, *address, ret_path, ret_line);
}

void dwarf_free(struct dwarf **dwarf)
{
	if (!*dwarf)
		return;
	if ((*dwarf)->session)
		dwfl_end((*dwarf)->session);
	else if ((*dwarf)->dwarf)
		dwarf_end((*dwarf)->dwarf);
	hash_free(&(*dwarf)->names);
	free(*dwarf);
	*dwarf = NULL;
}
