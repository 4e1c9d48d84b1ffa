/* Is each function and each stack kept once, and found again? */
#include "analyse/profile_stacks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void tell_symbol(struct stacks *stacks, struct names *names, uint32_t id, const char *name,
			const char *module)
{
	union {
		struct event_symbol event;
		char bytes[256];
	} room = {};

	room.event.id = id;
	room.event.name_bytes = (uint16_t)strlen(name);
	room.event.module_bytes = (uint16_t)strlen(module);
	memcpy(room.event.text, name, strlen(name));
	memcpy(room.event.text + strlen(name), module, strlen(module));
	assert_int_equal(stacks_take_symbol(stacks, names, &room.event), 0);
}

static void tell_stack(struct stacks *stacks, uint64_t id, uint32_t flags, const uint32_t *symbols,
		       uint32_t count)
{
	union {
		struct event_stack event;
		char bytes[sizeof(struct event_stack) + 2000 * sizeof(struct event_frame)];
	} room = {};

	room.event.id = id;
	room.event.flags = flags;
	room.event.frames = count;
	for (uint32_t i = 0; i < count; i++) {
		room.event.frame[i].symbol = symbols[i];
		room.event.frame[i].address = id * 1000 + i;
	}
	assert_int_equal(stacks_take_stack(stacks, &room.event), 0);
}

static void stacks_of_the_same_functions_are_one(void **state)
{
	struct stacks stacks = {};
	struct names names = {};
	uint32_t first, second, count;
	const uint32_t *frames;

	tell_symbol(&stacks, &names, 1, "leaf", "zfs");
	tell_symbol(&stacks, &names, 2, "root", "");
	tell_stack(&stacks, 7, 0, (const uint32_t[]){ 1, 2 }, 2);
	tell_stack(&stacks, UINT64_MAX, 0, (const uint32_t[]){ 1, 2 }, 2);
	assert_true(stacks_find(&stacks, 7, &first));
	assert_true(stacks_find(&stacks, UINT64_MAX, &second));
	assert_int_equal(first, second);
	frames = stacks_frames(&stacks, first, &count);
	assert_int_equal(count, 2);
	assert_string_equal(names_text(&names, stacks.functions.items[frames[0]].name), "root");
	assert_string_equal(names_text(&names, stacks.functions.items[frames[1]].module), "zfs");
	assert_false(stacks_find(&stacks, 8, &first));
	assert_false(stacks_find(&stacks, 0, &first));
	stacks_free(&stacks);
	names_free(&names);
}

static void symbols_of_one_name_and_file_are_one_function(void **state)
{
	struct stacks stacks = {};
	struct names names = {};
	uint32_t first, second;

	tell_symbol(&stacks, &names, 1, "leaf", "a.so");
	tell_symbol(&stacks, &names, 2, "leaf", "a.so");
	tell_symbol(&stacks, &names, 3, "leaf", "b.so");
	tell_stack(&stacks, 1, STACK_USER, (const uint32_t[]){ 1 }, 1);
	tell_stack(&stacks, 2, STACK_USER, (const uint32_t[]){ 2 }, 1);
	assert_true(stacks_find(&stacks, 1, &first));
	assert_true(stacks_find(&stacks, 2, &second));
	assert_int_equal(first, second);
	tell_stack(&stacks, 3, STACK_USER, (const uint32_t[]){ 3 }, 1);
	assert_true(stacks_find(&stacks, 3, &second));
	assert_int_not_equal(first, second);
	stacks_free(&stacks);
	names_free(&names);
}

static void symbols_never_told_are_the_unknown_function(void **state)
{
	struct stacks stacks = {};
	uint32_t user, kernel, count;

	tell_stack(&stacks, 1, STACK_USER, (const uint32_t[]){ 9, UINT32_MAX, 0 }, 3);
	tell_stack(&stacks, 2, 0, (const uint32_t[]){ 9, UINT32_MAX, 0 }, 3);
	assert_true(stacks_find(&stacks, 1, &user));
	assert_true(stacks_find(&stacks, 2, &kernel));
	assert_int_not_equal(user, kernel);
	(void)stacks_frames(&stacks, user, &count);
	assert_int_equal(count, 3);
	assert_int_equal(stacks.functions.count, 2);
	stacks_free(&stacks);
}

static void many_stacks_of_all_lengths_are_found_again(void **state)
{
	struct stacks stacks = {};
	uint32_t frames[STACK_FRAMES_MAX], *contents = calloc(20000, sizeof(*contents));
	unsigned int seed = 7;

	assert_non_null(contents);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t length = 2 + i % 60;

		for (uint32_t k = 2; k < length; k++)
			frames[k] = (uint32_t)rand_r(&seed);
		frames[0] = i;
		frames[1] = length;
		assert_int_equal(stacks_put(&stacks, frames, length, &contents[i]), 0);
		assert_true(contents[i] > 0);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t count, again;
		const uint32_t *kept = stacks_frames(&stacks, contents[i], &count);

		assert_int_equal(kept[0], i);
		assert_int_equal(kept[1], count);
		assert_int_equal(stacks_put(&stacks, kept, count, &again), 0);
		assert_int_equal(again, contents[i]);
	}
	assert_int_equal(stacks.contents.count, 20000);
	free(contents);
	stacks_free(&stacks);
}

/* It may be told before the function is met, or after. */
static void a_function_has_the_place_that_its_symbol_was_told_to_have(void **state)
{
	struct stacks stacks = {};
	struct names names = {};
	const char file[] = "../lib/zio_crypt.c";
	uint32_t content, count;
	const uint32_t *frames;

	tell_symbol(&stacks, &names, 1, "early", "");
	tell_symbol(&stacks, &names, 2, "late", "");
	tell_symbol(&stacks, &names, 3, "never", "");
	stacks_take_place(&stacks, &names, 1, file, strlen(file), 10);
	tell_stack(&stacks, 7, 0, (const uint32_t[]){ 1, 2, 3 }, 3);
	stacks_take_place(&stacks, &names, 2, file, strlen(file), 20);
	stacks_take_place(&stacks, &names, 99, file, strlen(file), 30);
	stacks_take_place(&stacks, &names, 3, "folder/", 7, 40);
	assert_true(stacks_find(&stacks, 7, &content));
	frames = stacks_frames(&stacks, content, &count);
	assert_string_equal(names_text(&names, stacks.functions.items[frames[2]].place),
			    "zio_crypt.c:10");
	assert_string_equal(names_text(&names, stacks.functions.items[frames[1]].place),
			    "zio_crypt.c:20");
	assert_int_equal(stacks.functions.items[frames[0]].place, 0);
	stacks_free(&stacks);
	names_free(&names);
}

static void of_a_stack_too_deep_the_innermost_frames_are_kept(void **state)
{
	static uint32_t symbols[2000];
	struct stacks stacks = {};
	struct names names = {};
	uint32_t content, count;
	const uint32_t *frames;

	tell_symbol(&stacks, &names, 1, "leaf", "");
	symbols[0] = 1;
	tell_stack(&stacks, 1, 0, symbols, 2000);
	assert_true(stacks_find(&stacks, 1, &content));
	frames = stacks_frames(&stacks, content, &count);
	assert_int_equal(count, STACK_FRAMES_MAX);
	assert_string_equal(names_text(&names, stacks.functions.items[frames[count - 1]].name),
			    "leaf");
	stacks_free(&stacks);
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_of_the_same_functions_are_one),
		cmocka_unit_test(symbols_of_one_name_and_file_are_one_function),
		cmocka_unit_test(symbols_never_told_are_the_unknown_function),
		cmocka_unit_test(many_stacks_of_all_lengths_are_found_again),
		cmocka_unit_test(a_function_has_the_place_that_its_symbol_was_told_to_have),
		cmocka_unit_test(of_a_stack_too_deep_the_innermost_frames_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
