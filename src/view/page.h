/* Where does the next word go? Words flow onto lines of a given width; each is escaped on its way.
 */
#ifndef VIEW_PAGE_H
#define VIEW_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/own.h"

/* Fill in the first part; the rest is the page's own and starts as zero. */
struct page {
	FILE *out;
	unsigned int columns;
	bool color;
	bool utf8;

	unsigned int column;      /* where the next glyph goes */
	unsigned int rest_indent; /* where a broken line goes on */
	bool wants_space;         /* before the next word of the line */
};

enum paint {
	PAINT_PLAIN,
	PAINT_STRONG,
	PAINT_WARNING,
};

/* Begin a line at one column; should it be broken, it goes on at another. */
void page_begin(struct page *page, unsigned int indent, unsigned int rest_indent);

/* Add words; the line breaks at spaces, but never between a figure and its unit, and inside a word
 * only when it is longer than a line. */
void page_words(struct page *page, const char *text);

/* The same for words made by a format; cut at 1000 bytes. */
void page_format(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add words that stay on one line together, if a line can hold them. */
void page_atom(struct page *page, const char *text);

/* Add a note at the right edge (of a very wide page: behind its middle), on a line of its own when
 * this has no room. */
void page_right(struct page *page, const char *text);

/* Add a cell of exactly so many columns, cut or filled. */
void page_cell(struct page *page, const char *text, unsigned int columns, bool to_the_left);

/* Everything from here on is of that color, if there is color. */
void page_paint(struct page *page, enum paint paint);

/* End the line. */
void page_end(struct page *page);

/* A line of its own, broken where it must be. */
void page_line(struct page *page, unsigned int indent, const char *text);

#endif
