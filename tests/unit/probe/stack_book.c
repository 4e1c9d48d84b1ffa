/* Is each stack told once, under one number? */
#include "probe/stack_book.h"

#include <string.h>

#include "harness/test.h"
#include "probe/translate.h"

struct heard {
	size_t count;
	uint64_t ids[8];
	uint32_t frames[8];
	uint32_t tgids[8];
	uint64_t first[8];
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;
	const struct event_stack *stack = (const void *)event;

	assert_int_equal(event->kind, EVENT_STACK);
	assert_true(event_is_sound(event, event->bytes));
	heard->ids[heard->count] = stack->id;
	heard->frames[heard->count] = stack->frames;
	heard->tgids[heard->count] = stack->tgid;
	heard->first[heard->count++] = stack->frame[0].address;
	return 0;
}

static void a_stack_is_told_once(void **state)
{
	const uint64_t one[] = { 10, 20, 30 }, other[] = { 10, 20 };
	owns(stack_book_free) struct stack_book book = {};
	struct heard heard = {};
	struct translator translator = { .sink = { hear, &heard }, .end_ns = UINT64_MAX };
	uint64_t a = 0, b = 0, c = 0, d = 0;

	assert_int_equal(stack_book_put(&book, 0, one, 3, &a), 0);
	assert_int_equal(stack_book_put(&book, 0, other, 2, &b), 0);
	assert_int_equal(stack_book_put(&book, 0, one, 3, &c), 0);
	assert_int_equal(stack_book_put(&book, 7, one, 3, &d), 0);
	assert_true(a && a == c && a != b && a != d);
	assert_int_equal(stack_book_tell(&book, &translator, NULL), 0);
	assert_int_equal(heard.count, 3);
	assert_true(heard.ids[0] == a && heard.ids[1] == b && heard.ids[2] == d);
	assert_int_equal(heard.frames[0], 3);
	assert_int_equal(heard.frames[1], 2);
	assert_int_equal(heard.tgids[2], 7);
	assert_int_equal(heard.first[1], 10);

	assert_int_equal(stack_book_put(&book, 0, other, 2, &b), 0);
	assert_int_equal(stack_book_tell(&book, &translator, NULL), 0);
	assert_int_equal(heard.count, 3);
}

static void no_frames_are_no_stack(void **state)
{
	owns(stack_book_free) struct stack_book book = {};
	uint64_t id = 1;

	assert_int_equal(stack_book_put(&book, 0, NULL, 0, &id), 0);
	assert_int_equal(id, 0);
}

static void what_finds_no_room_is_counted(void **state)
{
	owns(stack_book_free) struct stack_book book = {};
	uint64_t id = 0;

	for (uint64_t i = 0; i < STACK_BOOK_MAX + 10; i++)
		assert_int_equal(stack_book_put(&book, 0, &i, 1, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(book.lost, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_is_told_once),
		cmocka_unit_test(no_frames_are_no_stack),
		cmocka_unit_test(what_finds_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
