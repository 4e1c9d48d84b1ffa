/* Does a stack end where its frame pointers stand still, and no other? */
#include "symbol/still.h"

#include "harness/test.h"

#define ROOM 128

union stack_room {
	struct event_stack stack;
	char bytes[sizeof(struct event_stack) + ROOM * sizeof(struct event_frame)];
};

/* Addresses that differ, then one that repeats. */
static struct event_stack *make(union stack_room *room, uint32_t different, uint32_t same)
{
	struct event_frame *frame = room->stack.frame;

	room->stack = (struct event_stack){ .frames = different + same };
	for (uint32_t i = 0; i < different; i++)
		frame[i].address = 100 + i;
	for (uint32_t i = 0; i < same; i++)
		frame[different + i].address = 7;
	return &room->stack;
}

static void a_stack_that_one_address_fills_ends_with_the_first_of_them(void **state)
{
	union stack_room room;

	assert_int_equal(still_frames_believed(make(&room, 3, 124)), 4);
	assert_int_equal(still_frames_believed(make(&room, 0, 127)), 1);
	assert_int_equal(still_frames_believed(make(&room, 3, STILL_REPEATS_MIN)), 4);
}

static void a_few_repetitions_are_a_recursion(void **state)
{
	union stack_room room;

	assert_int_equal(still_frames_believed(make(&room, 3, STILL_REPEATS_MIN - 1)),
			 3 + STILL_REPEATS_MIN - 1);
	assert_int_equal(still_frames_believed(make(&room, 5, 1)), 6);
	assert_int_equal(still_frames_believed(make(&room, 0, 1)), 1);
	assert_int_equal(still_frames_believed(make(&room, 0, 0)), 0);
}

static void a_recursion_whose_callers_are_known_is_whole(void **state)
{
	union stack_room room;
	struct event_stack *stack = make(&room, 1, 100);

	stack->frame[stack->frames++].address = 8;
	assert_int_equal(still_frames_believed(stack), 102);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_that_one_address_fills_ends_with_the_first_of_them),
		cmocka_unit_test(a_few_repetitions_are_a_recursion),
		cmocka_unit_test(a_recursion_whose_callers_are_known_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
