/*
 * What was this address found to be? Most addresses of a profile lie in functions that were met
 * before: by blocks of code, of which few bytes are needed for each page; and where a block is not
 * of one function, by single addresses. Bounded: what was put before is forgotten.
 */
#ifndef SYMBOL_REMEMBERED_H
#define SYMBOL_REMEMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

enum {
	REMEMBERED_PAGE_BYTES = 4096,
	REMEMBERED_BLOCK_BYTES = 4, /* few blocks are of two functions, many addresses share one */
	REMEMBERED_BLOCKS = REMEMBERED_PAGE_BYTES / REMEMBERED_BLOCK_BYTES,
	REMEMBERED_FUNCTIONS = 256,
	REMEMBERED_PAGES_BITS = 10,
	REMEMBERED_PAGES = 1 << REMEMBERED_PAGES_BITS,
	REMEMBERED_PROBES = 4,
	REMEMBERED_LINES_BITS = 14,
	REMEMBERED_WAYS = 4, /* a line of the processor's cache */
};

/* What an address was found to be. */
struct named {
	uint32_t symbol; /* 0: nothing is known */
	uint32_t offset;
};

struct remembered_function {
	uint32_t symbol;
	uint32_t start; /* from where the page begins, maybe before it */
};

/* A page of code, by the function of each block. */
struct remembered_page {
	uint8_t blocks[REMEMBERED_BLOCKS]; /* place in functions; 0: not known, or of several */
	struct remembered_function functions[REMEMBERED_FUNCTIONS]; /* from 1 on */
	uint32_t count;
};

struct remembered_address {
	uint64_t key;
	struct named named; /* symbol 0: a free place */
};

/*
 * Each thing is found by a key: its number and a salt, which stands for the mappings under which it
 * was seen. Of one salt no two keys are the same; of two salts, by a chance of 2^-64.
 */
struct remembered {
	uint64_t page_keys[REMEMBERED_PAGES];
	struct remembered_page pages[REMEMBERED_PAGES];
	/* A line's addresses, the last that was put before the others. */
	struct remembered_address lines[1 << REMEMBERED_LINES_BITS][REMEMBERED_WAYS];
};

must_check int remembered_new(struct remembered **ret);
void remembered_free(struct remembered **remembered);

/* This address was found to be that. */
void remembered_put(struct remembered *remembered, uint64_t salt, uint64_t address,
		    struct named named);

/* All addresses of its block are in the same function. */
void remembered_put_block(struct remembered *remembered, uint64_t salt, uint64_t address,
			  struct named named);

bool remembered_find_alone(const struct remembered *remembered, uint64_t salt, uint64_t address,
			   struct named *ret);

static inline size_t remembered_place(uint64_t key, unsigned int bits)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> (64 - bits);
}

/* Where the page is; REMEMBERED_PAGES: it is not. */
static inline size_t remembered_page(const struct remembered *remembered, uint64_t key)
{
	size_t place = remembered_place(key, REMEMBERED_PAGES_BITS);

	for (size_t i = 0; i < REMEMBERED_PROBES; i++) {
		size_t at = (place + i) % REMEMBERED_PAGES;

		if (remembered->page_keys[at] == key)
			return at;
	}
	return REMEMBERED_PAGES;
}

static inline bool remembered_find(const struct remembered *remembered, uint64_t salt,
				   uint64_t address, struct named *ret)
{
	size_t at = remembered_page(remembered, address / REMEMBERED_PAGE_BYTES ^ salt);
	uint32_t offset = (uint32_t)(address % REMEMBERED_PAGE_BYTES);
	const struct remembered_function *function;
	const struct remembered_page *page;

	if (at == REMEMBERED_PAGES)
		return remembered_find_alone(remembered, salt, address, ret);
	page = &remembered->pages[at];
	function = &page->functions[page->blocks[offset / REMEMBERED_BLOCK_BYTES]];
	if (!function->symbol)
		return remembered_find_alone(remembered, salt, address, ret);
	*ret = (struct named){ function->symbol, offset - function->start };
	return true;
}

#endif
