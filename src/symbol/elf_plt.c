/* Which functions of others does an ELF file call through stubs of its own? Stubs have no symbols,
 * but stand in the order of the relocations that make them lead somewhere. */
#include "symbol/elf_plt.h"

#include <elf.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>

#define RELOCATIONS_BYTES_MAX (16ULL << 20)
#define STUB_BYTES            16

/* A section that was found by its name. */
struct named {
	Elf_Scn *section;
	GElf_Shdr header;
};

struct plt {
	struct named relocations;
	struct named stubs;
	uint64_t first_at; /* what stands before the first stub */
};

static bool find_named(Elf *elf, const char *wanted, struct named *ret)
{
	Elf_Scn *section = NULL;
	size_t names = 0;
	GElf_Shdr header;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *name;

		if (!gelf_getshdr(section, &header))
			return false;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && strcmp(name, wanted) == 0) {
			*ret = (struct named){ .section = section, .header = header };
			return true;
		}
	}
	return false;
}

/* With branch tracking the stubs that are called stand apart from those that look the function up.
 */
static bool find_plt(Elf *elf, struct plt *ret)
{
	struct plt plt = {};
	GElf_Ehdr header;

	if (!gelf_getehdr(elf, &header) || !find_named(elf, ".rela.plt", &plt.relocations))
		return false;
	if (header.e_machine != EM_X86_64 && header.e_machine != EM_AARCH64)
		return false;
	if (!find_named(elf, ".plt.sec", &plt.stubs)) {
		if (!find_named(elf, ".plt", &plt.stubs))
			return false;
		plt.first_at = header.e_machine == EM_X86_64 ? STUB_BYTES : 2 * STUB_BYTES;
	}
	if (plt.relocations.header.sh_type != SHT_RELA ||
	    plt.relocations.header.sh_flags & SHF_COMPRESSED ||
	    plt.relocations.header.sh_size > RELOCATIONS_BYTES_MAX)
		return false;
	*ret = plt;
	return true;
}

/* The name of the symbol with this number in the table, whose strings are another section. */
static bool read_name(Elf *elf, Elf_Data *symbols, size_t strings, size_t number,
		      struct elf_stub *ret)
{
	const char *name;
	GElf_Sym symbol;

	if (number == 0 || number > INT32_MAX || !gelf_getsym(symbols, (int)number, &symbol))
		return false;
	/* It checks that the string ends in its section. */
	name = elf_strptr(elf, strings, symbol.st_name);
	if (!name || name[0] == '\0')
		return false;
	ret->name = name;
	ret->name_bytes = strlen(name);
	return true;
}

static int list_stubs(Elf *elf, const struct plt *plt,
		      int (*seen)(void *self, const struct elf_stub *stub), void *self)
{
	Elf_Data *relocations = elf_getdata(plt->relocations.section, NULL);
	Elf_Scn *section = elf_getscn(elf, plt->relocations.header.sh_link);
	Elf_Data *symbols;
	GElf_Shdr header;
	uint64_t at = plt->first_at;

	if (!relocations || !relocations->d_buf || !gelf_getshdr(section, &header) ||
	    header.sh_type != SHT_DYNSYM || header.sh_size > RELOCATIONS_BYTES_MAX)
		return 0;
	symbols = elf_getdata(section, NULL);
	if (!symbols || !symbols->d_buf)
		return 0;
	for (int i = 0; at + STUB_BYTES <= plt->stubs.header.sh_size; i++, at += STUB_BYTES) {
		struct elf_stub stub = { .start = plt->stubs.header.sh_addr + at,
					 .bytes = STUB_BYTES };
		GElf_Rela relocation;
		int r;

		if (!gelf_getrela(relocations, i, &relocation))
			return 0;
		if (!read_name(elf, symbols, header.sh_link, GELF_R_SYM(relocation.r_info), &stub))
			continue;
		r = seen(self, &stub);
		if (r != 0)
			return r;
	}
	return 0;
}

int elf_plt_list(Elf *elf, int (*seen)(void *self, const struct elf_stub *stub), void *self)
{
	struct plt plt;

	return find_plt(elf, &plt) ? list_stubs(elf, &plt, seen, self) : 0;
}
