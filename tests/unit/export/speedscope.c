/* Does speedscope get every frame and every nanosecond? */
#include <stdlib.h>
#include <string.h>

#include "export/profile.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "unit/view/sample_profile.h"
#include "unit/view/schema.h"

static json_t *exported(const struct profiles *profiles)
{
	struct printed printed = {};
	struct diag why = {};
	json_t *file;
	char *text;

	printed_begin(&printed);
	assert_int_equal(export_speedscope(profiles, printed.out, &why), 0);
	text = printed_end(&printed);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c != '\177') || *c < 0);
	file = json_parsed(text);
	free(text);
	return file;
}

/* The weights of all profiles; each sample's frames exist. */
static uint64_t sum_of(json_t *file)
{
	json_t *frames = json_object_get(json_object_get(file, "shared"), "frames");
	json_t *profile, *sample, *weight, *frame;
	uint64_t sum = 0;
	size_t i, j, k;

	json_array_foreach(json_object_get(file, "profiles"), i, profile)
	{
		uint64_t of_profile = 0;

		assert_string_equal(json_string_value(json_object_get(profile, "type")), "sampled");
		json_array_foreach(json_object_get(profile, "weights"), j, weight) of_profile +=
			(uint64_t)json_integer_value(weight);
		assert_int_equal(json_integer_value(json_object_get(profile, "endValue")),
				 of_profile);
		assert_int_equal(json_array_size(json_object_get(profile, "samples")), j);
		json_array_foreach(json_object_get(profile, "samples"), j, sample)
		{
			assert_true(json_array_size(sample) > 0);
			json_array_foreach(sample, k, frame) assert_in_range(
				json_integer_value(frame), 0, json_array_size(frames) - 1);
		}
		sum += of_profile;
	}
	return sum;
}

static void all_samples_are_there(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(json_drop) json_t *file = exported(&profiles);
	uint64_t amount = 0;

	for (size_t i = 0; i < profiles.items.count; i++)
		amount += profiles.items.items[i]->amount;
	assert_int_equal(sum_of(file), amount);
}

static void wall_time_is_there_to_the_nanosecond(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_wall();
	owns(json_drop) json_t *file = exported(&profiles);

	assert_int_equal(sum_of(file), profiles.items.items[0]->amount);
}

static void a_profile_without_samples_can_be_opened(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(json_drop) json_t *file = NULL;

	for (size_t i = 0; i < profiles.items.count; i++)
		profiles.items.items[i]->nodes.count = 0;
	file = exported(&profiles);
	assert_int_equal(json_array_size(json_object_get(file, "profiles")), 1);
	assert_int_equal(sum_of(file), 0);
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	struct diag why = {};
	FILE *full = printed_nowhere();

	assert_true(export_speedscope(&profiles, full, &why) < 0);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_samples_are_there),
		cmocka_unit_test(wall_time_is_there_to_the_nanosecond),
		cmocka_unit_test(a_profile_without_samples_can_be_opened),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
