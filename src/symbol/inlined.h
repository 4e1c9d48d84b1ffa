/* Which functions were put into others where this code is? Each address is looked up once. */
#ifndef SYMBOL_INLINED_H
#define SYMBOL_INLINED_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "symbol/files.h"

/* So many inside of each other are told. */
#define INLINED_DEPTH_MAX 16

struct inlined;

must_check int inlined_new(struct inlined **ret);
void inlined_free(struct inlined **inlined);

/* Code in a file. */
struct inlined_at {
	uint64_t address; /* in the file's own terms */
	uint32_t file;    /* its number */
	uint32_t tgid;    /* who has it mapped */
};

/*
 * The names of the functions there, the innermost first; returns how many. Valid until the next
 * call. limit bounds the debug information that a file may have.
 */
size_t inlined_find(struct inlined *inlined, struct file_table *files, const struct inlined_at *at,
		    size_t limit, const char *names[INLINED_DEPTH_MAX]);

/* Files that are there but tell nothing: they have no debug information, or more than the limit. */
struct inlined_lacks {
	size_t count;      /* one that got a new number meanwhile counts again */
	const char *first; /* the path of one; NULL: not known */
};

/* So far. first lives as long as inlined does. */
struct inlined_lacks inlined_lacks(const struct inlined *inlined);

/* Files have new numbers from now on. */
void inlined_clear(struct inlined *inlined);

#endif
