/* Does pprof get a sound profile with every sample and every nanosecond? */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "export/profile.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "pprof.pb-c.h"
#include "unit/view/sample_profile.h"

enum {
	ROOM_BYTES = 1 << 20,
	GZIP_WINDOW = 15 + 16,
};

static void drop(Pprof__Profile **profile)
{
	if (*profile)
		pprof__profile__free_unpacked(*profile, NULL);
	*profile = NULL;
}

static size_t unpack(const char *packed, size_t bytes, uint8_t *room)
{
	z_stream stream = { .next_in = (uint8_t *)packed,
			    .avail_in = (unsigned int)bytes,
			    .next_out = room,
			    .avail_out = ROOM_BYTES };

	assert_int_equal(inflateInit2(&stream, GZIP_WINDOW), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(inflateEnd(&stream), Z_OK);
	return stream.total_out;
}

static Pprof__Profile *exported(const struct profiles *profiles)
{
	struct printed printed = {};
	struct diag why = {};
	uint8_t *room = malloc(ROOM_BYTES);
	Pprof__Profile *profile;

	assert_non_null(room);
	printed_begin(&printed);
	assert_int_equal(export_pprof(profiles, printed.out, &why), 0);
	(void)printed_end(&printed);
	profile = pprof__profile__unpack(NULL, unpack(printed.text, printed.bytes, room), room);
	assert_non_null(profile);
	free(printed.text);
	free(room);
	return profile;
}

static const char *text_of(const Pprof__Profile *profile, int64_t string)
{
	assert_in_range(string, 0, profile->n_string_table - 1);
	return profile->string_table[string];
}

/* What profile.proto demands: every id is there once, every string exists. */
static void check_ids(const Pprof__Profile *profile)
{
	assert_string_equal(profile->string_table[0], "");
	for (size_t i = 0; i < profile->n_mapping; i++)
		assert_int_equal(profile->mapping[i]->id, i + 1);
	for (size_t i = 0; i < profile->n_function; i++) {
		assert_int_equal(profile->function[i]->id, i + 1);
		assert_true(text_of(profile, profile->function[i]->name)[0] != '\0');
	}
	for (size_t i = 0; i < profile->n_location; i++) {
		const Pprof__Location *location = profile->location[i];

		assert_int_equal(location->id, i + 1);
		assert_in_range(location->mapping_id, 0, profile->n_mapping);
		assert_int_equal(location->n_line, 1);
		assert_in_range(location->line[0]->function_id, 1, profile->n_function);
	}
	for (size_t i = 0; i < profile->n_sample; i++) {
		assert_int_equal(profile->sample[i]->n_value, profile->n_sample_type);
		for (size_t j = 0; j < profile->sample[i]->n_location_id; j++)
			assert_in_range(profile->sample[i]->location_id[j], 1, profile->n_location);
	}
}

static int64_t sum_of(const Pprof__Profile *profile, size_t type)
{
	int64_t sum = 0;

	for (size_t i = 0; i < profile->n_sample; i++)
		sum += profile->sample[i]->value[type];
	return sum;
}

static void every_sampler_has_its_own_types(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(drop) Pprof__Profile *profile = exported(&profiles);

	check_ids(profile);
	assert_int_equal(profile->n_sample_type, 2 * profiles.items.count);
	for (size_t i = 0; i < profiles.items.count; i++) {
		assert_string_equal(text_of(profile, profile->sample_type[2 * i]->type), "samples");
		assert_int_equal(sum_of(profile, 2 * i), profiles.items.items[i]->samples);
		assert_int_equal(sum_of(profile, 2 * i + 1), profiles.items.items[i]->amount);
	}
}

static void wall_time_is_time_on_a_cpu_and_off_it(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_wall();
	owns(drop) Pprof__Profile *profile = exported(&profiles);
	static const char *const types[] = { "samples", "on_cpu", "off_cpu", "wall" };

	check_ids(profile);
	assert_int_equal(profile->n_sample_type, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(text_of(profile, profile->sample_type[i]->type), types[i]);
	assert_string_equal(text_of(profile, profile->default_sample_type), "wall");
	assert_int_equal(sum_of(profile, 3), profiles.items.items[0]->amount);
	assert_int_equal(sum_of(profile, 1) + sum_of(profile, 2), sum_of(profile, 3));
	assert_true(sum_of(profile, 2) > 0);
	assert_int_equal(profile->duration_nanos, profiles.items.items[0]->window_ns);
}

static void waits_have_their_cause_as_a_label(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_wall();
	owns(drop) Pprof__Profile *profile = exported(&profiles);
	size_t causes = 0, threads = 0;

	for (size_t i = 0; i < profile->n_sample; i++) {
		for (size_t j = 0; j < profile->sample[i]->n_label; j++) {
			const Pprof__Label *label = profile->sample[i]->label[j];

			causes += strcmp(text_of(profile, label->key), "cause") == 0;
			threads += strcmp(text_of(profile, label->key), "thread") == 0;
			assert_true(text_of(profile, label->str)[0] != '\0');
		}
	}
	assert_true(causes > 0);
	assert_true(threads > 0);
}

static void names_are_escaped(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(drop) Pprof__Profile *profile = exported(&profiles);
	bool has_hostile = false;

	for (size_t i = 0; i < profile->n_string_table; i++) {
		for (const char *c = profile->string_table[i]; *c; c++)
			assert_true((unsigned char)*c >= ' ' && *c != '\177');
		has_hostile = has_hostile || strstr(profile->string_table[i], "\\x1b");
	}
	assert_true(has_hostile);
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	struct diag why = {};
	FILE *full = printed_nowhere();

	assert_true(export_pprof(&profiles, full, &why) < 0);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sampler_has_its_own_types),
		cmocka_unit_test(wall_time_is_time_on_a_cpu_and_off_it),
		cmocka_unit_test(waits_have_their_cause_as_a_label),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
