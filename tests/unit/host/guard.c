/* Does a helper that hangs harm nobody? */
#include "host/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/test.h"

static int do_echo(const void *question, size_t bytes, struct guard_reply *reply)
{
	return guard_reply_add(reply, question, bytes);
}

static int do_fail(const void *question, size_t bytes, struct guard_reply *reply)
{
	return -ENOENT;
}

static _Noreturn int do_hang(const void *question, size_t bytes, struct guard_reply *reply)
{
	for (;;)
		pause();
}

/* It has a processor, and so it does not hang. */
static int do_work_long(const void *question, size_t bytes, struct guard_reply *reply)
{
	const clock_t end = clock() + CLOCKS_PER_SEC * 3 / 10;

	while (clock() < end)
		;
	return 0;
}

static int do_open(const void *question, size_t bytes, struct guard_reply *reply)
{
	guard_reply_file(reply, open("/proc/self/comm", O_RDONLY | O_CLOEXEC));
	return 0;
}

/* The numbers of its open descriptors: it must have none of ours. */
static int do_list(const void *question, size_t bytes, struct guard_reply *reply)
{
	for (int fd = 0; fd < 64; fd++) {
		char number = (char)fd;

		if (fcntl(fd, F_GETFD) >= 0 && guard_reply_add(reply, &number, 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int do_crash(const void *question, size_t bytes, struct guard_reply *reply)
{
	_exit(7);
}

static void an_answer_comes_back_whole(void **state)
{
	static char question[GUARD_QUESTION_BYTES];
	owns(guard_free) struct guard *guard = NULL;

	memset(question, 'q', sizeof(question));
	assert_int_equal(guard_new(&guard), 0);
	for (size_t bytes = 0; bytes <= sizeof(question); bytes += 16384) {
		owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;

		assert_int_equal(guard_ask(guard, 1, do_echo, question, bytes, &answer), 0);
		assert_int_equal(answer.count, bytes);
		if (bytes)
			assert_memory_equal(answer.bytes, question, bytes);
		assert_int_equal(answer.fd, -1);
	}
}

static void a_question_that_is_too_long_is_refused(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_echo, "", GUARD_QUESTION_BYTES + 1, &answer),
			 -EMSGSIZE);
}

static void what_the_work_failed_with_is_told(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_fail, "", 0, &answer), -ENOENT);
	assert_int_equal(guard_ask(guard, 1, do_echo, "a", 1, &answer), 0);
	assert_string_equal(answer.bytes, "a");
}

static void a_descriptor_comes_back_open(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;
	char byte;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_open, "", 0, &answer), 0);
	assert_true(answer.fd >= 0);
	assert_int_equal(read(answer.fd, &byte, 1), 1);
}

static void who_hangs_is_left_behind_and_not_asked_about_again(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;
	const uint64_t *hung;
	size_t count = 0;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 5, do_hang, "", 0, &answer), -ETIMEDOUT);
	assert_int_equal(guard_ask(guard, 5, do_echo, "a", 1, &answer), -ETIMEDOUT);
	assert_int_equal(guard_ask(guard, 6, do_echo, "a", 1, &answer), 0);
	assert_string_equal(answer.bytes, "a");
	hung = guard_hung(guard, &count);
	assert_int_equal(count, 1);
	assert_int_equal(hung[0], 5);
}

static void there_is_an_end_to_helpers_that_hang(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;
	uint64_t subject = 0;
	int r;

	assert_int_equal(guard_new(&guard), 0);
	do {
		r = guard_ask(guard, ++subject, do_hang, "", 0, &answer);
	} while (r == -ETIMEDOUT && subject < 100);
	assert_int_equal(r, -EBUSY);
}

static void who_only_takes_long_is_waited_for(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_work_long, "", 0, &answer), 0);
}

static void a_helper_that_dies_is_replaced(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_crash, "", 0, &answer), -EPIPE);
	assert_int_equal(guard_ask(guard, 1, do_echo, "a", 1, &answer), 0);
}

/* Whoever waits for the end of our output would wait for a helper that has it. */
static void a_helper_has_none_of_our_files(void **state)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(guard_free) struct guard *guard = NULL;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guard_ask(guard, 1, do_list, "", 0, &answer), 0);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.bytes[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back_whole),
		cmocka_unit_test(a_question_that_is_too_long_is_refused),
		cmocka_unit_test(what_the_work_failed_with_is_told),
		cmocka_unit_test(a_descriptor_comes_back_open),
		cmocka_unit_test(who_hangs_is_left_behind_and_not_asked_about_again),
		cmocka_unit_test(there_is_an_end_to_helpers_that_hang),
		cmocka_unit_test(who_only_takes_long_is_waited_for),
		cmocka_unit_test(a_helper_that_dies_is_replaced),
		cmocka_unit_test(a_helper_has_none_of_our_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
