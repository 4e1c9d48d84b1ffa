/* Is it told when the ends of faults are not seen, and only then? */
#include "probe/fault_ends.h"

#include <string.h>

#include "event/event.h"
#include "harness/test.h"

static int hear(void *self, const struct event *event, struct diag *why)
{
	const struct event_fact *fact = (const void *)event;
	char *key = self;

	assert_int_equal(event->kind, EVENT_FACT);
	assert_int_equal(key[0], '\0');
	memcpy(key, fact->text, fact->key_bytes);
	return 0;
}

static void ends_that_are_wanted_and_not_seen_are_told(void **state)
{
	static const struct fault_ends unwanted = {}, seen = { .is_wanted = true, .is_seen = true };
	static const struct fault_ends unseen = { .is_wanted = true };
	char key[64] = "";
	const struct event_sink sink = { hear, key };

	assert_int_equal(fault_ends_tell(&unwanted, &sink, 1, NULL), 0);
	assert_int_equal(fault_ends_tell(&seen, &sink, 1, NULL), 0);
	assert_string_equal(key, "");
	assert_int_equal(fault_ends_tell(&unseen, &sink, 1, NULL), 0);
	assert_string_equal(key, "missing.fault_ends");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_that_are_wanted_and_not_seen_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
