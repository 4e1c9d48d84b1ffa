/* Is a function found in its source, and is broken debug INFORMATION only refused? */
#include "symbol/dwarf.h"

#include <errno.h>
#include <link.h>
#include <unistd.h>

#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"
#include "unit/symbol/module.h"

/* Found by its address in this very program. */
static const uint32_t FUNCTION_LINE = __LINE__ + 1;
__attribute__((noinline, used)) static int function_to_be_found(int number)
{
	__asm__ volatile("");
	return number + 1;
}

static int take_load_address(struct dl_phdr_info *info, size_t size, void *data)
{
	*(uint64_t *)data = info->dlpi_addr;
	return 1;
}

/* In the program's own terms. */
static uint64_t own_address(void)
{
	uint64_t loaded = 0;

	assert_int_equal(function_to_be_found(1), 2);
	assert_int_equal(dl_iterate_phdr(take_load_address, &loaded), 1);
	return (uintptr_t)function_to_be_found - loaded;
}

static struct elf_file *open_own(void)
{
	struct elf_file *file = NULL;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_int_equal(close(fd), 0);
	return file;
}

static void an_own_function_is_found_in_its_source(void **state)
{
	static const char NAME[] = "symbol/dwarf.c";
	struct elf_file *file = open_own();
	struct dwarf *dwarf = NULL;
	const char *path = NULL;
	uint32_t line = 0;

	assert_int_equal(dwarf_open(file, SIZE_MAX, &dwarf), 0);
	assert_int_equal(dwarf_find(dwarf, own_address(), &path, &line), 0);
	assert_true(strlen(path) >= strlen(NAME));
	assert_string_equal(path + strlen(path) - strlen(NAME), NAME);
	/* Its name or its opening brace: compilers differ. */
	assert_in_range(line, FUNCTION_LINE, FUNCTION_LINE + 1);

	assert_int_equal(dwarf_find(dwarf, UINT64_MAX, &path, &line), -ENOENT);
	assert_int_equal(dwarf_find(dwarf, 0, &path, &line), -ENOENT);
	dwarf_free(&dwarf);
	assert_null(dwarf);
	elf_file_free(&file);
}

static void more_than_the_limit_is_refused(void **state)
{
	struct elf_file *file = open_own();
	struct dwarf *dwarf = NULL;

	assert_int_equal(dwarf_open(file, 1000, &dwarf), -EFBIG);
	assert_null(dwarf);
	elf_file_free(&file);
}

static struct elf_file *open_made(uint16_t type, const struct image_section *sections, size_t count)
{
	struct elf_file *file = NULL;
	size_t bytes = 0;
	char *image = image_make(type, sections, count, &bytes);

	assert_int_equal(elf_file_from_memory(image, bytes, &file), 0);
	return file;
}

static void without_lines_there_is_nothing_to_find(void **state)
{
	const struct image_section sections[] = {
		{ .name = ".debug_info", .type = SHT_PROGBITS, .data = "1234", .bytes = 4 },
		{ .name = ".debug_line", .type = SHT_NOBITS, .bytes = 100 },
	};
	struct elf_file *file = open_made(ET_DYN, sections, 2);
	struct dwarf *dwarf = NULL;

	assert_int_equal(dwarf_open(file, SIZE_MAX, &dwarf), -ENODATA);
	elf_file_free(&file);
}

static void a_modules_addresses_are_not_its_own(void **state)
{
	const struct image_section sections[] = {
		{ .name = ".debug_info", .type = SHT_PROGBITS, .data = "1234", .bytes = 4 },
		{ .name = ".debug_line", .type = SHT_PROGBITS, .data = "1234", .bytes = 4 },
	};
	struct elf_file *file = open_made(ET_REL, sections, 2);
	struct dwarf *dwarf = NULL;

	assert_int_equal(dwarf_open(file, SIZE_MAX, &dwarf), -ENODATA);
	elf_file_free(&file);
}

static void a_modules_functions_are_found_by_their_names(void **state)
{
	int fd = fake_memory(MODULE_XZ, sizeof(MODULE_XZ));
	struct elf_file *file = NULL;
	struct dwarf *dwarf = NULL;
	const char *path = NULL;
	uint32_t line = 0;

	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(dwarf_open(file, SIZE_MAX, &dwarf), -ENODATA);
	assert_int_equal(dwarf_open_named(file, 100, &dwarf), -EFBIG);
	assert_int_equal(dwarf_open_named(file, SIZE_MAX, &dwarf), 0);
	assert_int_equal(dwarf_find_named(dwarf, "module_first", &path, &line), 0);
	assert_non_null(strstr(path, "module.c"));
	assert_int_equal(line, 9);
	assert_int_equal(dwarf_find_named(dwarf, "module_second", &path, &line), 0);
	assert_int_equal(line, 14);
	assert_int_equal(dwarf_find_named(dwarf, "module_third", &path, &line), -ENOENT);
	assert_int_equal(dwarf_find_named(dwarf, "counter", &path, &line), -ENOENT);
	dwarf_free(&dwarf);
	elf_file_free(&file);
}

static void the_own_functions_are_found_by_their_names_too(void **state)
{
	struct elf_file *file = open_own();
	struct dwarf *dwarf = NULL;
	const char *path = NULL;
	uint32_t line = 0;

	assert_int_equal(dwarf_open_named(file, SIZE_MAX, &dwarf), 0);
	assert_int_equal(dwarf_find_named(dwarf, "function_to_be_found", &path, &line), 0);
	assert_in_range(line, FUNCTION_LINE, FUNCTION_LINE + 1);
	dwarf_free(&dwarf);
	elf_file_free(&file);
}

static void broken_information_does_no_harm(void **state)
{
	static const char BYTES[256] = "\xff\0\0\0\5\0\1\x08";
	const struct image_section sections[] = {
		{ .name = ".debug_info",
		  .type = SHT_PROGBITS,
		  .data = BYTES,
		  .bytes = sizeof(BYTES) },
		{ .name = ".debug_abbrev",
		  .type = SHT_PROGBITS,
		  .data = BYTES,
		  .bytes = sizeof(BYTES) },
		{ .name = ".debug_line",
		  .type = SHT_PROGBITS,
		  .data = BYTES,
		  .bytes = sizeof(BYTES) },
	};
	struct elf_file *file = open_made(ET_DYN, sections, 3);
	struct dwarf *dwarf = NULL;
	const char *path = NULL;
	uint32_t line = 0;

	if (dwarf_open(file, SIZE_MAX, &dwarf) == 0)
		assert_int_equal(dwarf_find(dwarf, 0x401000, &path, &line), -ENOENT);
	dwarf_free(&dwarf);
	elf_file_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_own_function_is_found_in_its_source),
		cmocka_unit_test(more_than_the_limit_is_refused),
		cmocka_unit_test(without_lines_there_is_nothing_to_find),
		cmocka_unit_test(a_modules_addresses_are_not_its_own),
		cmocka_unit_test(a_modules_functions_are_found_by_their_names),
		cmocka_unit_test(the_own_functions_are_found_by_their_names_too),
		cmocka_unit_test(broken_information_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
