/* What was this address found to be? A page has a place among few; when all are taken, the first
 * of them is given to the new one. */
#include "symbol/remembered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int remembered_new(struct remembered **ret)
{
	struct remembered *remembered = calloc(1, sizeof(*remembered));

	if (!remembered)
		return -ENOMEM;
	*ret = remembered;
	return 0;
}

void remembered_free(struct remembered **remembered)
{
	free(*remembered);
	*remembered = NULL;
}

void remembered_put(struct remembered *remembered, uint64_t salt, uint64_t address,
		    struct named named)
{
	uint64_t key = address ^ salt;
	struct remembered_address *line =
		remembered->lines[remembered_place(key, REMEMBERED_LINES_BITS)];

	memmove(line + 1, line, (REMEMBERED_WAYS - 1) * sizeof(*line));
	*line = (struct remembered_address){ .key = key, .named = named };
}

bool remembered_find_alone(const struct remembered *remembered, uint64_t salt, uint64_t address,
			   struct named *ret)
{
	uint64_t key = address ^ salt;
	const struct remembered_address *line =
		remembered->lines[remembered_place(key, REMEMBERED_LINES_BITS)];

	for (size_t i = 0; i < REMEMBERED_WAYS; i++) {
		if (line[i].key == key && line[i].named.symbol) {
			*ret = line[i].named;
			return true;
		}
	}
	return false;
}

static struct remembered_page *get_page(struct remembered *remembered, uint64_t key)
{
	size_t place = remembered_place(key, REMEMBERED_PAGES_BITS);
	size_t at = remembered_page(remembered, key);

	for (size_t i = 0; i < REMEMBERED_PROBES && at == REMEMBERED_PAGES; i++) {
		if (!remembered->page_keys[(place + i) % REMEMBERED_PAGES])
			at = (place + i) % REMEMBERED_PAGES;
	}
	if (at == REMEMBERED_PAGES)
		at = place;
	if (remembered->page_keys[at] != key) {
		memset(&remembered->pages[at], 0, sizeof(remembered->pages[at]));
		remembered->page_keys[at] = key;
	}
	return &remembered->pages[at];
}

/* Its place in the page; 0: there is none left. */
static uint8_t get_function(struct remembered_page *page,
			    const struct remembered_function *function)
{
	for (uint32_t i = 1; i <= page->count; i++) {
		if (page->functions[i].symbol == function->symbol &&
		    page->functions[i].start == function->start)
			return (uint8_t)i;
	}
	if (page->count + 1 == REMEMBERED_FUNCTIONS)
		return 0;
	page->functions[++page->count] = *function;
	return (uint8_t)page->count;
}

void remembered_put_block(struct remembered *remembered, uint64_t salt, uint64_t address,
			  struct named named)
{
	struct remembered_page *page = get_page(remembered, address / REMEMBERED_PAGE_BYTES ^ salt);
	uint32_t offset = (uint32_t)(address % REMEMBERED_PAGE_BYTES);
	const struct remembered_function function = { named.symbol, offset - named.offset };

	page->blocks[offset / REMEMBERED_BLOCK_BYTES] = get_function(page, &function);
}
