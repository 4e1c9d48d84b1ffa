/* Are the functions of an ELF file found by their OFFSETS, and is a broken file only refused? */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "symbol/symbol.h"

/* Found by its name in this very program. */
__attribute__((noinline, used)) static int function_to_be_found(int number)
{
	__asm__ volatile("");
	return number + 1;
}

struct own_address {
	uint64_t address;
	uint64_t file_offset;
};

/* The segments of the program itself come first. */
static int find_own_offset(struct dl_phdr_info *info, size_t size, void *data)
{
	struct own_address *own = data;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type == PT_LOAD && own->address >= start &&
		    own->address < start + info->dlpi_phdr[i].p_filesz)
			own->file_offset = own->address - start + info->dlpi_phdr[i].p_offset;
	}
	return 1;
}

static uint64_t own_offset(void)
{
	struct own_address own = { .address = (uintptr_t)function_to_be_found };

	assert_int_equal(dl_iterate_phdr(find_own_offset, &own), 1);
	assert_int_not_equal(own.file_offset, 0);
	return own.file_offset;
}

static int open_own(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The program's bytes, which the caller frees. */
static char *read_own(size_t *ret_bytes)
{
	int fd = open_own();
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *copy = malloc((size_t)bytes);

	assert_non_null(copy);
	assert_int_equal(pread(fd, copy, (size_t)bytes, 0), bytes);
	assert_int_equal(close(fd), 0);
	*ret_bytes = (size_t)bytes;
	return copy;
}

static int read_bytes(const void *bytes, size_t count, struct elf_symbols **ret)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct diag why = {};
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	r = elf_symbols_read(fd, ret, &why);
	assert_int_equal(close(fd), 0);
	assert_int_equal(why.code, r);
	return r;
}

static void an_own_function_is_found_by_its_offset(void **state)
{
	struct elf_symbols *table = NULL;
	struct symbol_name found;
	uint64_t offset = own_offset();
	int fd = open_own();

	assert_int_equal(function_to_be_found(1), 2);
	assert_int_equal(elf_symbols_read(fd, &table, NULL), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(elf_symbols_find(table, offset + 1, &found), 0);
	assert_string_equal(found.name, "function_to_be_found");
	assert_string_equal(found.module, "");
	assert_int_equal(found.start, offset);

	assert_int_equal(elf_symbols_find(table, 0, &found), -ENOENT);
	assert_int_equal(elf_symbols_find(table, UINT64_MAX, &found), -ENOENT);
	elf_symbols_free(&table);
	assert_null(table);
}

/* Turn the section headers of this type in a copy of the program into nothing. */
static void drop_sections(char *bytes, uint32_t type)
{
	ElfW(Ehdr) header;
	ElfW(Shdr) section;
	size_t dropped = 0;

	memcpy(&header, bytes, sizeof(header));
	for (size_t i = 0; i < header.e_shnum; i++) {
		char *place = bytes + header.e_shoff + i * sizeof(section);

		memcpy(&section, place, sizeof(section));
		if (section.sh_type != type)
			continue;
		section.sh_type = SHT_NULL;
		memcpy(place, &section, sizeof(section));
		dropped++;
	}
	assert_int_equal(dropped, 1);
}

static void a_stripped_file_has_no_local_functions(void **state)
{
	struct elf_symbols *table = NULL;
	struct symbol_name found;
	size_t bytes = 0;
	char *copy = read_own(&bytes);
	int r;

	drop_sections(copy, SHT_SYMTAB);
	r = read_bytes(copy, bytes, &table);
	/* What it exports, if anything, is all there is: the function at hand is not exported. */
	if (r == 0)
		assert_int_equal(elf_symbols_find(table, own_offset() + 1, &found), -ENOENT);
	else
		assert_int_equal(r, -ENODATA);
	elf_symbols_free(&table);

	drop_sections(copy, SHT_DYNSYM);
	assert_int_equal(read_bytes(copy, bytes, &table), -ENODATA);
	assert_null(table);
	free(copy);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	struct elf_symbols *table = NULL;
	size_t bytes = 0;
	char *copy = read_own(&bytes);

	for (size_t cut = 0; cut < bytes; cut += cut < 256 ? 1 : 997) {
		assert_int_equal(read_bytes(copy, cut, &table), -EBADMSG);
		assert_null(table);
	}
	free(copy);
}

/* Each byte of the headers in turn: any answer is right, as long as there is one. */
static void a_file_with_broken_headers_does_no_harm(void **state)
{
	struct elf_symbols *table = NULL;
	size_t bytes = 0;
	char *copy = read_own(&bytes);

	for (size_t place = 0; place < 512; place++) {
		char was = copy[place];
		int r;

		copy[place] = (char)~was;
		r = read_bytes(copy, bytes, &table);
		assert_true(r == 0 || r == -EBADMSG || r == -ENODATA);
		elf_symbols_free(&table);
		copy[place] = was;
	}
	free(copy);
}

/* A whole program for a 32-bit machine, as small as can be. */
struct small_elf {
	Elf32_Ehdr header;
	Elf32_Phdr segments[2];
	Elf32_Shdr sections[3];
	Elf32_Sym symbols[8];
	char names[64];
};

static const struct small_elf SMALL = {
	.header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct small_elf, segments),
		.e_shoff = offsetof(struct small_elf, sections),
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
		.e_shentsize = sizeof(Elf32_Shdr),
		.e_shnum = 3,
	},
	.segments = {
		{ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x8000, .p_filesz = 0x2000 },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1000,
		  .p_vaddr = 0x8049000, .p_filesz = 0x800 },
	},
	.sections[1] = {
		.sh_type = SHT_SYMTAB,
		.sh_offset = offsetof(struct small_elf, symbols),
		.sh_size = sizeof(SMALL.symbols),
		.sh_link = 2,
		.sh_entsize = sizeof(Elf32_Sym),
	},
	.sections[2] = {
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct small_elf, names),
		.sh_size = sizeof(SMALL.names),
	},
	.symbols = {
		{ 0 },
		{ .st_name = 1, .st_value = 0x8049100, .st_size = 0x20, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_LOCAL, STT_FUNC) },
		{ .st_name = 7, .st_value = 0x8049100, .st_size = 0x20, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC) },
		{ .st_name = 25, .st_value = 0x8049140, .st_size = 0x10, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_WEAK, STT_GNU_IFUNC) },
		{ .st_name = 31, .st_value = 0x8049160, .st_size = 0x10, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT) },
		{ .st_name = 31, .st_value = 0x8049170, .st_size = 0x10,
		  .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC) },
		{ .st_name = 9999, .st_value = 0x8049180, .st_size = 0x10, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC) },
		{ .st_name = 31, .st_value = 0x8049190, .st_shndx = 1,
		  .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC) },
	},
	.names = "\0local\0global@@VERSION_1\0ifunc\0other",
};

static void a_32_bit_file_is_read_too(void **state)
{
	struct elf_symbols *table = NULL;
	struct symbol_name found;

	assert_int_equal(read_bytes(&SMALL, sizeof(SMALL), &table), 0);
	assert_int_equal(elf_symbols_find(table, 0x1110, &found), 0);
	assert_string_equal(found.name, "global");
	assert_int_equal(found.start, 0x1100);
	assert_int_equal(elf_symbols_find(table, 0x114f, &found), 0);
	assert_string_equal(found.name, "ifunc");
	elf_symbols_free(&table);
}

static void nothing_else_has_a_name(void **state)
{
	static const uint64_t OFFSETS[] = { 0x10ff, 0x1120, 0x1150, 0x1160,
					    0x1170, 0x1180, 0x1190, 0x1800 };
	struct elf_symbols *table = NULL;
	struct symbol_name found;

	assert_int_equal(read_bytes(&SMALL, sizeof(SMALL), &table), 0);
	for (size_t i = 0; i < sizeof(OFFSETS) / sizeof(OFFSETS[0]); i++)
		assert_int_equal(elf_symbols_find(table, OFFSETS[i], &found), -ENOENT);
	elf_symbols_free(&table);
}

static void a_string_table_that_is_none_is_broken(void **state)
{
	struct small_elf broken = SMALL;
	struct elf_symbols *table = NULL;

	broken.sections[1].sh_link = 1;
	assert_int_equal(read_bytes(&broken, sizeof(broken), &table), -EBADMSG);
	broken.sections[1].sh_link = 77;
	assert_int_equal(read_bytes(&broken, sizeof(broken), &table), -EBADMSG);
	broken = SMALL;
	broken.sections[1].sh_size = UINT32_MAX;
	assert_int_equal(read_bytes(&broken, sizeof(broken), &table), -EBADMSG);
	assert_int_equal(read_bytes("#!/bin/sh\n", 10, &table), -EBADMSG);
	assert_int_equal(read_bytes("", 0, &table), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_own_function_is_found_by_its_offset),
		cmocka_unit_test(a_stripped_file_has_no_local_functions),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(a_file_with_broken_headers_does_no_harm),
		cmocka_unit_test(a_32_bit_file_is_read_too),
		cmocka_unit_test(nothing_else_has_a_name),
		cmocka_unit_test(a_string_table_that_is_none_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
