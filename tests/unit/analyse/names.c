/* Is a name kept once, and for good? */
#include "analyse/names.h"

#include <stdio.h>
#include <string.h>

#include "harness/test.h"

static void the_same_text_has_the_same_number(void **state)
{
	struct names names = {};
	uint32_t first = names_put(&names, "jbd2", 4);

	assert_int_equal(names_put(&names, "jbd2/vda", 4), first);
	assert_int_not_equal(names_put(&names, "jbd2/vda", 8), first);
	assert_string_equal(names_text(&names, first), "jbd2");
	names_free(&names);
}

static void the_empty_text_is_number_zero(void **state)
{
	struct names names = {};

	assert_int_equal(names_put(&names, "", 0), 0);
	assert_int_equal(names_put(&names, "\0comm", 5), 0);
	assert_string_equal(names_text(&names, 0), "");
	assert_string_equal(names_text(&names, 4711), "");
	names_free(&names);
}

static void digits_make_no_difference_between_kinds(void **state)
{
	struct names names = {};
	uint32_t kind = names_put_kind(&names, "kworker/0:12H", 13);

	assert_int_equal(names_put_kind(&names, "kworker/31:1H", 13), kind);
	assert_string_equal(names_text(&names, kind), "kworker/#:#H");
	names_free(&names);
}

static void texts_never_move(void **state)
{
	struct names names = {};
	char text[200];
	const char *first = names_text(&names, names_put(&names, "first", 5));

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		text[strlen(text)] = 'x';
		assert_true(names_put(&names, text, sizeof(text)) > 0);
	}
	assert_string_equal(first, "first");
	assert_int_equal(names.texts.count, 20001);
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_text_has_the_same_number),
		cmocka_unit_test(the_empty_text_is_number_zero),
		cmocka_unit_test(digits_make_no_difference_between_kinds),
		cmocka_unit_test(texts_never_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
