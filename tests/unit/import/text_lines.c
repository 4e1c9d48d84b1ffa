/* Is a text handed on line by line, whatever its size? */
#include "import/text_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"

struct heard {
	uint64_t lines;
	uint64_t bytes;
	char last[64];
	int fail;
};

static int hear(void *self, const char *line, size_t bytes, struct diag *why)
{
	struct heard *heard = self;
	size_t kept = bytes < sizeof(heard->last) - 1 ? bytes : sizeof(heard->last) - 1;

	(void)why;
	assert_null(memchr(line, '\n', bytes));
	heard->lines++;
	heard->bytes += bytes;
	memcpy(heard->last, line, kept);
	heard->last[kept] = '\0';
	return heard->fail;
}

static int read_bytes(const char *text, size_t bytes, struct heard *heard, struct diag *why)
{
	int fd = memfd_create("text", 0), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, bytes), bytes);
	r = text_lines_read(fd, "x.txt", hear, heard, why);
	/* From its begin, wherever it stands. */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), bytes);
	close(fd);
	return r;
}

static void each_line_is_handed_on_once(void **state)
{
	static const char TEXT[] = "one\n\nthree\n";
	struct heard heard = {};

	assert_int_equal(read_bytes(TEXT, sizeof(TEXT) - 1, &heard, NULL), 0);
	assert_int_equal(heard.lines, 3);
	assert_int_equal(heard.bytes, 8);
	assert_string_equal(heard.last, "three");
}

static void a_last_line_without_its_end_is_left_out(void **state)
{
	struct heard heard = {};

	assert_int_equal(read_bytes("one\ntwo", 7, &heard, NULL), 0);
	assert_int_equal(heard.lines, 1);
	assert_string_equal(heard.last, "one");
}

static void lines_across_pieces_stay_whole(void **state)
{
	enum {
		LINES = 40000
	};
	char *text = malloc((size_t)LINES * 32);
	struct heard heard = {};
	size_t at = 0;

	assert_non_null(text);
	for (int i = 0; i < LINES; i++)
		at += (size_t)sprintf(text + at, "line %d of a text\n", i);
	assert_int_equal(read_bytes(text, at, &heard, NULL), 0);
	free(text);
	assert_int_equal(heard.lines, LINES);
	assert_int_equal(heard.bytes, at - LINES);
	assert_string_equal(heard.last, "line 39999 of a text");
}

static void what_has_no_lines_is_refused(void **state)
{
	const size_t bytes = (size_t)1 << 20;
	char *text = malloc(bytes);
	struct heard heard = {};
	struct diag why = {};

	assert_non_null(text);
	memset(text, 'x', bytes);
	assert_int_equal(read_bytes(text, bytes, &heard, &why), -EBADMSG);
	free(text);
	assert_non_null(strstr(why.text, "x.txt"));
}

static void who_has_enough_ends_it(void **state)
{
	struct heard heard = { .fail = -ENOSPC };

	assert_int_equal(read_bytes("one\ntwo\n", 8, &heard, NULL), -ENOSPC);
	assert_int_equal(heard.lines, 1);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct heard heard = {};
	struct diag why = {};
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(text_lines_read(ends[0], "x.txt", hear, &heard, &why), -ESPIPE);
	assert_non_null(strstr(why.text, "cannot read x.txt"));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_handed_on_once),
		cmocka_unit_test(a_last_line_without_its_end_is_left_out),
		cmocka_unit_test(lines_across_pieces_stay_whole),
		cmocka_unit_test(what_has_no_lines_is_refused),
		cmocka_unit_test(who_has_enough_ends_it),
		cmocka_unit_test(what_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
