/* Is what threads call themselves told once, and again when it changes? */
#include "probe/titles.h"

#include <string.h>

#include "harness/test.h"

struct heard {
	size_t count;
	uint32_t tids[8];
	char texts[8][64];
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	const struct event_title *title = (const void *)event;
	struct heard *heard = self;

	assert_int_equal(event->kind, EVENT_TITLE);
	assert_true(event_is_sound(event, event->bytes));
	assert_true(heard->count < 8);
	heard->tids[heard->count] = title->tid;
	memcpy(heard->texts[heard->count++], title->text, title->text_bytes);
	return 0;
}

static void a_title_is_told_once_until_it_changes(void **state)
{
	owns(titles_free) struct titles titles = {};
	struct heard heard = {};
	const struct event_sink sink = { hear, &heard };
	struct diag why = {};

	assert_int_equal(titles_add(&titles, 7, "events"), 0);
	assert_int_equal(titles_add(&titles, 8, ""), 0);
	assert_int_equal(titles_tell(&titles, true, &sink, 1, &why), 0);
	assert_int_equal(titles_tell(&titles, true, &sink, 2, &why), 0);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.tids[0], 7);
	assert_string_equal(heard.texts[0], "events");
	assert_int_equal(titles_add(&titles, 7, "writeback"), 0);
	assert_int_equal(titles_tell(&titles, true, &sink, 3, &why), 0);
	assert_string_equal(heard.texts[heard.count - 1], "writeback");
}

static void only_threads_that_are_told_have_their_titles_told(void **state)
{
	owns(titles_free) struct titles titles = {};
	struct heard heard = {};
	const struct event_sink sink = { hear, &heard };
	struct diag why = {};

	assert_int_equal(titles_add(&titles, 7, "a: b"), 0);
	assert_int_equal(titles_add(&titles, 8, "c: d"), 0);
	assert_int_equal(titles_tell(&titles, false, &sink, 1, &why), 0);
	assert_int_equal(heard.count, 0);
	assert_int_equal(titles_tell_of(&titles, 8, &sink, 1, &why), 0);
	assert_int_equal(titles_tell_of(&titles, 9, &sink, 1, &why), 0);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.texts[0], "c: d");
	/* It is told anew: who hears that has forgotten its title. */
	assert_int_equal(titles_tell_of(&titles, 8, &sink, 1, &why), 0);
	assert_int_equal(heard.count, 2);
}

static void another_program_has_another_title(void **state)
{
	owns(titles_free) struct titles titles = {};
	struct heard heard = {};
	const struct event_sink sink = { hear, &heard };
	struct diag why = {};

	assert_int_equal(titles_add(&titles, 7, "a: b"), 0);
	titles_forget(&titles, 7);
	assert_int_equal(titles_tell_of(&titles, 7, &sink, 1, &why), 0);
	assert_int_equal(heard.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_title_is_told_once_until_it_changes),
		cmocka_unit_test(only_threads_that_are_told_have_their_titles_told),
		cmocka_unit_test(another_program_has_another_title),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
