/* How is a text of ZFS taken apart? Into lines and words; what they say becomes facts. */
#include "import/zfs_reading.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool zfs_next_line(struct zfs_reading *reading, struct zfs_piece *ret)
{
	size_t left = (size_t)(reading->end - reading->rest);
	const char *newline;

	if (!left)
		return false;
	newline = memchr(reading->rest, '\n', left);
	ret->text = reading->rest;
	ret->bytes = newline ? (size_t)(newline - reading->rest) : left;
	reading->rest = newline ? newline + 1 : reading->end;
	reading->line_number++;
	return true;
}

static bool is_blank(char letter)
{
	return isspace((unsigned char)letter);
}

struct zfs_piece zfs_trimmed(struct zfs_piece piece)
{
	while (piece.bytes && is_blank(piece.text[0])) {
		piece.text++;
		piece.bytes--;
	}
	while (piece.bytes && is_blank(piece.text[piece.bytes - 1]))
		piece.bytes--;
	return piece;
}

size_t zfs_words(struct zfs_piece line, struct zfs_piece *words, size_t max)
{
	size_t count = 0, at = 0;

	while (count < max) {
		size_t begin;

		while (at < line.bytes && is_blank(line.text[at]))
			at++;
		begin = at;
		while (at < line.bytes && !is_blank(line.text[at]))
			at++;
		if (begin == at)
			break;
		words[count++] = (struct zfs_piece){ line.text + begin, at - begin };
	}
	return count;
}

/* Where the next column begins: behind its separator; bytes: there is none. */
static size_t column_end(struct zfs_piece line, bool by_tabs, size_t at)
{
	while (at < line.bytes) {
		if (by_tabs ? line.text[at] == '\t'
			    : line.text[at] == ' ' && at + 1 < line.bytes &&
				      line.text[at + 1] == ' ')
			break;
		at++;
	}
	return at;
}

size_t zfs_columns(struct zfs_piece line, struct zfs_piece *columns, size_t max)
{
	bool by_tabs = memchr(line.text, '\t', line.bytes);
	size_t count = 0, at = 0;

	while (count < max && at < line.bytes) {
		size_t end = column_end(line, by_tabs, at);

		columns[count++] = zfs_trimmed((struct zfs_piece){ line.text + at, end - at });
		at = end + 1;
		while (!by_tabs && at < line.bytes && line.text[at] == ' ')
			at++;
	}
	return count;
}

struct zfs_piece zfs_piece_of(const char *text)
{
	return (struct zfs_piece){ text, strlen(text) };
}

bool zfs_is(struct zfs_piece piece, const char *text)
{
	return piece.bytes == strlen(text) && memcmp(piece.text, text, piece.bytes) == 0;
}

bool zfs_has(struct zfs_piece piece, const char *text)
{
	return memmem(piece.text, piece.bytes, text, strlen(text));
}

bool zfs_is_number(struct zfs_piece piece)
{
	for (size_t i = 0; i < piece.bytes; i++) {
		if (!isdigit((unsigned char)piece.text[i]))
			return false;
	}
	return piece.bytes;
}

/* A tab would begin the next part. */
static size_t put_part(char *to, struct zfs_piece part)
{
	size_t bytes = part.bytes < ZFS_PART_BYTES_MAX ? part.bytes : ZFS_PART_BYTES_MAX;

	for (size_t i = 0; i < bytes; i++) {
		to[i] = part.text[i];
		if (!to[i] || to[i] == '\t')
			to[i] = ' ';
	}
	return bytes;
}

int zfs_tell(struct zfs_reading *reading, const char *source, struct zfs_piece subject,
	     struct zfs_piece name, struct zfs_piece value)
{
	union {
		struct event_fact fact;
		char bytes[sizeof(struct event_fact) + 64 + (size_t)3 * ZFS_PART_BYTES_MAX];
	} event = {};
	char *text = event.bytes + sizeof(event.fact);
	size_t key_bytes, value_bytes;

	key_bytes = (size_t)snprintf(text, 40, "zfs%u\t%.20s\t", reading->text->look & 3, source);
	key_bytes += put_part(text + key_bytes, subject);
	text[key_bytes++] = '\t';
	key_bytes += put_part(text + key_bytes, name);
	value_bytes = put_part(text + key_bytes, value);
	event.fact.head = (struct event){
		.bytes =
			(uint32_t)((sizeof(event.fact) + key_bytes + value_bytes + 7) & ~(size_t)7),
		.kind = EVENT_FACT,
		.time_ns = reading->time_ns,
	};
	event.fact.key_bytes = (uint16_t)key_bytes;
	event.fact.value_bytes = (uint16_t)value_bytes;
	return event_sink_take(reading->sink, &event.fact.head, reading->why);
}

int zfs_tell_number(struct zfs_reading *reading, const char *source, struct zfs_piece subject,
		    struct zfs_piece name, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	return zfs_tell(reading, source, subject, name, zfs_piece_of(text));
}

int zfs_bad(struct zfs_reading *reading, const char *what)
{
	if (!reading->bad_lines++) {
		reading->first_bad = reading->line_number;
		reading->first_what = what;
	}
	return 0;
}
