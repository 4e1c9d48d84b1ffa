/* Does every state have its words, and is a report freed however far it came? */
#include "finding/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void every_state_has_an_id_of_its_own_and_words(void **state)
{
	for (enum symbols_state a = 0; a < SYMBOLS_STATE_COUNT; a++) {
		assert_true(strlen(symbols_state_id(a)) > 0);
		assert_true(strlen(symbols_state_words(a)) > 0);
		for (enum symbols_state b = 0; b < a; b++)
			assert_string_not_equal(symbols_state_id(a), symbols_state_id(b));
	}
	assert_string_equal(symbols_state_id(SYMBOLS_STATE_COUNT), "unknown");
	assert_string_equal(symbols_state_words(SYMBOLS_STATE_COUNT), "unknown");
	assert_string_equal(symbols_kind_name(SYMBOLS_OF_MODULE), "module");
}

static void steps_keep_their_order_and_kind(void **state)
{
	struct symbols_report *report = calloc(1, sizeof(*report));
	struct symbols_fix *fix;

	assert_non_null(report);
	fix = array_push(&report->fixes);
	assert_non_null(fix);
	assert_int_equal(symbols_say(fix, "add to %s:", "/etc/x"), 0);
	assert_int_equal(symbols_type(fix, "A=%d", 1), 0);
	assert_string_equal(fix->steps.items[0].words, "add to /etc/x:");
	assert_false(fix->steps.items[0].is_verbatim);
	assert_string_equal(fix->steps.items[1].words, "A=1");
	assert_true(fix->steps.items[1].is_verbatim);
	symbols_report_free(&report);
	assert_null(report);
	symbols_report_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_an_id_of_its_own_and_words),
		cmocka_unit_test(steps_keep_their_order_and_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
