/* How is a name kept? Once, under a number, for as long as the analysis lives. */
#ifndef ANALYSE_NAMES_H
#define ANALYSE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"

/* Zero is a valid empty set of names. */
struct names {
	struct hash_map ids;       /* hash of the text → id */
	ARRAY(const char *) texts; /* by id − 1; they never move */
	ARRAY(char *) blocks;
	size_t block_used;
	bool is_out_of_memory; /* sticky: looked at once per event by the caller */
};

/* The number of a text; 0 for the empty text, and when memory or the table is full. Cut at a NUL
 * and at 4095 bytes. */
uint32_t names_put(struct names *names, const char *text, size_t bytes);

/* The same for a kind of name: runs of digits are one '#', so that kworker/0:1 and kworker/3:2 are
 * of one kind. */
uint32_t names_put_kind(struct names *names, const char *text, size_t bytes);

/* Never NULL; "" for 0 and for numbers never given. Valid until names_free(). */
const char *names_text(const struct names *names, uint32_t id);

void names_free(struct names *names);

#endif
