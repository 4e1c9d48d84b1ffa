/* How is a hostile name shown? By a strict UTF-8 reader and a table of the characters that are not
 * shown as they are. */
#include "base/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* Obeyed by terminals, or unseen and so deceiving: controls, direction marks, separators, joiners,
 * tags. */
static const struct range UNSAFE[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x34f, 0x34f },
	{ 0x61c, 0x61c },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
};

/* Two columns wide: East Asian scripts and pictures. */
static const struct range WIDE[] = {
	{ 0x1100, 0x115e },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff },
	{ 0x20000, 0x3fffd },
};

/* Marks that stand on the character before them. */
static const struct range COMBINING[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },   { 0x610, 0x61a },
	{ 0x64b, 0x65f },   { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
	{ 0x302a, 0x302f }, { 0xfe20, 0xfe2f },
};

/* What slowpath's own sentences use beyond ASCII, for terminals that have no more. */
static const struct {
	uint32_t character;
	const char *ascii;
} SPELLED[] = {
	{ 0xb5, "u" },    { 0xd7, "x" },    { 0x3bc, "u" },   { 0x2013, "-" },
	{ 0x2014, "-" },  { 0x2018, "'" },  { 0x2019, "'" },  { 0x201c, "\"" },
	{ 0x201d, "\"" }, { 0x2022, "-" },  { 0xb7, "-" },    { 0x2026, "..." },
	{ 0x2190, "<-" }, { 0x2192, "->" }, { 0x2264, "<=" }, { 0x2265, ">=" },
};

static bool is_in(const struct range *ranges, size_t count, uint32_t character)
{
	for (size_t i = 0; i < count; i++) {
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	}
	return false;
}

/* The length of the sound UTF-8 sequence at text, with its character; 0 when there is none. NUL
 * ends every sequence. */
static size_t read_character(const unsigned char *text, uint32_t *ret)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t smallest; /* what is smaller was written longer than need be: a disguise */
	} FORMS[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };
	uint32_t character;

	for (size_t form = 0; form < array_count(FORMS); form++) {
		if ((text[0] & FORMS[form].mask) != FORMS[form].lead)
			continue;
		character = text[0] & (uint8_t)~FORMS[form].mask;
		for (size_t i = 1; i <= form; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			character = character << 6 | (text[i] & 0x3f);
		}
		if (character < FORMS[form].smallest || character > 0x10ffff ||
		    (character >= 0xd800 && character <= 0xdfff))
			return 0;
		*ret = character;
		return form + 1;
	}
	return 0;
}

static const char *spell(uint32_t character)
{
	for (size_t i = 0; i < array_count(SPELLED); i++) {
		if (SPELLED[i].character == character)
			return SPELLED[i].ascii;
	}
	return NULL;
}

static void set_glyph(struct glyph *glyph, const char *bytes, size_t length, unsigned int columns)
{
	memcpy(glyph->bytes, bytes, length);
	glyph->bytes[length] = '\0';
	glyph->columns = columns;
	glyph->is_space = length == 1 && bytes[0] == ' ';
}

static void set_escape(struct glyph *glyph, const unsigned char *bytes, size_t length)
{
	glyph->columns = (unsigned int)length * 4;
	glyph->is_space = false;
	for (size_t i = 0; i < length; i++)
		(void)snprintf(glyph->bytes + i * 4, 5, "\\x%02x", bytes[i]);
}

static unsigned int character_columns(uint32_t character)
{
	if (is_in(COMBINING, array_count(COMBINING), character))
		return 0;
	return is_in(WIDE, array_count(WIDE), character) ? 2 : 1;
}

bool glyph_next(const char **text, bool utf8, struct glyph *ret)
{
	const unsigned char *bytes = (const unsigned char *)*text;
	uint32_t character = 0;
	const char *ascii;
	size_t length;

	if (!bytes[0])
		return false;

	length = read_character(bytes, &character);
	*text += length ? length : 1;
	if (!length) {
		set_escape(ret, bytes, 1);
	} else if (is_in(UNSAFE, array_count(UNSAFE), character)) {
		set_escape(ret, bytes, length);
	} else if (utf8 || character < 0x80) {
		set_glyph(ret, (const char *)bytes, length, character_columns(character));
	} else {
		ascii = spell(character);
		if (ascii)
			set_glyph(ret, ascii, strlen(ascii), (unsigned int)strlen(ascii));
		else
			set_escape(ret, bytes, length);
	}
	return true;
}

size_t glyph_of(const char *bytes, size_t count, struct glyph *ret)
{
	char room[5] = "";
	const char *rest = room;

	if (!count)
		return 0;
	memcpy(room, bytes, count < 4 ? count : 4);
	if (glyph_next(&rest, true, ret))
		return (size_t)(rest - room);
	set_escape(ret, (const unsigned char *)bytes, 1);
	return 1;
}

unsigned int escaped_columns(const char *text, bool utf8)
{
	unsigned int columns = 0;
	struct glyph glyph;

	while (glyph_next(&text, utf8, &glyph))
		columns += glyph.columns;
	return columns;
}

char *escape_copy(const char *text, bool utf8)
{
	const char *from = text;
	size_t length = 0;
	struct glyph glyph;
	char *copy, *end;

	while (glyph_next(&from, utf8, &glyph))
		length += strlen(glyph.bytes);
	copy = malloc(length + 1);
	if (!copy)
		return NULL;

	end = copy;
	while (glyph_next(&text, utf8, &glyph))
		end = stpcpy(end, glyph.bytes);
	*end = '\0';
	return copy;
}

size_t escape_bytes(const char *bytes, size_t count, char *room, size_t room_bytes)
{
	size_t used = 0, length;
	struct glyph glyph;

	while (count) {
		size_t taken = glyph_of(bytes, count, &glyph);

		length = strlen(glyph.bytes);
		if (used + length >= room_bytes)
			break;
		memcpy(room + used, glyph.bytes, length);
		used += length;
		bytes += taken;
		count -= taken;
	}
	room[used] = '\0';
	return used;
}
