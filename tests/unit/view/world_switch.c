/* Is what leaving the guest costs said as it was accepted, to people and to programs? */
#include "view/world_switch.h"

#include <string.h>

#include "analyse/world_switch.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_kvm.h"
#include "unit/view/schema.h"

static int print(const void *report, const struct view_style *style, FILE *out)
{
	return view_world_switch_text(report, style, out);
}

static int print_json(const void *report, FILE *out)
{
	return report ? view_world_switch_json(report, out) : view_world_switch_json_schema(out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();

	page_looks_as("world-switch-80", print, &report, (struct view_style){ .columns = 80 });
	page_fits_every_width(print, &report);
}

static void a_cost_below_nothing_has_a_sign(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();
	owns(own_free) char *text = NULL;

	report.cost_ns = report.least_ns = -300000;
	report.guest_share = -1;
	text = page_text(print, &report, (struct view_style){ .columns = 120, .utf8 = true });
	assert_non_null(strstr(text, "Leaving the guest costs -300 us · between -300 us and"));
}

static void one_side_alone_says_what_to_do_next(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();
	owns(own_free) char *text = NULL;

	report.has_guest = false;
	text = page_text(print, &report, (struct view_style){ .columns = 200 });
	assert_non_null(strstr(text, "measure in the guest with --json"));
	assert_null(strstr(text, "Leaving the guest costs"));
}

static void the_object_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print_json, NULL);
	owns(world_switch_free) struct world_switch both = sample_world_switch();
	owns(world_switch_free) struct world_switch alone = sample_world_switch();
	owns(json_drop) json_t *of_both = json_of(print_json, &both);
	owns(json_drop) json_t *of_alone = NULL;

	schema_check("world_switch", of_both, schema);
	alone.has_guest = false;
	of_alone = json_of(print_json, &alone);
	schema_check("world_switch", of_alone, schema);
}

/* What a guest prints, its host takes. */
static void what_is_printed_is_read_back(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();
	owns(own_free) char *text = NULL;
	struct sync_run run = {};
	struct diag why = {};

	memset(report.own.folder, 0, sizeof(report.own.folder));
	strcpy(report.own.folder, "/srv");
	text = json_printed(print_json, &report);
	assert_int_equal(sync_run_read(text, strlen(text), &run, &why), 0);
	assert_memory_equal(&run, &report.own, sizeof(run));
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();

	json_is_harmless(print_json, &report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(world_switch_free) struct world_switch report = sample_world_switch();

	page_fails_when_full(print, &report);
	json_fails_when_full(print_json, &report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(a_cost_below_nothing_has_a_sign),
		cmocka_unit_test(one_side_alone_says_what_to_do_next),
		cmocka_unit_test(the_object_is_what_the_schema_says),
		cmocka_unit_test(what_is_printed_is_read_back),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
