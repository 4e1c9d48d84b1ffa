/* Is each wait told what it was for, by itself? */
#include "analyse/reasons.h"

#include <string.h>

#include "harness/test.h"
#include "unit/analyse/stream.h"

static void take_all(struct reasons *reasons, const struct stream *stream)
{
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(reasons_take(reasons, stream->items.items[i].event), 0);
}

static void a_wait_is_what_its_stack_says(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(reasons_free) struct reasons *reasons = NULL;
	struct event_wait wait = { .syscall = 74, .state = 2 };
	const char *words = NULL;
	enum cause cause;

	wait.stack = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	assert_int_equal(reasons_new(&reasons), 0);
	take_all(reasons, &stream);
	assert_int_equal(reasons_of(reasons, &wait, &cause, &words), 0);
	assert_int_equal(cause, CAUSE_FS_JOURNAL);
	assert_true(words[0] != '\0');
}

/* An earlier wait of the thread had a stack: this one may have been for something else. */
static void a_wait_without_a_stack_is_not_guessed_from_another(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(reasons_free) struct reasons *reasons = NULL;
	struct event_wait wait = { .tid = 7, .syscall = -1, .state = 2 };
	enum cause cause;
	const char *words;

	wait.stack = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	assert_int_equal(reasons_new(&reasons), 0);
	take_all(reasons, &stream);
	assert_int_equal(reasons_of(reasons, &wait, &cause, &words), 0);
	wait.stack = 0;
	assert_int_equal(reasons_of(reasons, &wait, &cause, &words), 0);
	assert_int_not_equal(cause, CAUSE_FS_JOURNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_is_what_its_stack_says),
		cmocka_unit_test(a_wait_without_a_stack_is_not_guessed_from_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
