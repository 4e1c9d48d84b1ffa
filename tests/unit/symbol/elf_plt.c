/* Has each stub the NAME of the function that it leads to? */
#include "symbol/elf_plt.h"

#include <errno.h>

#include "symbol/elf.h"
#include "unit/symbol/image.h"

static const Elf64_Sym SYMBOLS[] = {
	{ 0 },
	{ .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) },
	{ .st_name = 8, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) },
};
static const char NAMES[] = "\0malloc\0free";

static const Elf64_Rela RELOCATIONS[] = {
	{ .r_info = ELF64_R_INFO(2, R_X86_64_JUMP_SLOT) },
	{ .r_info = ELF64_R_INFO(0, R_X86_64_IRELATIVE) },
	{ .r_info = ELF64_R_INFO(1, R_X86_64_JUMP_SLOT) },
	{ .r_info = ELF64_R_INFO(999, R_X86_64_JUMP_SLOT) },
};

/* A file whose stubs have this section, at the begin of its code. */
static struct elf_file *make_file(const char *stubs, size_t stubs_bytes, size_t relocations_bytes)
{
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_DYNSYM, SYMBOLS, NAMES, 1),
		{ .name = ".rela.plt",
		  .type = SHT_RELA,
		  .data = RELOCATIONS,
		  .bytes = relocations_bytes,
		  .link = 1 },
		{ .name = stubs,
		  .type = SHT_NOBITS,
		  .bytes = stubs_bytes,
		  .flags = SHF_ALLOC | SHF_EXECINSTR,
		  .address = IMAGE_ADDRESS },
	};
	struct elf_file *file = NULL;
	size_t bytes = 0;
	char *image = image_make(ET_DYN, sections, 4, &bytes);

	assert_int_equal(elf_file_from_memory(image, bytes, &file), 0);
	return file;
}

static void assert_named(const struct elf_symbols *table, uint64_t place, const char *name)
{
	struct symbol_name found;
	int r = elf_symbols_find(table, IMAGE_OFFSET + place, &found);

	assert_int_equal(r, name ? 0 : -ENOENT);
	if (name)
		assert_string_equal(found.name, name);
}

static void stubs_stand_in_the_order_of_their_relocations(void **state)
{
	static const struct {
		const char *section;
		uint64_t first_at;
	} CASES[] = { { ".plt", 16 }, { ".plt.sec", 0 } };

	for (size_t i = 0; i < 2; i++) {
		struct elf_file *file = make_file(CASES[i].section, 0x1000, sizeof(RELOCATIONS));
		struct elf_symbols *table = NULL;

		assert_int_equal(elf_symbols_make(file, NULL, &table), 0);
		assert_named(table, CASES[i].first_at, "free@plt");
		assert_named(table, CASES[i].first_at + 15, "free@plt");
		assert_named(table, CASES[i].first_at + 16, NULL);
		assert_named(table, CASES[i].first_at + 32, "malloc@plt");
		assert_named(table, CASES[i].first_at + 48, NULL);
		elf_symbols_free(&table);
		elf_file_free(&file);
	}
}

static int count(void *self, const struct elf_stub *stub)
{
	size_t *stubs = self;

	(*stubs)++;
	return *stubs == 5 ? -EIO : 0;
}

static void a_table_cut_short_has_what_is_left(void **state)
{
	static const struct {
		size_t stubs_bytes;
		size_t relocations_bytes;
		size_t stubs;
	} CASES[] = {
		{ 32, sizeof(RELOCATIONS), 1 },
		{ 0, sizeof(RELOCATIONS), 0 },
		{ 47, sizeof(RELOCATIONS), 1 },
		{ 4096, sizeof(RELOCATIONS[0]), 1 },
		{ 4096, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct elf_file *file =
			make_file(".plt", CASES[i].stubs_bytes, CASES[i].relocations_bytes);
		size_t stubs = 0;

		assert_int_equal(elf_plt_list(elf_file_elf(file), count, &stubs), 0);
		assert_int_equal(stubs, CASES[i].stubs);
		elf_file_free(&file);
	}
}

static void what_the_listener_answers_is_answered(void **state)
{
	struct elf_file *file = make_file(".plt", 4096, sizeof(RELOCATIONS));
	size_t stubs = 4;

	assert_int_equal(elf_plt_list(elf_file_elf(file), count, &stubs), -EIO);
	assert_int_equal(stubs, 5);
	elf_file_free(&file);
}

static void a_file_without_stubs_has_none(void **state)
{
	struct elf_file *file = make_file(".other", 4096, sizeof(RELOCATIONS));
	size_t stubs = 0;

	assert_int_equal(elf_plt_list(elf_file_elf(file), count, &stubs), 0);
	assert_int_equal(stubs, 0);
	elf_file_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stubs_stand_in_the_order_of_their_relocations),
		cmocka_unit_test(a_table_cut_short_has_what_is_left),
		cmocka_unit_test(what_the_listener_answers_is_answered),
		cmocka_unit_test(a_file_without_stubs_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
