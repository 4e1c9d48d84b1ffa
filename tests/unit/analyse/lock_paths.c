/* Are call paths kept once, without the frames of the watching itself? */
#include "analyse/lock_paths.h"

#include <string.h>

#include "harness/test.h"

struct kept {
	struct names names;
	struct classes classes;
	struct lock_paths paths;
	uint32_t symbols;
};

static void kept_free(struct kept *kept)
{
	lock_paths_free(&kept->paths);
	classes_free(&kept->classes);
	names_free(&kept->names);
}

static uint32_t add_symbol(struct kept *kept, const char *name, const char *module)
{
	union {
		struct event_symbol symbol;
		char bytes[sizeof(struct event_symbol) + 128];
	} event = { .symbol = { .id = ++kept->symbols,
				.name_bytes = (uint16_t)strlen(name),
				.module_bytes = (uint16_t)strlen(module) } };

	memcpy(event.bytes + sizeof(event.symbol), name, strlen(name));
	memcpy(event.bytes + sizeof(event.symbol) + strlen(name), module, strlen(module));
	assert_int_equal(classes_take_symbol(&kept->classes, &kept->names, &event.symbol), 0);
	return event.symbol.id;
}

static void add_stack(struct kept *kept, uint64_t id, uint32_t flags, const uint32_t *symbols,
		      uint32_t count)
{
	union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + 32 * sizeof(struct event_frame)];
	} event = { .stack = { .id = id, .flags = flags, .frames = count } };

	for (uint32_t i = 0; i < count; i++) {
		const struct event_frame frame = { .symbol = symbols[i], .address = id + i };

		memcpy(event.bytes + sizeof(event.stack) + i * sizeof(frame), &frame,
		       sizeof(frame));
	}
	assert_int_equal(lock_paths_take(&kept->paths, &kept->classes, &kept->names, &event.stack),
			 0);
}

static const char *frame_name(const struct kept *kept, const struct call_path *path, uint32_t i)
{
	return names_text(&kept->names, kept->paths.names.items[path->first + i]);
}

static void the_watching_is_left_out(void **state)
{
	owns(kept_free) struct kept kept = {};
	uint32_t symbols[4] = { 0, add_symbol(&kept, "__traceiter_contention_end", ""),
				add_symbol(&kept, "down_write", ""), 0 };
	const struct call_path *path;

	add_stack(&kept, 7, 0, symbols, 4);
	path = lock_paths_find(&kept.paths, 7);
	assert_non_null(path);
	assert_int_equal(path->count, 2);
	assert_string_equal(frame_name(&kept, path, 0), "down_write");
	assert_string_equal(frame_name(&kept, path, 1), "");
	assert_null(lock_paths_find(&kept.paths, 8));
	assert_null(lock_paths_find(&kept.paths, 0));
}

static void stacks_of_the_same_names_share_a_path(void **state)
{
	owns(kept_free) struct kept kept = {};
	uint32_t symbols[2] = { add_symbol(&kept, "mutex_lock", ""), add_symbol(&kept, "f", "") };
	uint32_t others[2] = { symbols[1], symbols[0] };

	add_stack(&kept, 7, 0, symbols, 2);
	add_stack(&kept, 1000, 0, symbols, 2);
	add_stack(&kept, 9, 0, others, 2);
	assert_ptr_equal(lock_paths_find(&kept.paths, 7), lock_paths_find(&kept.paths, 1000));
	assert_ptr_not_equal(lock_paths_find(&kept.paths, 7), lock_paths_find(&kept.paths, 9));
	assert_int_equal(kept.paths.names.count, 4);
}

static void the_code_is_the_innermost_that_is_no_library(void **state)
{
	owns(kept_free) struct kept kept = {};
	uint32_t symbols[4] = {
		add_symbol(&kept, "__lll_lock_wait", "/usr/lib/libc.so.6"),
		add_symbol(&kept, "pthread_mutex_lock", "/lib/libpthread-2.31.so"),
		add_symbol(&kept, "queue_push", "/usr/bin/server"),
		add_symbol(&kept, "main", "/usr/bin/server"),
	};

	add_stack(&kept, 7, STACK_USER, symbols, 4);
	add_stack(&kept, 8, STACK_USER, symbols, 2);
	assert_string_equal(names_text(&kept.names, lock_paths_find(&kept.paths, 7)->code),
			    "queue_push");
	assert_int_equal(lock_paths_find(&kept.paths, 8)->code, 0);
}

static void deep_stacks_are_cut(void **state)
{
	owns(kept_free) struct kept kept = {};
	uint32_t symbols[32];

	for (size_t i = 0; i < array_count(symbols); i++)
		symbols[i] = add_symbol(&kept, i % 2 ? "odd" : "even", "");
	add_stack(&kept, 7, 0, symbols, array_count(symbols));
	assert_int_equal(lock_paths_find(&kept.paths, 7)->count, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_watching_is_left_out),
		cmocka_unit_test(stacks_of_the_same_names_share_a_path),
		cmocka_unit_test(the_code_is_the_innermost_that_is_no_library),
		cmocka_unit_test(deep_stacks_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
