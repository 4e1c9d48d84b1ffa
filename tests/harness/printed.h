/* What was printed into a stream? It is opened, written by what is tested, and read as text. */
#ifndef TESTS_HARNESS_PRINTED_H
#define TESTS_HARNESS_PRINTED_H

#include <stdio.h>

#include "harness/test.h"

/* Begin it with printed_begin(), print into out, end it with printed_end(). */
struct printed {
	FILE *out;
	char *text;
	size_t bytes;
};

static inline void printed_begin(struct printed *printed)
{
	printed->out = open_memstream(&printed->text, &printed->bytes);
	assert_non_null(printed->out);
}

/* The text, the caller's. */
static inline char *printed_end(struct printed *printed)
{
	assert_int_equal(fclose(printed->out), 0);
	return printed->text;
}

/* A stream that takes nothing (-ENOSPC); where there is none the test is skipped. */
static inline FILE *printed_nowhere(void)
{
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	return full;
}

#endif
