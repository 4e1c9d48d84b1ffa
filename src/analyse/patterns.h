/*
 * Is a name of that form? '#' stands for one or more digits, '*' for anything, the shortest that
 * lets the rest fit; all else for itself.
 */
#ifndef ANALYSE_PATTERNS_H
#define ANALYSE_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

/* What the last '*' stood for, or without one the last '#'; bytes 0: nothing. */
struct pattern_part {
	const char *text;
	size_t bytes;
};

/* Does the pattern fit the whole name? ret may be NULL. */
bool pattern_fits(const char *name, const char *pattern, struct pattern_part *ret);

#endif
