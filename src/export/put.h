/* How do millions of lines get out? Through one buffer, which remembers when its reader took no
 * more. */
#ifndef EXPORT_PUT_H
#define EXPORT_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/own.h"

enum {
	PUT_BYTES = 1 << 16,
};

/* Zero, but for out, is a valid empty one. */
struct put {
	FILE *out;
	int error; /* -errno of the first write that failed; what comes after is dropped */
	size_t used;
	char bytes[PUT_BYTES];
};

void put_bytes(struct put *put, const void *bytes, size_t count);
void put_char(struct put *put, char c);
void put_text(struct put *put, const char *text);
void put_unsigned(struct put *put, uint64_t value);
void put_signed(struct put *put, int64_t value);
/* "ffffffff81000000", without leading zeros. */
void put_hex(struct put *put, uint64_t value);
/* So many digits, zeros in front: for the part behind a decimal point. */
void put_digits(struct put *put, uint64_t value, unsigned int digits);

/*
 * Bytes of the traced system, escaped (base/escape.h), and with a backslash before each quote and
 * backslash: what JSON and OpenMetrics want between quotes.
 */
void put_quoted(struct put *put, const char *bytes, size_t count);
/* The same as a JSON string, with its quotes. */
void put_json(struct put *put, const char *bytes, size_t count);

/* All that was put is out: 0, or -errno with the reason. */
must_check int put_flush(struct put *put, struct diag *why);
/* Did it take all so far? 0, or -errno with the reason. */
must_check int put_result(const struct put *put, struct diag *why);

#endif
