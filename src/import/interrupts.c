/* Which functions do interrupts begin with? A table of their names. */
#include "import/interrupts.h"

#include <stdbool.h>
#include <string.h>

#include "base/array.h"

/* More than half of the slots stay free. */
#define ADDRESSES_MAX 500u

struct row {
	enum fgraph_level level;
	const char *name;
	bool is_prefix;
};

static const struct row ROWS[] = {
#define INTERRUPT(LEVEL, name, is_prefix) { FGRAPH_##LEVEL, name, is_prefix },
#include "import/interrupts.def"
#undef INTERRUPT
};

enum fgraph_level interrupt_begun_by(const char *name, size_t bytes)
{
	for (size_t i = 0; i < array_count(ROWS); i++) {
		size_t wanted;

		if (!bytes || name[0] != ROWS[i].name[0])
			continue;
		wanted = strlen(ROWS[i].name);
		if (bytes >= wanted && memcmp(name, ROWS[i].name, wanted) == 0 &&
		    (ROWS[i].is_prefix || bytes == wanted))
			return ROWS[i].level;
	}
	return FGRAPH_TASK;
}

static void put(struct interrupts *interrupts, uint64_t address, enum fgraph_level level)
{
	size_t slot = (address * 0x9e3779b97f4a7c15ULL) >> 54;

	if (!address || interrupts->count >= ADDRESSES_MAX)
		return;
	while (interrupts->addresses[slot] && interrupts->addresses[slot] != address)
		slot = (slot + 1) % INTERRUPTS_SLOTS;
	interrupts->count += !interrupts->addresses[slot];
	interrupts->addresses[slot] = address;
	interrupts->levels[slot] = (unsigned char)level;
}

static uint64_t read_hex(const char *text, const char *end)
{
	uint64_t value = 0;

	for (; text < end; text++) {
		unsigned int digit = (unsigned int)*text - '0';

		if (digit > 9)
			digit = ((unsigned int)*text | 0x20) - 'a' + 10;
		if (digit > 15)
			return 0;
		value = value << 4 | digit;
	}
	return value;
}

/* "ffffffff81000000 T name": all but the text of code is passed over. */
static void read_line(struct interrupts *interrupts, const char *text, const char *end)
{
	/* Most addresses have 16 digits. */
	const char *blank = end - text > 20 && text[16] == ' '
				    ? text + 16
				    : memchr(text, ' ', (size_t)(end - text));
	enum fgraph_level level;
	uint64_t address;

	if (!blank || end - blank < 4 || blank - text > 16 || (blank[1] != 't' && blank[1] != 'T'))
		return;
	level = interrupt_begun_by(blank + 3, (size_t)(end - blank - 3));
	if (level == FGRAPH_TASK)
		return;
	address = read_hex(text, blank);
	put(interrupts, address, level);
	/* Where an endbr stands before it the tracer's call is a little further on. */
	put(interrupts, address + 4, level);
}

void interrupts_read(struct interrupts *interrupts, const char *text, size_t bytes)
{
	const char *limit = text + bytes, *end;

	for (; (end = memchr(text, '\n', (size_t)(limit - text))); text = end + 1)
		read_line(interrupts, text, end);
}
