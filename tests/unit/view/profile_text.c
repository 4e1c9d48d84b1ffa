/* Does the profile look as it was accepted, in every width? */
#include "view/profile_text.h"

#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_profile.h"

static int print(const void *profiles, const struct view_style *style, FILE *out)
{
	return view_profiles_text(profiles, style, out);
}

static void the_profile_looks_as_accepted(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();

	pages_look_as("profile", print, &profiles);
}

static void wall_time_looks_as_accepted(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_wall();
	owns(own_free) char *text =
		page_text(print, &profiles, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("profile-wall-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	static const char *const keys[] = { "comm,dso,symbol", "symbol", "comm", "symbol,dso,comm",
					    "dso" };
	owns(profiles_free) struct profiles profiles = sample_profiles();

	for (size_t i = 0; i < array_count(keys); i++) {
		assert_int_equal(profile_keys_read(keys[i], &profiles.items.items[0]->keys), 0);
		page_fits_every_width(print, &profiles);
	}
}

static void a_deep_tree_stays_on_the_page(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(own_free) char *text = NULL;
	struct profile *profile = profiles.items.items[0];

	profile->nodes.count = 1;
	for (uint32_t depth = 1; depth < 300; depth++) {
		for (uint32_t side = 0; side < 2; side++) {
			struct profile_node *node = array_push(&profile->nodes);

			assert_non_null(node);
			*node = (struct profile_node){ .frame = 2, .depth = depth, .share = 0.5 };
			if (!side)
				node->next = (uint32_t)profile->nodes.count;
		}
	}
	text = page_text(print, &profiles, (struct view_style){ .columns = 80 });
	assert_columns(text, 80, false);
	assert_non_null(strstr(text, "more call paths"));
}

static void recursion_has_one_line(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	struct profile *profile = profiles.items.items[0];
	owns(own_free) char *text = NULL;
	const char *line;

	profile->nodes.count = 3;
	for (uint32_t depth = 3; depth < 20; depth++) {
		struct profile_node *node = array_push(&profile->nodes);

		assert_non_null(node);
		*node = profile->nodes.items[2];
		node->depth = depth;
		node->self = profile->amount / 100;
	}
	text = page_text(print, &profiles, (struct view_style){ .columns = 120 });
	line = strstr(text, "taskq_thread  [spl]  (18 deep)");
	assert_non_null(line);
	assert_null(strstr(line + 1, "taskq_thread"));
	assert_non_null(strstr(text, "90 %    17 %    taskq_thread"));
}

static void no_samples_are_said_to_be_none(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(own_free) char *text = NULL;

	profiles.items.items[0]->rows.count = 0;
	profiles.items.items[0]->nodes.count = 1;
	profiles.items.items[0]->amount = profiles.items.items[0]->samples = 0;
	text = page_text(print, &profiles, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No samples."));
	assert_non_null(strstr(text, "z_rd_int_*"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();

	page_fails_when_full(print, &profiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_looks_as_accepted),
		cmocka_unit_test(wall_time_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_deep_tree_stays_on_the_page),
		cmocka_unit_test(recursion_has_one_line),
		cmocka_unit_test(no_samples_are_said_to_be_none),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
