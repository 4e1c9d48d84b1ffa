/* Are the marks of stacks and threads kept once, and given again? */
#include "analyse/heat.h"

#include <string.h>

#include "harness/test.h"

static const struct hot_frame COPY[] = {
	{ .kind = HOT_KERNEL, .is_leaf = true, .name = "_copy_to_iter" },
	{ .kind = HOT_KERNEL, .name = "filemap_read" },
};

static struct heat_piece mark(struct heat *heat, struct names *names, size_t frames)
{
	struct heat_piece piece;

	assert_int_equal(heat_mark_stack(heat, names, COPY, frames, &piece), 0);
	return piece;
}

static void the_same_mark_is_kept_once(void **state)
{
	struct heat heat = {};
	struct names names = {};
	struct heat_piece first = mark(&heat, &names, 2), second = mark(&heat, &names, 2);
	size_t kept = heat.marks.count;

	/* As a copy out of the page cache, with the caller that says so, and as any copy. */
	assert_int_equal(first.count, 3);
	assert_int_equal(second.count, 3);
	assert_int_equal(kept, 3);
	assert_int_equal(second.first, first.first + first.count);
	for (uint32_t i = 0; i < first.count; i++)
		assert_int_equal(heat.list.items[first.first + i],
				 heat.list.items[second.first + i]);
	assert_int_equal(mark(&heat, &names, 1).count, 1);
	assert_int_equal(heat.marks.count, kept);
	heat_free(&heat);
	names_free(&names);
}

static void a_mark_has_the_name_that_made_it(void **state)
{
	struct heat heat = {};
	struct names names = {};
	struct heat_piece piece = mark(&heat, &names, 2);

	for (uint32_t i = 0; i < piece.count; i++) {
		const struct heat_mark *one = &heat.marks.items[heat.list.items[piece.first + i]];

		assert_string_equal(names_text(&names, one->name),
				    one->is_companion ? "filemap_read" : "_copy_to_iter");
	}
	heat_free(&heat);
	names_free(&names);
}

static void a_stack_without_frames_has_no_marks(void **state)
{
	struct heat heat = {};
	struct names names = {};

	assert_int_equal(mark(&heat, &names, 0).count, 0);
	assert_int_equal(heat.list.count, 0);
	heat_free(&heat);
	names_free(&names);
}

static void a_thread_is_looked_at_once(void **state)
{
	struct heat heat = {};
	struct names names = {};
	uint32_t collector = names_put(&names, "GC Thread#3", 11);
	uint32_t worker = names_put(&names, "worker", 6);
	struct heat_piece first, second;

	assert_int_equal(heat_mark_thread(&heat, &names, collector, &first), 0);
	assert_int_equal(heat_mark_thread(&heat, &names, collector, &second), 0);
	assert_int_equal(first.count, 1);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(heat.list.count, 1);
	assert_int_equal(heat_mark_thread(&heat, &names, worker, &first), 0);
	assert_int_equal(first.count, 0);
	heat_free(&heat);
	names_free(&names);
}

static void frames_that_matter_are_known(void **state)
{
	struct heat heat = {};
	const struct hot_frame other = { .kind = HOT_KERNEL, .name = "vfs_read" };

	assert_true(heat_knows(&heat, &COPY[0]));
	assert_true(heat_knows(&heat, &COPY[1]));
	assert_false(heat_knows(&heat, &other));
	heat_free(&heat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_mark_is_kept_once),
		cmocka_unit_test(a_mark_has_the_name_that_made_it),
		cmocka_unit_test(a_stack_without_frames_has_no_marks),
		cmocka_unit_test(a_thread_is_looked_at_once),
		cmocka_unit_test(frames_that_matter_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
