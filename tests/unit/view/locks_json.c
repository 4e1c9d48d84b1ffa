/* Is the JSON of a report on locks what its schema says, whatever the names hold? */
#include "view/locks_json.h"

#include "harness/test.h"
#include "unit/view/sample_locks.h"
#include "unit/view/schema.h"

static int print(const void *report, FILE *out)
{
	return report ? view_locks_json(report, out) : view_locks_json_schema(out);
}

static void the_report_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(lock_report_free) struct lock_report *whole = sample_locks();
	owns(lock_report_free) struct lock_report *difference = sample_lock_difference();
	owns(lock_report_free) struct lock_report *nothing = sample_no_locks();
	owns(lock_report_free) struct lock_report *unscheduled = sample_locks();
	const struct lock_report *const reports[] = { whole, difference, nothing, unscheduled };

	unscheduled->watch.knows_sleeps = false;
	for (size_t i = 0; i < array_count(reports); i++) {
		owns(json_drop) json_t *object = json_of(print, reports[i]);

		schema_check("locks", object, schema);
	}
}

static void the_fields_hold_the_reports_values(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();
	owns(json_drop) json_t *object = json_of(print, report);
	const char *schema, *name, *address, *state_id, *frame, *row;
	json_int_t contentions, acquisitions;
	double mean, rate;

	assert_int_equal(
		json_unpack(object,
			    "{s:s, s:{s:[{s:s, s:s, s:[{s:s}], s:[{s:[s]}]}]}, s:{s:[{s:s, "
			    "s:I, s:I, s:F, s:F}]}}",
			    "schema", &schema, "watch", "locks", "name", &name, "address", &address,
			    "meanwhile", "state", &state_id, "waiting", "frames", &frame,
			    "lock_stat", "rows", "name", &row, "contentions", &contentions,
			    "acquisitions", &acquisitions, "wait_mean_s", &mean, "contended_share",
			    &rate),
		0);
	assert_string_equal(schema, "slowpath.locks/1");
	assert_string_equal(name, "ext4_inode_info.vfs_inode.i_rwsem");
	assert_string_equal(address, "0xffff8881047a2d98");
	assert_string_equal(state_id, "fs.journal");
	assert_string_equal(frame, "rwsem_down_write_slowpath");
	assert_string_equal(row, "&(&info->io_lock)->rlock");
	assert_int_equal(contentions, 47500);
	assert_int_equal(acquisitions, 1348488);
	assert_true(mean == 25400 / 1e9);
	assert_true(rate > 0.035 && rate < 0.0355);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	json_is_harmless(print, report);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(lock_report_free) struct lock_report *report = sample_locks();

	json_fails_when_full(print, report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_what_the_schema_says),
		cmocka_unit_test(the_fields_hold_the_reports_values),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
