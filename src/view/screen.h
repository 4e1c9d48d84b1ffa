/* What stands where on a screen? Lines of a given size, of which every byte is escaped: whoever
 * draws them adds nothing. */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/array.h"
#include "base/own.h"

enum {
	SCREEN_SIDE_MAX = 1000, /* columns and lines beyond are left empty */
};

/* How a stretch of a line is drawn. What it means is told by words as well. */
enum screen_paint {
	SCREEN_PLAIN,
	SCREEN_STRONG,
	SCREEN_BAR, /* headings, and the line at the bottom */
	SCREEN_SELECTED,
	SCREEN_WARNING,
};

struct screen_piece {
	unsigned int column;
	unsigned int columns;
	enum screen_paint paint;
};

struct screen_line {
	ARRAY(char) text; /* UTF-8 or ASCII; ends with NUL when the screen is whole */
	unsigned int columns;
	ARRAY(struct screen_piece) pieces;
};

struct screen_style {
	unsigned int columns;
	unsigned int lines;
	bool utf8;
	bool is_paper; /* nothing is selected on it, and no keys are told */
};

/* Lines below those that were begun are empty. */
struct screen {
	struct screen_style style;
	ARRAY(struct screen_line) lines;
	bool is_out_of_memory; /* sticky */
};

/* Begin a screen of that size; its lines are made one after the other, from the top. */
void screen_begin(struct screen *screen, const struct screen_style *style);

/* The next line; what is put beyond the last one is not seen. */
void screen_line_begin(struct screen *screen);

/* Lines that may still be begun. */
unsigned int screen_lines_left(const struct screen *screen);
/* Columns left in the line. */
unsigned int screen_columns_left(const struct screen *screen);

/* Put text at the end of the line, as much as there is room for. */
void screen_put(struct screen *screen, enum screen_paint how, const char *text);
void screen_format(struct screen *screen, enum screen_paint how, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put text into a cell of so many columns: cut, or filled with blanks on its right or left. */
enum screen_align {
	SCREEN_LEFT,
	SCREEN_RIGHT,
};
void screen_cell(struct screen *screen, enum screen_paint how, unsigned int columns,
		 enum screen_align align, const char *text);

/* Fill the rest of the line with blanks. */
void screen_fill(struct screen *screen, enum screen_paint how);

/* 0, or -ENOMEM: a part is missing. */
must_check int screen_end(struct screen *screen);

/* Its lines as text, without what is empty at their ends. 0 or -errno. */
must_check int screen_print(const struct screen *screen, FILE *out);

void screen_free(struct screen *screen);

#endif
