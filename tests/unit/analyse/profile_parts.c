/* Are stacks that begin alike parted by what they go on with? */
#include "analyse/profile_parts.h"

#include <stdlib.h>

#include "harness/test.h"

/* Functions from 0 on: the even ones are of user code, the odd ones the kernel's. */
#define FUNCTIONS 8

struct setup {
	struct profiler profiler;
	struct aggregates aggregates;
	struct making making;
	struct parts parts;
};

static void begin(struct setup *setup)
{
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		const struct function function = { .name = i + 1,
						   .kind = i % 2 ? FRAME_KERNEL : FRAME_USER };
		uint32_t number;

		assert_int_equal(stacks_function(&setup->profiler.stacks, &function, &number), 0);
		assert_int_equal(number, i);
	}
}

/* Outermost first, ended by ENDED. */
static uint32_t put(struct setup *setup, const uint32_t *frames)
{
	size_t count = 0;
	uint32_t content;

	while (frames[count] != ENDED)
		count++;
	assert_int_equal(stacks_put(&setup->profiler.stacks, frames, count, &content), 0);
	return content;
}

static void add(struct setup *setup, const uint32_t *user, const uint32_t *kernel, uint64_t weight)
{
	const struct aggregate amount = { .user = put(setup, user),
					  .kernel = put(setup, kernel),
					  .samples = 1,
					  .weight = weight };

	assert_int_equal(aggregates_add(&setup->aggregates, &amount), 0);
}

static struct part look(struct setup *setup)
{
	setup->making = (struct making){ .profiler = &setup->profiler,
					 .aggregates = &setup->aggregates,
					 .count = setup->aggregates.items.count };
	assert_int_equal(making_begin(&setup->making), 0);
	assert_int_equal(parts_new(&setup->making, &setup->parts), 0);
	parts_next(&setup->parts);
	return (struct part){ .end = (uint32_t)setup->making.count };
}

static void end(struct setup *setup)
{
	parts_free(&setup->parts);
	making_end(&setup->making);
	aggregates_free(&setup->aggregates);
	stacks_free(&setup->profiler.stacks);
}

#define PATH(...) ((const uint32_t[]){ __VA_ARGS__, ENDED })
#define NO_PATH   ((const uint32_t[]){ ENDED })

static void branches_have_what_their_paths_have(void **state)
{
	struct setup setup = {};
	struct amount ended = {};
	struct part part, inner;
	const struct branch *branch;

	begin(&setup);
	add(&setup, PATH(0, 2), NO_PATH, 1);
	add(&setup, PATH(0), PATH(1), 2);
	add(&setup, PATH(4), NO_PATH, 4);
	add(&setup, NO_PATH, PATH(1, 3), 8);
	add(&setup, NO_PATH, PATH(3), 16);
	add(&setup, NO_PATH, NO_PATH, 32);
	part = look(&setup);
	assert_int_equal(parts_find(&setup.parts, &part, &ended), 0);
	assert_int_equal(ended.weight, 32);
	assert_int_equal(setup.parts.branches.count, 4);
	branch = parts_branch(&setup.parts, 0);
	assert_int_equal(branch->total, 3);
	assert_int_equal(branch->count, 2);
	assert_true(branch->goes_on);
	/* The last of the user's, or of the kernel's. */
	assert_false(parts_branch(&setup.parts, 4)->goes_on);
	assert_false(parts_branch(&setup.parts, 3)->goes_on);
	assert_true(parts_branch(&setup.parts, 1)->goes_on);
	assert_int_equal(setup.parts.branches.count, 4);

	/* Below 0: user code, and behind it the kernel. */
	parts_gather(&setup.parts, &part, 0);
	inner = parts_inner(&part, parts_branch(&setup.parts, 0));
	assert_int_equal(inner.end - inner.begin, 2);
	parts_next(&setup.parts);
	ended = (struct amount){};
	assert_int_equal(parts_find(&setup.parts, &inner, &ended), 0);
	assert_int_equal(ended.weight, 0);
	assert_int_equal(parts_branch(&setup.parts, 2)->total, 1);
	assert_int_equal(parts_branch(&setup.parts, 1)->total, 2);
	assert_false(parts_branch(&setup.parts, 1)->goes_on);
	end(&setup);
}

static void what_is_left_out_is_not_gathered(void **state)
{
	struct setup setup = {};
	struct amount ended = {};
	struct part part, inner;

	begin(&setup);
	for (uint32_t i = 0; i < 4; i++) {
		add(&setup, PATH(2 * i, 0), NO_PATH, 1);
		add(&setup, PATH(2 * i, 2), NO_PATH, 1);
	}
	part = look(&setup);
	assert_int_equal(parts_find(&setup.parts, &part, &ended), 0);
	parts_leave_out(&setup.parts, 1);
	assert_int_equal(setup.parts.branches.count, 3);
	parts_gather(&setup.parts, &part, 0);
	for (size_t i = 0; i < 3; i++) {
		const struct branch *branch = &setup.parts.branches.items[i];

		assert_int_equal(branch->count, 2);
		assert_int_not_equal(branch->function, 2);
		inner = parts_inner(&part, branch);
		for (uint32_t k = inner.begin; k < inner.end; k++) {
			uint32_t path = setup.parts.paths[k], count;
			const uint32_t *frames =
				stacks_frames(&setup.profiler.stacks,
					      setup.aggregates.items.items[path].user, &count);

			assert_int_equal(frames[0], branch->function);
		}
	}
	end(&setup);
}

static void most_callers_are_callers_of_all(void **state)
{
	struct setup setup = {};
	const uint32_t *frames;
	struct part part;

	begin(&setup);
	add(&setup, PATH(0, 2, 4), NO_PATH, 1);
	add(&setup, PATH(0, 2, 6), NO_PATH, 1);
	add(&setup, PATH(0, 2), NO_PATH, 1);
	part = look(&setup);
	assert_int_equal(parts_common(&setup.parts, &part, &frames), 2);
	assert_int_equal(frames[0], 0);
	assert_int_equal(frames[1], 2);
	end(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(branches_have_what_their_paths_have),
		cmocka_unit_test(what_is_left_out_is_not_gathered),
		cmocka_unit_test(most_callers_are_callers_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
