/* Does a text look as it was accepted? Compared with tests/golden/view; BLESS=1 accepts what is
 * printed now. */
#ifndef TESTS_HARNESS_GOLDEN_H
#define TESTS_HARNESS_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "harness/test.h"
#include "unit/view/golden_folder.h"

static inline char *golden_read(const char *path)
{
	owns(own_free) char *text = calloc(1, 1 << 20);
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("there is no %s: run tools/bless and look at what it accepts", path);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	assert_int_equal(fclose(file), 0);
	return give(text);
}

/* Is it what tests/golden/view/NAME.txt has? */
static inline void golden_assert(const char *name, const char *text)
{
	owns(own_free) char *accepted = NULL;
	char path[1024];

	assert_true(snprintf(path, sizeof(path), "%s/%s.txt", GOLDEN_FOLDER, name) <
		    (int)sizeof(path));
	if (getenv("BLESS")) {
		FILE *file = fopen(path, "we");

		assert_non_null(file);
		assert_true(fputs(text, file) >= 0);
		assert_int_equal(fclose(file), 0);
		return;
	}
	accepted = golden_read(path);
	assert_string_equal(text, accepted);
}

/* No line is wider. */
static inline void assert_columns(const char *text, unsigned int columns, bool utf8)
{
	owns(own_free) char *copy = strdup(text);
	char *rest = NULL;

	assert_non_null(copy);
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(escaped_columns(line, utf8) <= columns);
}

/* Nothing in it that a terminal could obey. */
static inline void assert_harmless(const char *text)
{
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= ' ');
	assert_null(strchr(text, '\177'));
}

#endif
