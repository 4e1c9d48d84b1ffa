/* Do the thinker and the recording both get all events, and does the one go on without the other?
 */
#include "cmd/tee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/test.h"
#include "recording/recording.h"

static int hear(void *self, const struct event *event, struct diag *why)
{
	size_t *count = self;

	++*count;
	return 0;
}

static int refuse(void *self, const struct event *event, struct diag *why)
{
	return diag_set(why, -5, "no");
}

static const struct event_counter COUNTER = {
	.head = { .bytes = sizeof(COUNTER), .kind = EVENT_COUNTER, .time_ns = 1 },
	.key = COUNTER_IDLE_NS,
};

static size_t count_recorded(const char *path)
{
	owns(recording_free) struct recording *recording = NULL;
	const struct event *event;
	size_t count = 0;

	assert_int_equal(recording_open(path, &recording, NULL), 0);
	while (recording_next(recording, &event, NULL) > 0)
		count++;
	return count;
}

static void both_get_all_events(void **state)
{
	char folder[] = "/tmp/slowpath-tee-XXXXXX", path[64];
	size_t heard = 0;
	struct diag recording = {};
	const struct event_sink thinker = { hear, &heard };
	struct tee tee = { .thinker = &thinker, .recording = &recording };

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/x", folder);
	assert_int_equal(recording_create(path, &tee.writer, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tee_take(&tee, &COUNTER.head, NULL), 0);
		tee_flush(&tee);
	}
	tee_finish(&tee);
	assert_int_equal(heard, 3);
	assert_int_equal(tee.events, 3);
	assert_int_equal(recording.code, 0);
	assert_int_equal(count_recorded(path), 3);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void either_may_be_nobody(void **state)
{
	struct diag recording = {};
	struct tee tee = { .recording = &recording };

	assert_int_equal(tee_take(&tee, &COUNTER.head, NULL), 0);
	tee_flush(&tee);
	tee_finish(&tee);
	assert_int_equal(tee.events, 1);
}

static void what_the_thinker_says_is_handed_on(void **state)
{
	const struct event_sink thinker = { refuse, NULL };
	struct diag recording = {}, why = {};
	struct tee tee = { .thinker = &thinker, .recording = &recording };

	assert_int_equal(tee_take(&tee, &COUNTER.head, &why), -5);
	assert_string_equal(why.text, "no");
	assert_int_equal(recording.code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_get_all_events),
		cmocka_unit_test(either_may_be_nobody),
		cmocka_unit_test(what_the_thinker_says_is_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
