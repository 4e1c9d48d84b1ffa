/*
 * How is a hostile name shown? Glyph by glyph: what a terminal or a reader could obey or be
 * deceived by (control characters, invalid UTF-8, marks that turn the direction of text or are not
 * seen) is shown as \xNN, byte by byte.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

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

/*
 * The glyph, in UTF-8, of the first of count bytes that have no terminator (a NUL is shown as
 * well); returns how many it stands for: at least 1 where count is.
 */
size_t glyph_of(const char *bytes, size_t count, struct glyph *ret);

/* The columns that a text takes once escaped. */
unsigned int escaped_columns(const char *text, bool utf8);

/* The whole text escaped; the caller's to free. NULL when memory is out. */
must_check char *escape_copy(const char *text, bool utf8);

/*
 * Bytes without a terminator, escaped as UTF-8 into a room of so many bytes: whole glyphs, as many
 * as fit, and a NUL. Returns the length.
 */
size_t escape_bytes(const char *bytes, size_t count, char *room, size_t room_bytes);

#endif
