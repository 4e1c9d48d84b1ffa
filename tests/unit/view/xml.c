/* Is a name in an XML file never more than a name? */
#include "view/xml.h"

#include <string.h>

#include "base/own.h"
#include "harness/test.h"

static char *put(const char *text, unsigned int columns)
{
	char *written = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&written, &bytes);

	assert_non_null(out);
	if (columns)
		xml_put_cut(out, text, columns);
	else
		xml_put(out, text);
	assert_int_equal(fclose(out), 0);
	return written;
}

static void assert_put(const char *text, const char *wanted)
{
	owns(own_free) char *written = put(text, 0);

	assert_string_equal(written, wanted);
}

static void assert_cut(const char *text, unsigned int columns, const char *wanted)
{
	owns(own_free) char *written = put(text, columns);

	assert_string_equal(written, wanted);
}

static void plain_names_stay_as_they_are(void **state)
{
	assert_put("", "");
	assert_put("jbd2/vda-8 (ext4)", "jbd2/vda-8 (ext4)");
	assert_put("Größe 大きい ✓ ", "Größe 大きい ✓ ");
}

static void what_xml_obeys_becomes_a_reference(void **state)
{
	assert_put("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
	assert_put("\" onload='x'", "&quot; onload=&#39;x&#39;");
	assert_put("a && &lt;", "a &amp;&amp; &amp;lt;");
	assert_put("]]>", "]]&gt;");
	assert_put("<ü>", "&lt;ü&gt;");
}

static void what_xml_cannot_hold_is_shown_byte_by_byte(void **state)
{
	assert_put("\033[2J\x01\n\t", "\\x1b[2J\\x01\\x0a\\x09");
	assert_put("\xff\xc3", "\\xff\\xc3");
	assert_put("\xc0\xbcscript", "\\xc0\\xbcscript"); /* '<', written longer than need be */
	assert_put("\uffff\u202e", "\\xef\\xbf\\xbf\\xe2\\x80\\xae");
}

static void every_pair_of_bytes_comes_out_harmless(void **state)
{
	for (unsigned int first = 1; first < 256; first++) {
		for (unsigned int second = 1; second < 256; second++) {
			const char text[] = { (char)first, (char)second, '\0' };
			owns(own_free) char *written = put(text, 0);

			assert_null(strpbrk(written, "<>\"'"));
			for (const char *c = written; *c; c++)
				assert_true((unsigned char)*c >= ' ' && *c != '\x7f');
		}
	}
}

static void a_cut_text_says_so_and_keeps_to_its_columns(void **state)
{
	assert_cut("abc", 3, "abc");
	assert_cut("abcd", 3, "ab…");
	assert_cut("<<<<", 3, "&lt;&lt;…");
	assert_cut("大きい", 6, "大きい");
	assert_cut("大きい", 5, "大き…");
	assert_cut("大きい", 4, "大…");
	assert_cut("\033abc", 3, "…"); /* a byte that is shown as four is not cut apart */
	assert_cut("abc", 1, "…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_stay_as_they_are),
		cmocka_unit_test(what_xml_obeys_becomes_a_reference),
		cmocka_unit_test(what_xml_cannot_hold_is_shown_byte_by_byte),
		cmocka_unit_test(every_pair_of_bytes_comes_out_harmless),
		cmocka_unit_test(a_cut_text_says_so_and_keeps_to_its_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
