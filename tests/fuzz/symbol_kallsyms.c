/* Can any text of /proc/kallsyms make its reader crash, read astray, or give a name that is none?
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_up(const struct kallsyms *table, uint64_t address)
{
	struct symbol_name found, variable;
	int r = kallsyms_find(table, address, &found);

	check(r == 0 || r == -ENOENT);
	if (kallsyms_find_variable(table, address, &variable) == 0)
		check(variable.start <= address && strlen(variable.name) > 0 && r < 0);
	if (r < 0)
		return;
	check(found.start <= address && found.start != 0);
	check(strlen(found.name) > 0 && !strchr(found.name, '\n'));
	check(!strchr(found.module, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kallsyms *table = NULL;
	char *text = malloc(size ? size : 1);
	struct diag why = {};
	uint64_t address = 0;
	int r;

	check(text != NULL);
	if (size)
		memcpy(text, data, size);
	r = kallsyms_parse(text, size, &table, &why);
	if (r < 0) {
		check(r == -ENODATA && !table && why.code == r);
		return 0;
	}
	/* Every number in the text is an address that may be near a symbol. */
	for (size_t i = 0; i < size; i++) {
		static const char DIGITS[] = "0123456789abcdef";
		const char *digit = data[i] ? strchr(DIGITS, data[i]) : NULL;

		address = digit ? address << 4 | (uint64_t)(digit - DIGITS) : 0;
		look_up(table, address);
		look_up(table, address + 1);
	}
	look_up(table, UINT64_MAX);
	kallsyms_free(&table);
	return 0;
}
