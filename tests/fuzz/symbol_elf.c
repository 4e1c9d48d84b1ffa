/* Can any file make the reader of ELF symbols crash, read astray, or give a name that is none? */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/symbol.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_up(const struct elf_symbols *table, uint64_t offset)
{
	struct symbol_name found;
	int r = elf_symbols_find(table, offset, &found);

	check(r == 0 || r == -ENOENT);
	if (r == 0)
		check(strlen(found.name) > 0);
}

/* What stands before the symbols in a whole file. */
struct front {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[3]; /* none, symbols, strings */
};

/* A file with sound headers around these bytes: the first part of them are symbols, the rest names.
 */
static void write_wrapped(int fd, const uint8_t *data, size_t size)
{
	size_t symbols_bytes = size / 2 / sizeof(Elf64_Sym) * sizeof(Elf64_Sym);
	struct front front = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_DYN,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = offsetof(struct front, segment),
			.e_shoff = offsetof(struct front, sections),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = 3,
		},
		.segment = { .p_type = PT_LOAD, .p_flags = PF_X, .p_filesz = 4096 },
		.sections[1] = {
			.sh_type = SHT_SYMTAB,
			.sh_offset = sizeof(front),
			.sh_size = symbols_bytes,
			.sh_link = 2,
			.sh_entsize = sizeof(Elf64_Sym),
		},
		.sections[2] = {
			.sh_type = SHT_STRTAB,
			.sh_offset = sizeof(front) + symbols_bytes,
			.sh_size = size - symbols_bytes,
		},
	};

	check(write(fd, &front, sizeof(front)) == (ssize_t)sizeof(front));
	check(write(fd, data, size) == (ssize_t)size);
}

/* The first byte says how the others become a file. */
static void write_file(int fd, const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == 'w')
		write_wrapped(fd, data + 1, size - 1);
	else
		check(write(fd, data, size) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_symbols *table = NULL;
	struct diag why = {};
	int fd = memfd_create("elf", MFD_CLOEXEC);
	int r;

	check(fd >= 0);
	write_file(fd, data, size);
	r = elf_symbols_read(fd, &table, &why);
	check(close(fd) == 0);
	if (r < 0) {
		check((r == -EBADMSG || r == -ENODATA) && !table && why.code == r);
		return 0;
	}
	for (uint64_t offset = 0; offset < size + 16; offset++)
		look_up(table, offset);
	look_up(table, UINT64_MAX);
	elf_symbols_free(&table);
	return 0;
}
