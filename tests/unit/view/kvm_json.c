/* Is the JSON of a report on virtual machines what its schema says, whatever the names hold? */
#include "view/kvm_json.h"

#include <string.h>

#include "harness/test.h"
#include "unit/view/sample_kvm.h"
#include "unit/view/schema.h"

static int print(const void *of, FILE *out)
{
	const struct sample_kvm *sample = of;

	return sample ? view_kvm_json(sample->report, &sample->maps, out)
		      : view_kvm_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(sample_kvm_free) struct sample_kvm host = sample_kvm();
	owns(sample_kvm_free) struct sample_kvm guest = sample_own_guest();
	owns(json_drop) json_t *of_host = json_of(print, &host);
	owns(json_drop) json_t *of_guest = json_of(print, &guest);

	schema_check("kvm", of_host, schema);
	schema_check("kvm", of_guest, schema);
}

/* A claim that is added must be known to the schema. */
static void every_claim_is_in_the_schema(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	json_t *known = NULL;

	assert_int_equal(json_unpack(schema, "{s:{s:{s:{s:{s:{s:o}}}}}}", "properties", "claims",
				     "items", "properties", "id", "enum", &known),
			 0);
	assert_int_equal(json_array_size(known), KVM_CLAIM_COUNT);
	for (size_t i = 0; i < KVM_CLAIM_COUNT; i++)
		assert_string_equal(json_string_value(json_array_get(known, i)),
				    kvm_claim_name((enum kvm_claim_id)i));
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();
	owns(json_drop) json_t *object = json_of(print, &sample);
	const char *cache, *reason, *waker, *path, *claim;
	json_int_t pid, outside, user, with_idle, of_path;

	assert_int_equal(json_unpack(object,
				     "{s:[{s:I, s:{s:[{s:s}]}, s:{s:I, s:I, s:[{s:s}, {}, {s:I}]}, "
				     "s:[{s:s, s:[{s:s, s:I}]}]}], s:[{s:s}]}",
				     "guests", "pid", &pid, "config", "disks", "cache", &cache,
				     "exits", "outside_ns", &outside, "user_ns", &user, "reasons",
				     "name", &reason, "with_idle_ns", &with_idle, "wakes", "waker",
				     &waker, "paths", "path", &path, "count", &of_path, "claims",
				     "id", &claim),
			 0);
	assert_int_equal(pid, 4711);
	assert_string_equal(cache, "writethrough");
	assert_int_equal(outside, 300000000);
	assert_int_equal(user, 60000000);
	assert_string_equal(reason, "EPT_MISCONFIG");
	assert_int_equal(with_idle, 2530000000);
	assert_string_equal(waker, "IO io0 (QEMU iothread)");
	assert_string_equal(path, "interrupt into the guest, by irqfd");
	assert_int_equal(of_path, 40);
	assert_string_equal(claim, "wait.flush.writethrough");
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();

	json_is_harmless(print, &sample);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();

	json_fails_when_full(print, &sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(every_claim_is_in_the_schema),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
