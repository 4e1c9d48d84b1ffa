/* Does all that is put come out, and is it known when it does not? */
#include "export/put.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "harness/printed.h"
#include "harness/test.h"

struct room {
	struct put put;
	struct printed printed;
};

static void room_begin(struct room *room)
{
	printed_begin(&room->printed);
	room->put.out = room->printed.out;
}

static char *room_end(struct room *room)
{
	struct diag why = {};

	assert_int_equal(put_flush(&room->put, &why), 0);
	return printed_end(&room->printed);
}

static void numbers_are_told_as_they_are(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	char *text;

	room_begin(room);
	put_unsigned(&room->put, 0);
	put_char(&room->put, ' ');
	put_unsigned(&room->put, UINT64_MAX);
	put_char(&room->put, ' ');
	put_signed(&room->put, -1);
	put_char(&room->put, ' ');
	put_signed(&room->put, INT64_MIN);
	put_char(&room->put, ' ');
	put_hex(&room->put, 0xffffffff81000000);
	put_char(&room->put, ' ');
	put_digits(&room->put, 42, 9);
	text = room_end(room);
	assert_string_equal(
		text, "0 18446744073709551615 -1 -9223372036854775808 ffffffff81000000 000000042");
	free(text);
	free(room);
}

static void names_are_escaped_twice_between_quotes(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	char *text;

	room_begin(room);
	put_json(&room->put, "a\"b\\c\033\0\xff", 8);
	text = room_end(room);
	assert_string_equal(text, "\"a\\\"b\\\\c\\\\x1b\\\\x00\\\\xff\"");
	free(text);
	free(room);
}

static void what_is_longer_than_the_buffer_comes_out_whole(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	char *text;

	room_begin(room);
	for (uint32_t i = 0; i < 100000; i++)
		put_text(&room->put, "0123456789");
	text = room_end(room);
	assert_int_equal(strlen(text), 1000000);
	for (size_t i = 0; i < 1000000; i++)
		assert_int_equal(text[i], '0' + (char)(i % 10));
	free(text);
	free(room);
}

static void the_first_failure_is_remembered(void **state)
{
	struct put *put = calloc(1, sizeof(*put));
	struct diag why = {};

	put->out = printed_nowhere();
	assert_int_equal(put_result(put, &why), 0);
	for (uint32_t i = 0; i < 2 * PUT_BYTES; i++)
		put_char(put, 'x');
	assert_int_equal(put_flush(put, &why), -ENOSPC);
	assert_int_equal(put_result(put, NULL), -ENOSPC);
	assert_non_null(strstr(why.text, strerror(ENOSPC)));
	(void)fclose(put->out);
	free(put);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_told_as_they_are),
		cmocka_unit_test(names_are_escaped_twice_between_quotes),
		cmocka_unit_test(what_is_longer_than_the_buffer_comes_out_whole),
		cmocka_unit_test(the_first_failure_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
