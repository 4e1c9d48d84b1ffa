/* Is the JSON of a report on ZFS what its schema says, whatever the names hold? */
#include "view/zfs_json.h"

#include <jansson.h>
#include <stdlib.h>

#include "harness/test.h"
#include "unit/view/sample_zfs.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_zfs_json(report, out) : view_zfs_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();
	struct zfs_report nothing = {};
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(json_drop) json_t *full = json_of(print, report);
	owns(json_drop) json_t *empty = json_of(print, &nothing);

	schema_check("zfs", full, schema);
	schema_check("no zfs", empty, schema);
}

static void what_is_not_known_is_null(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();
	owns(json_drop) json_t *object = json_of(print, report);
	const json_t *pool = json_array_get(json_object_get(object, "pools"), 1);
	const json_t *dataset = json_array_get(json_object_get(object, "datasets"), 1);

	assert_true(json_is_null(json_object_get(pool, "full_share")));
	assert_true(json_is_null(json_object_get(pool, "has_log")));
	assert_true(json_is_null(json_object_get(pool, "txgs")));
	assert_true(json_is_null(json_object_get(dataset, "encryption")));
	assert_true(json_is_null(json_object_get(dataset, "reads")));
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = sample_zfs();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
