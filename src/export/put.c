/* How do millions of lines get out? Numbers are made digit by digit, and names escaped on the way.
 */
#include "export/put.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"

static void set_error(struct put *put)
{
	if (!put->error)
		put->error = errno ? -errno : -EIO;
}

static void drain(struct put *put)
{
	errno = 0;
	if (!put->error && fwrite(put->bytes, 1, put->used, put->out) != put->used)
		set_error(put);
	put->used = 0;
}

void put_bytes(struct put *put, const void *bytes, size_t count)
{
	const char *rest = bytes;

	while (count) {
		size_t room = sizeof(put->bytes) - put->used;
		size_t part = count < room ? count : room;

		memcpy(put->bytes + put->used, rest, part);
		put->used += part;
		rest += part;
		count -= part;
		if (put->used == sizeof(put->bytes))
			drain(put);
	}
}

void put_char(struct put *put, char c)
{
	put->bytes[put->used++] = c;
	if (put->used == sizeof(put->bytes))
		drain(put);
}

void put_text(struct put *put, const char *text)
{
	put_bytes(put, text, strlen(text));
}

static void put_number(struct put *put, uint64_t value, unsigned int base, unsigned int least)
{
	char digits[24];
	size_t first = sizeof(digits);

	for (unsigned int count = 0; value || count < least; count++) {
		digits[--first] = "0123456789abcdef"[value % base];
		value /= base;
	}
	put_bytes(put, digits + first, sizeof(digits) - first);
}

void put_unsigned(struct put *put, uint64_t value)
{
	put_number(put, value, 10, 1);
}

void put_signed(struct put *put, int64_t value)
{
	if (value < 0)
		put_char(put, '-');
	put_unsigned(put, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void put_hex(struct put *put, uint64_t value)
{
	put_number(put, value, 16, 1);
}

void put_digits(struct put *put, uint64_t value, unsigned int digits)
{
	put_number(put, value, 10, digits);
}

static size_t plain_bytes(const char *bytes, size_t count)
{
	size_t plain = 0;

	while (plain < count && bytes[plain] >= ' ' && bytes[plain] <= '~' && bytes[plain] != '"' &&
	       bytes[plain] != '\\')
		plain++;
	return plain;
}

void put_quoted(struct put *put, const char *bytes, size_t count)
{
	struct glyph glyph;
	size_t taken;

	while (count) {
		taken = plain_bytes(bytes, count);
		put_bytes(put, bytes, taken);
		bytes += taken;
		count -= taken;
		taken = glyph_of(bytes, count, &glyph);
		for (const char *c = glyph.bytes; taken && *c; c++) {
			if (*c == '"' || *c == '\\')
				put_char(put, '\\');
			put_char(put, *c);
		}
		bytes += taken;
		count -= taken;
	}
}

void put_json(struct put *put, const char *bytes, size_t count)
{
	put_char(put, '"');
	put_quoted(put, bytes, count);
	put_char(put, '"');
}

int put_result(const struct put *put, struct diag *why)
{
	return put->error ? diag_set(why, put->error, "cannot write the export: %s",
				     strerror(-put->error))
			  : 0;
}

int put_flush(struct put *put, struct diag *why)
{
	drain(put);
	errno = 0;
	if (fflush(put->out) != 0 || ferror(put->out))
		set_error(put);
	return put_result(put, why);
}
