/* Does every frame stand on the one that called it, and is none of the amount lost on the way? */
#include "view/flame_layout.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/view/flames.h"

static void lay_out(const struct profile *profile, uint32_t least, struct flame_layout *ret)
{
	assert_int_equal(flame_layout_make(profile, least, ret), 0);
}

/* The sample's layout; the profile is the caller's too. */
static struct profile *lay_out_sample(const char *name, uint32_t least, struct flame_layout *ret)
{
	struct flame_options options = {};
	struct profile *profile = flames_sample(name, &options);

	assert_non_null(profile);
	lay_out(profile, least, ret);
	return profile;
}

static void assert_each_stands_on_its_caller(const struct profile *profile,
					     const struct flame_layout *layout)
{
	const struct flame_box **on = calloc(layout->levels, sizeof(*on));

	assert_non_null(on);
	for (size_t i = 0; i < layout->boxes.count; i++) {
		const struct flame_box *box = &layout->boxes.items[i];
		uint32_t depth = profile->nodes.items[box->node].depth;

		assert_true(depth < layout->levels);
		assert_true(box->from < box->to);
		if (depth) {
			assert_true(box->from >= on[depth - 1]->from);
			assert_true(box->to <= on[depth - 1]->to);
		}
		/* Siblings do not overlap: what was put on this level before lies to the left. */
		if (on[depth])
			assert_true(on[depth]->to <= box->from);
		on[depth] = box;
	}
	free(on);
}

static void frames_stand_on_their_callers_side_by_side(void **state)
{
	static const char *const NAMES[] = { "on-cpu", "wall", "hostile", "deep", "wide" };

	for (size_t i = 0; i < array_count(NAMES); i++) {
		owns(flame_layout_free) struct flame_layout layout = {};
		owns(flames_free) struct profile *profile = lay_out_sample(NAMES[i], 0, &layout);

		assert_each_stands_on_its_caller(profile, &layout);
		assert_int_equal(layout.boxes.items[0].from, 0);
		assert_int_equal(layout.boxes.items[0].to, FLAME_SPAN);
	}
}

/* What nodes spend themselves, of those drawn. */
static uint64_t drawn_self(const struct profile *profile, const struct flame_layout *layout)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < layout->boxes.count; i++)
		sum += profile->nodes.items[layout->boxes.items[i].node].self;
	return sum;
}

static void what_is_drawn_and_what_is_cut_is_all(void **state)
{
	static const uint32_t LEASTS[] = { 0, 1, FLAME_PX / 10, 30 * FLAME_PX, FLAME_SPAN };

	for (size_t i = 0; i < array_count(LEASTS); i++) {
		owns(flame_layout_free) struct flame_layout layout = {};
		owns(flames_free) struct profile *profile =
			lay_out_sample("wide", LEASTS[i], &layout);

		assert_int_equal(drawn_self(profile, &layout) + layout.cut_amount,
				 profile->nodes.items[0].total);
		assert_int_equal(layout.boxes.count + layout.cut + layout.gone,
				 profile->nodes.count);
		assert_each_stands_on_its_caller(profile, &layout);
	}
}

static void the_narrow_are_left_out_with_all_that_they_called(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "wide", "", 989, 0 },   { 1, FRAME_USER, "narrow", "", 1, 0 },
		{ 2, FRAME_USER, "narrower", "", 5, 0 }, { 3, FRAME_USER, "narrowest", "", 2, 0 },
		{ 2, FRAME_USER, "another", "", 1, 0 },  { 1, FRAME_USER, "as wide", "", 2, 0 },
	};
	owns(flames_free) struct profile *profile = flames_build(STEPS, array_count(STEPS));
	owns(flame_layout_free) struct flame_layout layout = {};

	lay_out(profile, FLAME_SPAN / 100, &layout);
	assert_int_equal(layout.boxes.count, 2);
	assert_int_equal(layout.levels, 2);
	assert_int_equal(layout.cut, 5);
	assert_int_equal(layout.cut_amount, 11);
}

static void frames_of_before_are_counted_apart(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "here", "", 100, 50 },   { 2, FRAME_USER, "gone", "", 0, 7 },
		{ 3, FRAME_USER, "with it", "", 0, 5 },   { 2, FRAME_USER, "gone too", "", 0, 3 },
		{ 1, FRAME_USER, "here too", "", 50, 0 },
	};
	owns(flames_free) struct profile *profile = flames_build(STEPS, array_count(STEPS));
	owns(flame_layout_free) struct flame_layout layout = {};

	lay_out(profile, FLAME_PX / 10, &layout);
	assert_int_equal(layout.boxes.count, 3);
	assert_int_equal(layout.gone, 3);
	assert_int_equal(layout.gone_amount, 7 + 5 + 3);
	assert_int_equal(layout.cut, 0);
	assert_int_equal(layout.cut_amount, 0);
}

static void children_that_claim_too_much_are_held_to_their_callers(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "caller", "", 10, 0 },
		{ 2, FRAME_USER, "one", "", 10, 0 },
		{ 2, FRAME_USER, "other", "", 10, 0 },
	};
	owns(flames_free) struct profile *profile = flames_build(STEPS, array_count(STEPS));
	owns(flame_layout_free) struct flame_layout layout = {};

	profile->nodes.items[1].total = 15;
	profile->nodes.items[2].total = UINT64_MAX;
	lay_out(profile, FLAME_PX / 10, &layout);
	assert_each_stands_on_its_caller(profile, &layout);
}

static void the_largest_amounts_have_room(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "one", "", UINT64_MAX / 2, 0 },
		{ 1, FRAME_USER, "other", "", UINT64_MAX / 2, 0 },
	};
	owns(flames_free) struct profile *profile = flames_build(STEPS, array_count(STEPS));
	owns(flame_layout_free) struct flame_layout layout = {};

	lay_out(profile, FLAME_PX / 10, &layout);
	assert_int_equal(layout.boxes.count, 3);
	assert_int_equal(layout.boxes.items[1].to, FLAME_SPAN / 2);
	assert_int_equal(layout.boxes.items[2].from, FLAME_SPAN / 2);
}

static void without_samples_there_are_no_frames(void **state)
{
	owns(flame_layout_free) struct flame_layout layout = {};
	owns(flames_free) struct profile *profile = lay_out_sample("empty", 0, &layout);
	struct profile nothing = {};

	assert_int_equal(profile->nodes.count, 1);
	assert_int_equal(layout.boxes.count, 0);
	assert_int_equal(layout.levels, 0);
	lay_out(&nothing, 0, &layout);
	assert_int_equal(layout.boxes.count, 0);
}

static void nodes_that_are_no_tree_are_refused(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "one", "", 1, 0 },
		{ 2, FRAME_USER, "other", "", 1, 0 },
	};
	owns(flames_free) struct profile *profile = flames_build(STEPS, array_count(STEPS));
	struct flame_layout layout = {};

	profile->nodes.items[2].depth = 3;
	assert_int_equal(flame_layout_make(profile, 1, &layout), -EINVAL);
	profile->nodes.items[2].depth = UINT32_MAX;
	assert_int_equal(flame_layout_make(profile, 1, &layout), -EINVAL);
	profile->nodes.items[2].depth = 0;
	assert_int_equal(flame_layout_make(profile, 1, &layout), -EINVAL);
	profile->nodes.items[2].depth = 2;
	profile->nodes.items[2].frame = 2;
	assert_int_equal(flame_layout_make(profile, 1, &layout), -EINVAL);
	profile->nodes.items[2].frame = 1;
	profile->nodes.items[0].depth = 1;
	assert_int_equal(flame_layout_make(profile, 1, &layout), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_stand_on_their_callers_side_by_side),
		cmocka_unit_test(what_is_drawn_and_what_is_cut_is_all),
		cmocka_unit_test(the_narrow_are_left_out_with_all_that_they_called),
		cmocka_unit_test(frames_of_before_are_counted_apart),
		cmocka_unit_test(children_that_claim_too_much_are_held_to_their_callers),
		cmocka_unit_test(the_largest_amounts_have_room),
		cmocka_unit_test(without_samples_there_are_no_frames),
		cmocka_unit_test(nodes_that_are_no_tree_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
