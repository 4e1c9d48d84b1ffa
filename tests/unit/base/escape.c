/* Does nothing reach the terminal that it could obey, and nothing the reader that could deceive? */
#include "base/escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static void assert_escaped(const char *text, bool utf8, const char *wanted)
{
	owns(own_free) char *escaped = escape_copy(text, utf8);

	assert_non_null(escaped);
	assert_string_equal(escaped, wanted);
}

static void plain_text_stays_as_it_is(void **state)
{
	assert_escaped("", true, "");
	assert_escaped("jbd2/vda-8 (ext4)", true, "jbd2/vda-8 (ext4)");
	assert_escaped("Größe 大きい ✓", true, "Größe 大きい ✓");
}

static void terminal_sequences_lose_their_power(void **state)
{
	assert_escaped("\033[2J\033]0;x\007", true, "\\x1b[2J\\x1b]0;x\\x07");
	assert_escaped("a\nb\rc\td\177", true, "a\\x0ab\\x0dc\\x09d\\x7f");
	/* C1 controls: 0x9b as a character is CSI to some terminals. */
	assert_escaped("\xc2\x9b[2J", true, "\\xc2\\x9b[2J");
	assert_escaped("\x9b[2J", true, "\\x9b[2J");
}

static void invalid_utf8_is_shown_byte_by_byte(void **state)
{
	assert_escaped("\xff\xfe", true, "\\xff\\xfe");
	assert_escaped("a\xc3", true, "a\\xc3");
	assert_escaped("\xe2\x86", true, "\\xe2\\x86");
	assert_escaped("\xc0\x9b", true, "\\xc0\\x9b"); /* ESC, written longer than need be */
	assert_escaped("\xe0\x80\xaf", true, "\\xe0\\x80\\xaf");
	assert_escaped("\xed\xa0\x80", true, "\\xed\\xa0\\x80"); /* half of a surrogate pair */
	assert_escaped("\xf4\x90\x80\x80", true, "\\xf4\\x90\\x80\\x80");
	assert_escaped("\xe2(\xa1", true, "\\xe2(\\xa1");
}

static void what_turns_or_hides_text_is_shown(void **state)
{
	assert_escaped("\u202egpj.exe", true, "\\xe2\\x80\\xaegpj.exe");
	assert_escaped("a\u2066b\u2069", true, "a\\xe2\\x81\\xa6b\\xe2\\x81\\xa9");
	assert_escaped("a\u200bb\ufeff", true, "a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf");
	assert_escaped("a\u2028b", true, "a\\xe2\\x80\\xa8b");
	assert_escaped("\U000e0041", true, "\\xf3\\xa0\\x81\\x81");
}

static void without_utf8_all_is_ascii(void **state)
{
	assert_escaped("a → b × 2 … ≥ 3", false, "a -> b x 2 ... >= 3");
	assert_escaped("Größe", false, "Gr\\xc3\\xb6\\xc3\\x9fe");
	assert_escaped("\x9b", false, "\\x9b");
}

static void every_byte_pair_comes_out_printable_and_as_wide_as_it_says(void **state)
{
	for (unsigned int first = 1; first < 256; first++) {
		for (unsigned int second = 1; second < 256; second++) {
			const char text[] = { (char)first, (char)second, '\0' };
			owns(own_free) char *escaped = escape_copy(text, false);

			assert_non_null(escaped);
			assert_int_equal(escaped_columns(text, false), strlen(escaped));
			for (const char *c = escaped; *c; c++)
				assert_true(*c >= ' ' && *c <= '~');
		}
	}
}

static void widths_are_those_on_the_terminal(void **state)
{
	assert_int_equal(escaped_columns("abc", true), 3);
	assert_int_equal(escaped_columns("Größe", true), 5);
	assert_int_equal(escaped_columns("大", true), 2);
	assert_int_equal(escaped_columns("e\u0301", true), 1);
	assert_int_equal(escaped_columns("\033", true), 4);
}

static void bytes_without_a_terminator_are_escaped_and_cut_to_fit(void **state)
{
	char room[9];

	assert_int_equal(escape_bytes("a\0b", 3, room, sizeof(room)), 6);
	assert_string_equal(room, "a\\x00b");
	/* What does not fit whole is left out. */
	assert_int_equal(escape_bytes("abcdef\033", 7, room, sizeof(room)), 6);
	assert_string_equal(room, "abcdef");
	/* A sequence that the count cuts is not read beyond it. */
	assert_int_equal(escape_bytes("\xc3\xb6", 1, room, sizeof(room)), 4);
	assert_string_equal(room, "\\xc3");
	assert_int_equal(escape_bytes("", 0, room, sizeof(room)), 0);
	assert_string_equal(room, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays_as_it_is),
		cmocka_unit_test(bytes_without_a_terminator_are_escaped_and_cut_to_fit),
		cmocka_unit_test(terminal_sequences_lose_their_power),
		cmocka_unit_test(invalid_utf8_is_shown_byte_by_byte),
		cmocka_unit_test(what_turns_or_hides_text_is_shown),
		cmocka_unit_test(without_utf8_all_is_ascii),
		cmocka_unit_test(every_byte_pair_comes_out_printable_and_as_wide_as_it_says),
		cmocka_unit_test(widths_are_those_on_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
