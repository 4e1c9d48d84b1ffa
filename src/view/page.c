/* Where does the next word go? Measured before it is written, so that a line breaks before the word
 * that is too long. */
#include "view/page.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "base/escape.h"

enum {
	RIGHT_EDGE_MAX = 110, /* farther right, the eye loses the line */
};

/* Whether all of it arrived is asked once, at the end, of the stream. */
static void put_bytes(struct page *page, const char *bytes)
{
	(void)fputs(bytes, page->out);
}

static void put_spaces(struct page *page, unsigned int count)
{
	(void)fprintf(page->out, "%*s", (int)count, "");
	page->column += count;
}

static void break_line(struct page *page)
{
	put_bytes(page, "\n");
	page->column = 0;
	put_spaces(page, page->rest_indent);
	page->wants_space = false;
}

/* One word, from text up to end, that takes so many columns. */
static void put_word(struct page *page, const char *text, const char *end, unsigned int columns)
{
	struct glyph glyph;

	if (page->wants_space && page->column + 1 + columns > page->columns)
		break_line(page);
	if (page->wants_space)
		put_spaces(page, 1);

	while (text < end && glyph_next(&text, page->utf8, &glyph)) {
		if (page->column + glyph.columns > page->columns)
			break_line(page);
		put_bytes(page, glyph.bytes);
		page->column += glyph.columns;
	}
	page->wants_space = true;
}

void page_begin(struct page *page, unsigned int indent, unsigned int rest_indent)
{
	page->rest_indent = rest_indent;
	page->wants_space = false;
	put_spaces(page, indent);
}

/* Does a unit stand here, and nothing more of a word? */
static bool is_unit(const char *text)
{
	static const char *const UNITS[] = { "%", "ns",  "us",  "ms",  "s",   "min", "h",
					     "B", "KiB", "MiB", "GiB", "TiB", "PiB", "Hz" };

	for (size_t i = 0; i < array_count(UNITS); i++) {
		size_t bytes = strlen(UNITS[i]);

		if (strncmp(text, UNITS[i], bytes) == 0 && !isalnum((unsigned char)text[bytes]))
			return true;
	}
	return false;
}

/* A figure and its unit are one word: between end, where the figure ends, and text is one space. */
static bool is_figure_with_unit(const char *word, const char *end, const char *text)
{
	return end > word && isdigit((unsigned char)end[-1]) && text == end + 1 && *end == ' ' &&
	       is_unit(text);
}

void page_words(struct page *page, const char *text)
{
	const char *word, *end;
	unsigned int columns;
	struct glyph glyph;

	for (;;) {
		while (*text == ' ')
			text++;
		if (!*text)
			return;

		word = end = text;
		columns = 0;
		while (glyph_next(&text, page->utf8, &glyph)) {
			if (glyph.is_space && !is_figure_with_unit(word, end, text))
				break;
			columns += glyph.columns;
			end = text;
		}
		put_word(page, word, end, columns);
	}
}

void page_format(struct page *page, const char *format, ...)
{
	char text[1000];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) >= 0)
		page_words(page, text);
	va_end(args);
}

void page_atom(struct page *page, const char *text)
{
	unsigned int columns = escaped_columns(text, page->utf8);
	const char *end = text;

	if (page->rest_indent + columns > page->columns) {
		page_words(page, text);
		return;
	}
	while (*end)
		end++;
	put_word(page, text, end, columns);
}

void page_right(struct page *page, const char *text)
{
	unsigned int columns = escaped_columns(text, page->utf8);
	unsigned int edge = page->columns < RIGHT_EDGE_MAX ? page->columns : RIGHT_EDGE_MAX;

	if (page->column + 2 + columns > page->columns)
		break_line(page);
	if (page->column + 2 + columns <= edge)
		put_spaces(page, edge - page->column - columns);
	else
		put_spaces(page, 2);
	page->wants_space = false;
	page_atom(page, text);
}

void page_cell(struct page *page, const char *text, unsigned int columns, bool to_the_left)
{
	static const char MARK[] = "~";
	unsigned int wanted = escaped_columns(text, page->utf8);
	unsigned int room = wanted > columns ? columns - 1 : columns;
	unsigned int used = 0;
	struct glyph glyph;

	if (!to_the_left && wanted < columns)
		put_spaces(page, columns - wanted);
	while (glyph_next(&text, page->utf8, &glyph) && used + glyph.columns <= room) {
		put_bytes(page, glyph.bytes);
		used += glyph.columns;
	}
	page->column += used;
	if (wanted > columns) {
		put_bytes(page, MARK);
		page->column++;
		used++;
	}
	if (used < columns && (to_the_left || wanted > columns))
		put_spaces(page, columns - used);
}

void page_paint(struct page *page, enum paint paint)
{
	if (!page->color)
		return;
	switch (paint) {
	case PAINT_PLAIN:
		put_bytes(page, "\033[0m");
		return;
	case PAINT_STRONG:
		put_bytes(page, "\033[1m");
		return;
	case PAINT_WARNING:
		put_bytes(page, "\033[33m");
		return;
	}
}

void page_end(struct page *page)
{
	put_bytes(page, "\n");
	page->column = 0;
	page->wants_space = false;
}

void page_line(struct page *page, unsigned int indent, const char *text)
{
	page_begin(page, indent, indent + 2);
	page_words(page, text);
	page_end(page);
}
