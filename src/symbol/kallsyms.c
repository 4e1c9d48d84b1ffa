/* What is this kernel address called? /proc/kallsyms, cut in place and sorted by address. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "symbol/symbol.h"

/*
 * A name is believed up to the next symbol. Where that is far away, or belongs to another module,
 * the real end is not known: such a last function is believed for LAST_FUNCTION_BYTES, since a
 * wrong name is worse than none.
 */
#define FUNCTION_BYTES_MAX  (1024ULL * 1024)
#define LAST_FUNCTION_BYTES (16ULL * 1024)
#define VARIABLE_BYTES_MAX  (1024ULL * 1024)

/* Where a function begins, or data: there the function before surely ends. */
struct entry {
	uint64_t start;
	uint32_t name;   /* its place in the text; 0: not a function (a name never stands at 0) */
	uint32_t module; /* its place in the text; 0: the kernel itself */
	uint32_t rank;   /* enum rank: of several entries for one address the lowest counts */
	uint32_t data;   /* the place of a variable's name in the text; 0: it is none */
};

struct kallsyms {
	char *text;
	ARRAY(struct entry) entries;
};

/* The line that is being read. */
struct line {
	uint64_t address;
	char *name;
	char *module; /* NULL: the kernel itself */
	char type;
	uint32_t rank;
};

enum rank {
	RANK_FUNCTION,
	RANK_PADDING,
	RANK_DATA,
};

enum use {
	USE_NONE,
	USE_FUNCTION,
	USE_END,  /* data that is only read */
	USE_DATA, /* a variable */
};

/* What nm's letters are good for. Absolute symbols (a, A) are numbers, not places. */
static const unsigned char USES[UCHAR_MAX + 1] = {
	['t'] = USE_FUNCTION, ['T'] = USE_FUNCTION, ['w'] = USE_FUNCTION, ['W'] = USE_FUNCTION,
	['d'] = USE_DATA,     ['D'] = USE_DATA,     ['b'] = USE_DATA,     ['B'] = USE_DATA,
	['r'] = USE_END,      ['R'] = USE_END,      ['g'] = USE_DATA,     ['G'] = USE_DATA,
	['s'] = USE_DATA,     ['S'] = USE_DATA,     ['v'] = USE_DATA,     ['V'] = USE_DATA,
};

static const unsigned char HEX_DIGITS[UCHAR_MAX + 1] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * The compiler keeps room before a function for patches of its entry, under a name of its own:
 * "__pfx_read". What is seen there belongs to the function.
 */
static size_t padding_prefix_bytes(const char *name)
{
	static const char *const PREFIXES[] = { "__pfx_", "__cfi_" };

	for (size_t i = 0; i < array_count(PREFIXES); i++) {
		if (starts_with(name, PREFIXES[i]))
			return strlen(PREFIXES[i]);
	}
	return 0;
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t text_bytes = strlen(text), suffix_bytes = strlen(suffix);

	return text_bytes >= suffix_bytes && strcmp(text + text_bytes - suffix_bytes, suffix) == 0;
}

/* The linker script's own names for the ends of sections: no code is theirs. */
static bool is_section_label(const char *name)
{
	static const char *const LABELS[] = { "_text", "_stext", "_etext", "_sinittext",
					      "_einittext" };

	if (name[0] != '_')
		return false;
	if (name[1] == '_')
		return ends_with(name, "_text_start") || ends_with(name, "_text_end");
	for (size_t i = 0; i < array_count(LABELS); i++) {
		if (strcmp(name, LABELS[i]) == 0)
			return true;
	}
	return false;
}

/* Cut "\t[zfs]" to "zfs", "[__builtin__ftrace]" to "ftrace". NULL when it is not that. */
static char *cut_module(char *text, char *end)
{
	static const char BUILTIN[] = "__builtin__";

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	if (end - text < 3 || *text != '[' || end[-1] != ']')
		return NULL;

	end[-1] = '\0';
	text++;
	return starts_with(text, BUILTIN) ? text + strlen(BUILTIN) : text;
}

/* Cut "ffffffff81000000 T name[\t[module]]" at end, the newline. False when it is not that. */
static bool cut_line(char *text, char *end, struct line *ret)
{
	struct line line = {};
	size_t padding_bytes;
	char *start = text;
	char *blank;

	for (; HEX_DIGITS[(unsigned char)*text] && text - start < 16; text++)
		line.address = line.address << 4 | (HEX_DIGITS[(unsigned char)*text] - 1U);
	if (text == start || end - text < 4 || text[0] != ' ' || text[2] != ' ')
		return false;

	line.type = text[1];
	line.name = text + 3;
	blank = memchr(line.name, '\t', (size_t)(end - line.name));
	if (blank) {
		line.module = cut_module(blank, end);
		*blank = '\0';
		if (!line.module)
			return false;
	}
	*end = '\0';
	/* "$x" and ".L…" are the assembler's marks inside functions. */
	if (line.name[0] == '$' || starts_with(line.name, ".L"))
		return false;
	padding_bytes = padding_prefix_bytes(line.name);
	line.name += padding_bytes;
	line.rank = padding_bytes ? RANK_PADDING : RANK_FUNCTION;
	*ret = line;
	return line.name[0] != '\0';
}

/* A last line without its newline does not count: half a name is a wrong name. */
static int read_lines(struct kallsyms *table, size_t bytes)
{
	char *text = table->text, *limit = table->text + bytes;
	const char *module = NULL;
	char *end;

	for (; text < limit && (end = memchr(text, '\n', (size_t)(limit - text))); text = end + 1) {
		struct entry *entry;
		struct line line;
		unsigned char use;

		if (!cut_line(text, end, &line) || line.address == 0)
			continue;
		use = USES[(unsigned char)line.type];
		if (use == USE_NONE)
			continue;
		/* A module's symbols stand together: they share a place, which can be compared. */
		if (!line.module || !module || strcmp(line.module, module) != 0)
			module = line.module;

		entry = array_push(&table->entries);
		if (!entry)
			return -ENOMEM;
		entry->start = line.address;
		entry->module = module ? (uint32_t)(module - table->text) : 0;
		entry->rank = RANK_DATA;
		if (use == USE_FUNCTION && (line.module || !is_section_label(line.name))) {
			entry->name = (uint32_t)(line.name - table->text);
			entry->rank = line.rank;
		}
		if (use == USE_DATA)
			entry->data = (uint32_t)(line.name - table->text);
	}
	return 0;
}

static bool is_sorted(const struct entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (entries[i - 1].start > entries[i].start)
			return false;
	}
	return true;
}

/* One stable pass by one byte of the address; false when all agree in it and nothing had to move.
 */
static bool sort_by_byte(const struct entry *from, struct entry *to, size_t count,
			 unsigned int shift)
{
	size_t places[UCHAR_MAX + 1] = {};
	size_t place = 0;

	for (size_t i = 0; i < count; i++)
		places[from[i].start >> shift & UCHAR_MAX]++;
	if (places[from[0].start >> shift & UCHAR_MAX] == count)
		return false;

	for (size_t i = 0; i < array_count(places); i++) {
		size_t here = places[i];

		places[i] = place;
		place += here;
	}
	for (size_t i = 0; i < count; i++)
		to[places[from[i].start >> shift & UCHAR_MAX]++] = from[i];
	return true;
}

/* Equal ones stay in the text's order. The kernel proper is sorted already, modules are not. */
static int sort_entries(struct kallsyms *table)
{
	size_t count = table->entries.count;
	struct entry *spare;

	if (is_sorted(table->entries.items, count))
		return 0;
	spare = calloc(count, sizeof(*spare));
	if (!spare)
		return -ENOMEM;

	for (unsigned int shift = 0; shift < 64; shift += 8) {
		struct entry *from = table->entries.items;

		if (sort_by_byte(from, spare, count, shift)) {
			table->entries.items = spare;
			spare = from;
		}
	}
	table->entries.capacity = count;
	free(spare);
	return 0;
}

/*
 * Of several functions for one address the last in the text counts, since perf takes that one (its
 * symbols__fixup_end() leaves the others without length): the tables of both can then be compared.
 */
static void keep_best_names(struct kallsyms *table)
{
	struct entry *entries = table->entries.items;
	size_t kept = 0;

	for (size_t i = 1; i < table->entries.count; i++) {
		if (entries[i].start != entries[kept].start)
			entries[++kept] = entries[i];
		else if (entries[i].rank <= entries[kept].rank)
			entries[kept] = entries[i];
	}
	table->entries.count = kept + 1;
}

static size_t count_functions(const struct kallsyms *table)
{
	size_t functions = 0;

	for (size_t i = 0; i < table->entries.count; i++)
		functions += table->entries.items[i].name != 0;
	return functions;
}

int kallsyms_parse(char *text, size_t bytes, struct kallsyms **ret, struct diag *why)
{
	owns(own_free) char *owned_text = text;
	owns(kallsyms_free) struct kallsyms *table = NULL;
	int r;

	if (bytes > UINT32_MAX)
		return diag_set(why, -EFBIG, "/proc/kallsyms has %zu bytes, more than any kernel's",
				bytes);
	table = calloc(1, sizeof(*table));
	if (!table)
		return diag_set(why, -ENOMEM, "no memory for the kernel's symbols");
	table->text = give(owned_text);

	r = read_lines(table, bytes);
	if (r == 0)
		r = sort_entries(table);
	if (r < 0)
		return diag_set(why, r, "no memory for the kernel's symbols");
	if (count_functions(table) == 0)
		return diag_set(
			why, -ENODATA,
			"/proc/kallsyms shows no addresses: be root, or set kernel.kptr_restrict to 0");

	keep_best_names(table);
	*ret = give(table);
	return 0;
}

/* How many entries begin at or before address. */
static size_t count_until(const struct kallsyms *table, uint64_t address)
{
	size_t low = 0, high = table->entries.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->entries.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int kallsyms_find(const struct kallsyms *table, uint64_t address, struct symbol_name *ret)
{
	size_t until = count_until(table, address);
	const struct entry *entry;
	uint64_t believed_bytes = LAST_FUNCTION_BYTES;

	if (until == 0)
		return -ENOENT;
	entry = &table->entries.items[until - 1];
	if (until < table->entries.count) {
		const struct entry *next = entry + 1;

		if (next->module == entry->module &&
		    next->start - entry->start <= FUNCTION_BYTES_MAX)
			believed_bytes = next->start - entry->start;
	}
	if (!entry->name || address - entry->start >= believed_bytes)
		return -ENOENT;

	*ret = (struct symbol_name){
		.name = table->text + entry->name,
		.module = entry->module ? table->text + entry->module : "",
		.start = entry->start,
	};
	return 0;
}

int kallsyms_find_variable(const struct kallsyms *table, uint64_t address, struct symbol_name *ret)
{
	size_t until = count_until(table, address);
	const struct entry *entry = until ? &table->entries.items[until - 1] : NULL;

	/* Behind the last symbol of all nothing is known of where it ends. */
	if (!entry || !entry->data || until == table->entries.count ||
	    entry[1].module != entry->module || entry[1].start - entry->start > VARIABLE_BYTES_MAX)
		return -ENOENT;

	*ret = (struct symbol_name){
		.name = table->text + entry->data,
		.module = entry->module ? table->text + entry->module : "",
		.start = entry->start,
	};
	return 0;
}

void kallsyms_free(struct kallsyms **table)
{
	if (!*table)
		return;
	array_free(&(*table)->entries);
	free((*table)->text);
	free(*table);
	*table = NULL;
}
