/* Is the JSON of a profile what its schema says, whatever the names hold? */
#include "view/profile_json.h"

#include "harness/test.h"
#include "unit/view/sample_profile.h"
#include "unit/view/schema.h"

static int print(const void *profiles, FILE *out)
{
	return profiles ? view_profiles_json(profiles, out) : view_profile_json_schema(out);
}

static void the_profiles_are_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(profiles_free) struct profiles cpu = sample_profiles();
	owns(profiles_free) struct profiles wall = sample_wall();
	owns(json_drop) json_t *one = json_of(print, &cpu);
	owns(json_drop) json_t *other = json_of(print, &wall);
	owns(json_drop) json_t *compared = NULL;

	schema_check("profile", one, schema);
	schema_check("profile", other, schema);
	cpu.items.items[0]->is_compared = true;
	cpu.items.items[0]->before_scale = 0.25;
	compared = json_of(print, &cpu);
	schema_check("profile", compared, schema);
}

static void the_fields_hold_the_profiles_values(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();
	owns(json_drop) json_t *object = json_of(print, &profiles);
	const char *schema, *sampler, *comm, *dso, *symbol, *pool;
	json_t *profile, *node;
	int self, samples, depth;
	double share, run;

	assert_int_equal(
		json_unpack(object, "{s:s, s:[o]}", "schema", &schema, "profiles", &profile), 0);
	assert_string_equal(schema, "slowpath.profile/1");
	assert_int_equal(json_unpack(profile,
				     "{s:s, s:i, s:[{s:s, s:s, s:s, s:F}], s:[{s:s, s:F}]}",
				     "sampler", &sampler, "samples", &samples, "rows", "comm",
				     &comm, "dso", &dso, "symbol", &symbol, "self_share", &share,
				     "pools", "name", &pool, "run_s", &run),
			 0);
	assert_string_equal(sampler, "cpu-clock at 99 Hz");
	assert_int_equal(samples, 1000);
	assert_string_equal(comm, "z_rd_int_0");
	assert_string_equal(dso, "zfs");
	assert_string_equal(symbol, "kfpu_begin");
	assert_true(share == 0.46);
	assert_string_equal(pool, "z_rd_int_*");
	assert_true(run == 9);
	node = json_array_get(json_object_get(profile, "tree"), 4);
	assert_int_equal(json_unpack(node, "{s:i, s:s, s:i}", "depth", &depth, "name", &symbol,
				     "samples", &self),
			 0);
	assert_int_equal(depth, 4);
	assert_string_equal(symbol, "kfpu_begin");
	assert_int_equal(self, 460);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();

	json_is_harmless(print, &profiles);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(profiles_free) struct profiles profiles = sample_profiles();

	json_fails_when_full(print, &profiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profiles_are_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_profiles_values),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
