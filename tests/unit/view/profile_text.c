/* Does the profile look as it was accepted, in every width? */
#include "view/profile_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/sample_profile.h"

static char *render(const struct profiles *profiles, struct view_style style)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_profiles_text(profiles, &style, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void the_profile_looks_as_accepted(void **state)
{
	static const struct {
		const char *name;
		struct view_style style;
	} rows[] = {
		{ "profile-80", { .columns = 80, .utf8 = true } },
		{ "profile-80-ascii", { .columns = 80 } },
		{ "profile-120", { .columns = 120, .utf8 = true } },
		{ "profile-200", { .columns = 200, .utf8 = true } },
	};
	owns(profiles_free) struct profiles profiles = sample_profiles();

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(own_free) char *text = render(&profiles, rows[i].style);

		assert_harmless(text);
		assert_columns(text, rows[i].style.columns, rows[i].style.utf8);
		golden_assert(rows[i].name, text);
	}
}

static void wall_time_looks_as_accepted(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_wall();
	owns(own_free) char *text =
		render(&profiles, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("profile-wall-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	static const char *const keys[] = { "comm,dso,symbol", "symbol", "comm", "symbol,dso,comm",
					    "dso" };
	owns(profiles_free) struct profiles profiles = sample_profiles();

	for (size_t i = 0; i < array_count(keys); i++) {
		assert_int_equal(profile_keys_read(keys[i], &profiles.items.items[0]->keys), 0);
		for (unsigned int columns = 80; columns <= 200; columns++) {
			struct view_style style = { .columns = columns, .utf8 = columns % 2 };
			owns(own_free) char *text = render(&profiles, style);

			assert_columns(text, columns, style.utf8);
		}
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
	text = render(&profiles, (struct view_style){ .columns = 80 });
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
	text = render(&profiles, (struct view_style){ .columns = 120 });
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
	text = render(&profiles, (struct view_style){ .columns = 80 });
	assert_non_null(strstr(text, "No samples."));
	assert_non_null(strstr(text, "z_rd_int_*"));
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_true(view_profiles_text(&profiles, &(struct view_style){ .columns = 80 }, full) < 0);
	(void)fclose(full);
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
