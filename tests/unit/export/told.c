/* Is what was told found again, and what found no room counted? */
#include "export/told.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/stream.h"

static void take_all(struct told *told, const struct stream *stream)
{
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(told_take(told, stream->items.items[i].event), 0);
}

static void threads_are_known_by_their_last_name(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(told_free) struct told told = {};

	stream_task(&stream, 7, "first", 0);
	stream_task(&stream, 7, "fifteen letters", 0);
	take_all(&told, &stream);
	assert_string_equal(told_task(&told, 7)->comm, "fifteen letters");
	assert_null(told_task(&told, 8));
}

static void stacks_and_functions_are_found_by_their_numbers(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(told_free) struct told told = {};
	uint64_t id = stream_stack(&stream, "inner", "outer", NULL);
	const struct told_stack *stack;

	take_all(&told, &stream);
	stack = told_stack(&told, id);
	assert_non_null(stack);
	assert_int_equal(stack->count, 2);
	assert_false(stack->is_user);
	assert_string_equal(told_symbol(&told, told.frames.items[stack->first].symbol)->name,
			    "inner");
	assert_null(told_stack(&told, id + 1));
	assert_null(told_stack(&told, 0));
	assert_null(told_symbol(&told, 0));
}

static void stacks_told_afresh_take_the_place_of_the_older_ones(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(told_free) struct told told = {};
	uint64_t id = stream_stack(&stream, "inner", NULL);
	const struct event_stack afresh = { .id = 99, .flags = STACK_AFRESH };

	stream_add(&stream, EVENT_STACK, &afresh, sizeof(afresh));
	take_all(&told, &stream);
	assert_null(told_stack(&told, id));
	assert_non_null(told_stack(&told, 99));
}

static void stacks_beyond_the_limit_are_counted(void **state)
{
	owns(told_free) struct told told = {};
	struct event_stack stack = { .head = { .bytes = sizeof(stack), .kind = EVENT_STACK } };

	for (uint64_t id = 1; id <= (1 << 20) + 3; id++) {
		stack.id = id;
		assert_int_equal(told_take(&told, &stack.head), 0);
	}
	assert_int_equal(told.left_out, 3);
	assert_null(told_stack(&told, (1 << 20) + 1));
	assert_non_null(told_stack(&told, 1 << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_known_by_their_last_name),
		cmocka_unit_test(stacks_and_functions_are_found_by_their_numbers),
		cmocka_unit_test(stacks_told_afresh_take_the_place_of_the_older_ones),
		cmocka_unit_test(stacks_beyond_the_limit_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
