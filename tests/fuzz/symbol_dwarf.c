/* Can any debug information make the finder of source lines crash, hang, or tell a line that is
 * none? */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf.h"
#include "symbol/elf_file.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct elf_file *open_copy(const uint8_t *data, size_t size)
{
	struct elf_file *file = NULL;
	char *copy = malloc(size ? size : 1);

	check(copy != NULL);
	memcpy(copy, data, size);
	return elf_file_from_memory(copy, size, &file) == 0 ? file : NULL;
}

static void look_up(const struct dwarf *dwarf)
{
	const char *path = NULL;
	uint32_t line = 0;

	for (uint64_t address = 0; address < 64; address += 4) {
		const char *names[4];
		size_t count = dwarf_find_inlined(dwarf, address, names, 4);

		check(count <= 4);
		while (count > 0)
			check(strlen(names[--count]) > 0);
		if (dwarf_find(dwarf, address, &path, &line) == 0)
			check(strlen(path) > 0 && line > 0);
	}
	if (dwarf_find_named(dwarf, "module_first", &path, &line) == 0)
		check(strlen(path) > 0 && line > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned int named = 0; named < 2; named++) {
		struct elf_file *file = open_copy(data, size);
		struct dwarf *dwarf = NULL;

		if (!file)
			return 0;
		if ((named ? dwarf_open_named(file, 1 << 20, &dwarf)
			   : dwarf_open(file, 1 << 20, &dwarf)) == 0)
			look_up(dwarf);
		dwarf_free(&dwarf);
		elf_file_free(&file);
	}
	return 0;
}
