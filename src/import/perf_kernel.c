/* Are these the names of the kernel that was recorded? Wrong names are worse than none. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "import/perf_bytes.h"
#include "import/perf_data.h"

#define NOTE_BUILD_ID 3u

/* The address of a symbol in a text of kallsyms, "ffffffff81000000 T _text"; 0: it is not there. */
static uint64_t find_symbol(const char *text, size_t bytes, const char *symbol)
{
	size_t count = strlen(symbol);
	const char *at = text, *end = text + bytes;

	while ((at = memmem(at, (size_t)(end - at), symbol, count))) {
		const char *line = at;
		bool is_whole = at + count == end || at[count] == '\n' || at[count] == '\0';

		at += count;
		if (!is_whole || line - text < 3 || line[-1] != ' ')
			continue;
		while (line > text && line[-1] != '\n')
			line--;
		return isxdigit((unsigned char)*line) ? strtoull(line, NULL, 16) : 0;
	}
	return 0;
}

int perf_kernel_check(const struct perf_kernel *kernel, const char *kallsyms, size_t bytes,
		      struct diag *why)
{
	uint64_t address;

	if (!kernel->symbol[0] || !kernel->symbol_address)
		return diag_set(why, -ENODATA,
				"the recording does not say where its kernel was "
				"(kernel.kptr_restrict): no names can be believed");
	address = find_symbol(kallsyms, bytes, kernel->symbol);
	if (!address)
		return diag_set(why, -ENODATA, "the symbols have no address for %s",
				kernel->symbol);
	if (address != kernel->symbol_address)
		return diag_set(
			why, -EINVAL,
			"the symbols are of another kernel or another boot: %s is at %" PRIx64
			", in the recording at %" PRIx64,
			kernel->symbol, address, kernel->symbol_address);
	return 0;
}

static size_t round_up(size_t bytes)
{
	return (bytes + 3) / 4 * 4;
}

/* Notes: length of the name, of the content, kind; name and content are padded to 4 bytes. */
int perf_kernel_check_notes(const struct perf_kernel *kernel, const void *notes, size_t bytes,
			    struct diag *why)
{
	struct perf_bytes cursor = { .at = notes, .left = bytes };

	if (!kernel->build_id_bytes)
		return diag_set(why, -ENODATA,
				"the recording does not say which build its kernel was");
	while (cursor.left >= 12) {
		uint32_t name_bytes = perf_u32(&cursor), id_bytes = perf_u32(&cursor);
		uint32_t kind = perf_u32(&cursor);
		const unsigned char *name = perf_take(&cursor, round_up(name_bytes));
		const unsigned char *id = perf_take(&cursor, round_up(id_bytes));

		if (!name || !id)
			break;
		if (kind != NOTE_BUILD_ID || name_bytes != 4 || memcmp(name, "GNU", 4) != 0)
			continue;
		if (id_bytes == kernel->build_id_bytes &&
		    memcmp(id, kernel->build_id, id_bytes) == 0)
			return 0;
		return diag_set(why, -EINVAL, "another kernel than this machine's was recorded");
	}
	return diag_set(why, -ENODATA, "this machine's kernel has no build-id");
}
