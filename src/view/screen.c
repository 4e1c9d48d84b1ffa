/* What stands where on a screen? Glyph by glyph, never beyond the last column or line. */
#include "view/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/escape.h"

void screen_begin(struct screen *screen, const struct screen_style *style)
{
	screen->style = *style;
	if (screen->style.columns > SCREEN_SIDE_MAX)
		screen->style.columns = SCREEN_SIDE_MAX;
	if (screen->style.lines > SCREEN_SIDE_MAX)
		screen->style.lines = SCREEN_SIDE_MAX;
}

static struct screen_line *last_line(const struct screen *screen)
{
	return screen->lines.count ? &screen->lines.items[screen->lines.count - 1] : NULL;
}

void screen_line_begin(struct screen *screen)
{
	if (!array_push(&screen->lines))
		screen->is_out_of_memory = true;
}

unsigned int screen_lines_left(const struct screen *screen)
{
	return screen->lines.count < screen->style.lines
		       ? screen->style.lines - (unsigned int)screen->lines.count
		       : 0;
}

unsigned int screen_columns_left(const struct screen *screen)
{
	const struct screen_line *line = last_line(screen);

	return line && screen->lines.count <= screen->style.lines
		       ? screen->style.columns - line->columns
		       : 0;
}

static void put_bytes(struct screen *screen, struct screen_line *line, const char *bytes)
{
	for (; *bytes; bytes++) {
		char *place = array_push(&line->text);

		if (!place) {
			screen->is_out_of_memory = true;
			return;
		}
		*place = *bytes;
	}
}

/* Put glyphs while there is room. */
static void put_glyphs(struct screen *screen, struct screen_line *line, const char *text,
		       unsigned int room)
{
	struct glyph glyph;

	while (glyph_next(&text, screen->style.utf8, &glyph) && glyph.columns <= room) {
		put_bytes(screen, line, glyph.bytes);
		line->columns += glyph.columns;
		room -= glyph.columns;
	}
}

static void put_blanks(struct screen *screen, struct screen_line *line, unsigned int count)
{
	while (count--)
		put_glyphs(screen, line, " ", 1);
}

static void paint(struct screen *screen, struct screen_line *line, enum screen_paint how,
		  unsigned int from)
{
	struct screen_piece *piece;

	if (how == SCREEN_PLAIN || line->columns == from)
		return;
	piece = array_push(&line->pieces);
	if (piece)
		*piece = (struct screen_piece){ from, line->columns - from, how };
	else
		screen->is_out_of_memory = true;
}

void screen_put(struct screen *screen, enum screen_paint how, const char *text)
{
	unsigned int room = screen_columns_left(screen);
	struct screen_line *line = last_line(screen);
	unsigned int from;

	if (!room || !line)
		return;
	from = line->columns;
	put_glyphs(screen, line, text, room);
	paint(screen, line, how, from);
}

void screen_format(struct screen *screen, enum screen_paint how, const char *format, ...)
{
	char text[1000];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	screen_put(screen, how, text);
}

void screen_cell(struct screen *screen, enum screen_paint how, unsigned int columns,
		 enum screen_align align, const char *text)
{
	unsigned int left = screen_columns_left(screen), room = columns < left ? columns : left;
	unsigned int wanted = escaped_columns(text, screen->style.utf8);
	struct screen_line *line = last_line(screen);
	unsigned int from;

	if (!room || !line)
		return;
	from = line->columns;
	if (align == SCREEN_RIGHT && wanted < room)
		put_blanks(screen, line, room - wanted);
	put_glyphs(screen, line, text, from + room - line->columns);
	put_blanks(screen, line, from + room - line->columns);
	paint(screen, line, how, from);
}

void screen_fill(struct screen *screen, enum screen_paint how)
{
	screen_cell(screen, how, screen_columns_left(screen), SCREEN_LEFT, "");
}

int screen_end(struct screen *screen)
{
	for (size_t i = 0; i < screen->lines.count; i++) {
		if (!array_push(&screen->lines.items[i].text))
			screen->is_out_of_memory = true;
	}
	return screen->is_out_of_memory ? -ENOMEM : 0;
}

int screen_print(const struct screen *screen, FILE *out)
{
	for (size_t i = 0; i < screen->lines.count && i < screen->style.lines; i++) {
		const char *text = screen->lines.items[i].text.items;
		size_t length = strlen(text);

		while (length && text[length - 1] == ' ')
			length--;
		if (fprintf(out, "%.*s\n", (int)length, text) < 0)
			return -errno;
	}
	return fflush(out) < 0 ? -errno : 0;
}

void screen_free(struct screen *screen)
{
	for (size_t i = 0; i < screen->lines.count; i++) {
		array_free(&screen->lines.items[i].text);
		array_free(&screen->lines.items[i].pieces);
	}
	array_free(&screen->lines);
}
