/* How does a hostile name get into an XML file? Glyph by glyph, each with its five dangerous
 * characters named. */
#include "view/xml.h"

#include <stdbool.h>

#include "base/escape.h"

static const char ELLIPSIS[] = "\u2026";

static void put_character(FILE *out, char character)
{
	switch (character) {
	case '&':
		(void)fputs("&amp;", out);
		return;
	case '<':
		(void)fputs("&lt;", out);
		return;
	case '>': /* for the sake of "]]>" */
		(void)fputs("&gt;", out);
		return;
	case '"':
		(void)fputs("&quot;", out);
		return;
	case '\'':
		(void)fputs("&#39;", out);
		return;
	default:
		(void)putc_unlocked(character, out);
		return;
	}
}

static void put_glyph(FILE *out, const struct glyph *glyph)
{
	for (const char *c = glyph->bytes; *c; c++)
		put_character(out, *c);
}

void xml_put(FILE *out, const char *text)
{
	struct glyph glyph;

	for (;;) {
		/* Most names are ASCII, and there are many of them. */
		while (*text >= ' ' && *text <= '~')
			put_character(out, *text++);
		if (!glyph_next(&text, true, &glyph))
			return;
		put_glyph(out, &glyph);
	}
}

void xml_put_cut(FILE *out, const char *text, unsigned int columns)
{
	bool is_cut = escaped_columns(text, true) > columns;
	unsigned int left = is_cut && columns ? columns - 1 : columns;
	struct glyph glyph;

	while (glyph_next(&text, true, &glyph) && glyph.columns <= left) {
		put_glyph(out, &glyph);
		left -= glyph.columns;
	}
	if (is_cut && columns)
		(void)fputs(ELLIPSIS, out);
}
