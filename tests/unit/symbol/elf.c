/* Are the functions of an ELF file found by their OFFSETS, and is a broken file only refused? */
#include "symbol/elf.h"

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
#include "unit/symbol/image.h"
#include "unit/symbol/pack.h"

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
	static const uint64_t OFFSETS[] = {
		0x10ff, 0x1120, 0x1150, 0x1160, 0x1170, 0x1180, 0x1800
	};
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

/* The functions of a file of these sections. */
static struct elf_symbols *make_table(uint16_t type, const struct image_section *sections,
				      size_t count)
{
	struct elf_symbols *table = NULL;
	size_t bytes = 0;
	char *image = image_make(type, sections, count, &bytes);

	assert_int_equal(read_bytes(image, bytes, &table), 0);
	free(image);
	return table;
}

static void assert_named(const struct elf_symbols *table, uint64_t offset, const char *name)
{
	struct symbol_name found;
	int r = elf_symbols_find(table, offset, &found);

	assert_int_equal(r, name ? 0 : -ENOENT);
	if (name)
		assert_string_equal(found.name, name);
}

#define NAMES "\0aa\0_bbbb\0cccc\0dddd@V1\0e\0"

static void of_several_names_the_same_as_perfs_is_given(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		/* Few underscores before a long name. */
		IMAGE_FUNCTION(1, 0x100, 8, STB_GLOBAL),
		IMAGE_FUNCTION(4, 0x100, 8, STB_GLOBAL),
		/* A long name before a short one. */
		IMAGE_FUNCTION(1, 0x200, 8, STB_GLOBAL),
		IMAGE_FUNCTION(15, 0x200, 8, STB_GLOBAL),
		/* Global before local. */
		IMAGE_FUNCTION(15, 0x300, 8, STB_LOCAL),
		IMAGE_FUNCTION(1, 0x300, 8, STB_GLOBAL),
		/* Local before weak. */
		IMAGE_FUNCTION(15, 0x400, 8, STB_WEAK),
		IMAGE_FUNCTION(1, 0x400, 8, STB_LOCAL),
		/* One with a size before all. */
		IMAGE_FUNCTION(15, 0x500, 0, STB_GLOBAL),
		IMAGE_FUNCTION(4, 0x500, 8, STB_WEAK),
	};
	const struct image_section sections[] = { IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, NAMES, 1) };
	struct elf_symbols *table = make_table(ET_DYN, sections, 2);

	assert_named(table, IMAGE_OFFSET + 0x101, "aa");
	assert_named(table, IMAGE_OFFSET + 0x201, "dddd");
	assert_named(table, IMAGE_OFFSET + 0x301, "aa");
	assert_named(table, IMAGE_OFFSET + 0x401, "aa");
	assert_named(table, IMAGE_OFFSET + 0x501, "_bbbb");
	elf_symbols_free(&table);
}

static void a_function_without_size_reaches_to_the_next(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		IMAGE_FUNCTION(1, 0x100, 0, STB_GLOBAL),
		IMAGE_FUNCTION(10, 0x140, 8, STB_GLOBAL),
		IMAGE_FUNCTION(15, 0x200, 0, STB_GLOBAL),
	};
	const struct image_section sections[] = { IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, NAMES, 1) };
	struct elf_symbols *table = make_table(ET_DYN, sections, 2);

	assert_named(table, IMAGE_OFFSET + 0x13f, "aa");
	assert_named(table, IMAGE_OFFSET + 0x140, "cccc");
	assert_named(table, IMAGE_OFFSET + 0x148, NULL);
	assert_named(table, IMAGE_OFFSET + 0x1000, "dddd");
	/* Nothing is known of what is so far behind. */
	assert_named(table, IMAGE_OFFSET + 0x8000, NULL);
	elf_symbols_free(&table);
}

static void a_label_names_code_but_not_the_inside_of_a_function(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		IMAGE_FUNCTION(1, 0x100, 0x40, STB_GLOBAL),
		{ .st_name = 10,
		  .st_value = IMAGE_ADDRESS + 0x120,
		  .st_shndx = 3,
		  .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE) },
		{ .st_name = 10,
		  .st_value = IMAGE_ADDRESS + 0x200,
		  .st_shndx = 3,
		  .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE) },
		{ .st_name = 15,
		  .st_value = IMAGE_ADDRESS + 0x300,
		  .st_shndx = 2,
		  .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE) },
	};
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, NAMES, 1),
		{ .name = ".text", .type = SHT_NOBITS, .flags = SHF_ALLOC | SHF_EXECINSTR },
	};
	struct elf_symbols *table = make_table(ET_DYN, sections, 3);

	assert_named(table, IMAGE_OFFSET + 0x130, "aa");
	assert_named(table, IMAGE_OFFSET + 0x150, NULL);
	assert_named(table, IMAGE_OFFSET + 0x210, "cccc");
	/* What is in no section of code is none. */
	assert_named(table, IMAGE_OFFSET + 0x310, "cccc");
	elf_symbols_free(&table);
}

/* A stripped file that still exports something, with the rest inside of it. */
static void names_inside_of_a_file_join_those_that_it_exports(void **state)
{
	static const Elf64_Sym EXPORTED[] = { { 0 }, IMAGE_FUNCTION(1, 0x100, 8, STB_GLOBAL) };
	static const Elf64_Sym INSIDE[] = { { 0 }, IMAGE_FUNCTION(10, 0x200, 8, STB_LOCAL) };
	const struct image_section inner[] = { IMAGE_SYMBOLS(SHT_SYMTAB, INSIDE, NAMES, 1) };
	size_t inner_bytes = 0, packed_bytes = 0;
	char *image = image_make(ET_DYN, inner, 2, &inner_bytes);
	char *packed = pack(PACK_XZ, image, inner_bytes, &packed_bytes);
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_DYNSYM, EXPORTED, NAMES, 1),
		{ .name = ".gnu_debugdata",
		  .type = SHT_PROGBITS,
		  .data = packed,
		  .bytes = packed_bytes },
	};
	struct elf_symbols *table = make_table(ET_DYN, sections, 3);

	assert_named(table, IMAGE_OFFSET + 0x104, "aa");
	assert_named(table, IMAGE_OFFSET + 0x204, "cccc");
	elf_symbols_free(&table);
	free(packed);
	free(image);
}

#define MODULE_FUNCTION(name_at, section, place, size)                                \
	{                                                                             \
		.st_name = (name_at), .st_value = (place), .st_size = (size),         \
		.st_shndx = (section), .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) \
	}

/* As the kernel lays it out: code in the order of the sections, without what only the beginning
 * needs. */
static void a_modules_functions_are_where_the_kernel_puts_them(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		MODULE_FUNCTION(1, 3, 0x10, 0x10),
		MODULE_FUNCTION(4, 4, 0, 0x10),
		MODULE_FUNCTION(10, 6, 4, 0x10),
	};
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, NAMES, 1),
		{ .name = ".text",
		  .type = SHT_NOBITS,
		  .bytes = 0x33,
		  .align = 16,
		  .flags = SHF_ALLOC | SHF_EXECINSTR },
		{ .name = ".init.text",
		  .type = SHT_NOBITS,
		  .bytes = 0x100,
		  .align = 16,
		  .flags = SHF_ALLOC | SHF_EXECINSTR },
		{ .name = ".data", .type = SHT_NOBITS, .bytes = 0x80, .flags = SHF_ALLOC },
		{ .name = ".text.unlikely",
		  .type = SHT_NOBITS,
		  .bytes = 0x20,
		  .align = 16,
		  .flags = SHF_ALLOC | SHF_EXECINSTR },
	};
	struct elf_symbols *table = make_table(ET_REL, sections, 6);

	assert_named(table, 0xf, NULL);
	assert_named(table, 0x10, "aa");
	assert_named(table, 0x43, NULL);
	assert_named(table, 0x44, "cccc");
	assert_named(table, 0x54, NULL);
	assert_named(table, 0x1000, NULL);
	elf_symbols_free(&table);
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
		cmocka_unit_test(of_several_names_the_same_as_perfs_is_given),
		cmocka_unit_test(a_function_without_size_reaches_to_the_next),
		cmocka_unit_test(a_label_names_code_but_not_the_inside_of_a_function),
		cmocka_unit_test(names_inside_of_a_file_join_those_that_it_exports),
		cmocka_unit_test(a_modules_functions_are_where_the_kernel_puts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
