/*
 * How is a hostile name shown? Glyph by glyph: what a terminal or a reader could obey or be
 * deceived by (control characters, invalid UTF-8, marks that turn the direction of text or are not
 * seen) is shown as \xNN, byte by byte.
 */
#ifndef VIEW_ESCAPE_H
#define VIEW_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

/* What stands for the next character: printable, and as wide as it says. */
struct glyph {
	char bytes[24]; /* NUL-terminated */
	unsigned int columns;
	bool is_space; /* the space itself: a line may break here */
};

/*
 * The next glyph of text; false at its end. text moves past what the glyph stands for. Without utf8
 * the glyph is ASCII: arrows and the like are spelled, other characters shown byte by byte.
 */
bool glyph_next(const char **text, bool utf8, struct glyph *ret);

/* The columns that a text takes once escaped. */
unsigned int escaped_columns(const char *text, bool utf8);

/* The whole text escaped; the caller's to free. NULL when memory is out. */
must_check char *escape_copy(const char *text, bool utf8);

#endif
