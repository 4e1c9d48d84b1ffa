/* Can any mangled name take for ever, or be written beyond its room? */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/demangle.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The first byte says which of the two manglings it is, and how much room there is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const PREFIXES[] = { "_Z", "_R", "_ZN", "" };
	size_t room = size && data[0] & 4 ? 4096 : 16;
	const char *prefix = PREFIXES[size ? data[0] & 3 : 3];
	char *name = malloc(size + 4), *text = malloc(room);
	size_t prefix_bytes = strlen(prefix);

	check(name && text);
	memcpy(name, prefix, prefix_bytes);
	if (size)
		memcpy(name + prefix_bytes, data + 1, size - 1);
	name[prefix_bytes + (size ? size - 1 : 0)] = '\0';
	if (demangle(name, text, room))
		check(strnlen(text, room) < room);
	free(name);
	free(text);
	return 0;
}
