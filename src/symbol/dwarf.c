/* Where in the source is this address? */
#include "symbol/dwarf.h"

#include <elf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct dwarf {
	Dwarf *dwarf;
};

static void end_dwarf(Dwarf **dwarf)
{
	if (*dwarf)
		dwarf_end(*dwarf);
	*dwarf = NULL;
}

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

int dwarf_open(const struct elf_file *file, size_t limit, struct dwarf **ret)
{
	owns(end_dwarf) Dwarf *handle = NULL;
	Elf *elf = elf_file_elf(file);
	struct dwarf *dwarf;
	GElf_Ehdr header;
	uint64_t bytes;

	if (!gelf_getehdr(elf, &header))
		return -EBADMSG;
	bytes = header.e_type == ET_REL ? 0 : debug_bytes(elf);
	if (bytes == 0)
		return -ENODATA;
	if (bytes > limit)
		return -EFBIG;
	handle = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!handle)
		return -EBADMSG;
	dwarf = calloc(1, sizeof(*dwarf));
	if (!dwarf)
		return -ENOMEM;
	dwarf->dwarf = give(handle);
	*ret = dwarf;
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

void dwarf_free(struct dwarf **dwarf)
{
	if (!*dwarf)
		return;
	end_dwarf(&(*dwarf)->dwarf);
	free(*dwarf);
	*dwarf = NULL;
}
