/* Are the slowest operations those that took longest, with all that is known of them? */
#include <string.h>

#include "filed.h"
#include "harness/test.h"

static void the_slowest_come_first_and_the_short_ones_not_at_all(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 30, (struct event_io){ .id = 1 });
	filed_io(&stream, 40, 9, (struct event_io){ .id = 2 });
	filed_io(&stream, 50, 50, (struct event_io){ .id = 3 });
	filed_io(&stream, 101, 30, (struct event_io){ .id = 4 });
	report = filed_report(&stream, "file", 10);
	assert_int_equal(report->slow_count, 3);
	assert_int_equal(report->slow.count, 3);
	assert_int_equal(report->slow.items[0].id, 3);
	assert_int_equal(report->slow.items[1].id, 1);
	assert_int_equal(report->slow.items[2].id, 4);
}

static void of_more_than_there_is_room_for_the_slowest_stay(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	for (uint64_t i = 1; i <= FILER_SLOW_MAX + 50; i++)
		filed_io(&stream, 1000 * i, 10 * i, (struct event_io){ .id = i });
	report = filed_report(&stream, "file", 10);
	assert_int_equal(report->slow_count, FILER_SLOW_MAX + 50);
	assert_int_equal(report->slow.count, FILER_SLOW_MAX);
	assert_int_equal(report->slow.items[0].id, FILER_SLOW_MAX + 50);
	assert_int_equal(report->slow.items[FILER_SLOW_MAX - 1].id, 51);
}

static void all_that_is_known_of_one_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_slow *slow;

	filed_begin(&stream);
	filed_io(&stream, 500, 30,
		 (struct event_io){ .id = 1,
				    .submit_ns = BEGIN_NS + US(400),
				    .offset = 8192,
				    .wanted = 512,
				    .result = -5,
				    .engine = IO_AIO,
				    .operation = IO_WRITE,
				    .syscall = 209,
				    .depth = 7,
				    .batch = 3,
				    .flags = IO_DIRECT | IO_FILE_DSYNC });
	report = filed_report(&stream, "file", 10);
	slow = &report->slow.items[0];
	assert_string_equal(slow->path, "/mnt/data/a/b");
	assert_string_equal(slow->operation, "write");
	assert_string_equal(slow->engine, "libaio");
	assert_string_equal(slow->who, "db");
	assert_string_equal(slow->flags, "direct, dsync");
	assert_string_equal(slow->device, "");
	assert_int_equal(slow->tid, 10);
	assert_int_equal(slow->at_ns, US(400));
	assert_int_equal(slow->ns, US(30));
	assert_true(slow->has_offset);
	assert_int_equal(slow->offset, 8192);
	assert_int_equal(slow->wanted, 512);
	assert_int_equal(slow->result, -5);
	assert_int_equal(slow->depth, 7);
	assert_int_equal(slow->batch, 3);
	assert_false(slow->is_open);
}

static void an_offset_that_is_not_known_is_not_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 30, (struct event_io){ .id = 1, .offset = UINT64_MAX });
	report = filed_report(&stream, "file", 10);
	assert_false(report->slow.items[0].has_offset);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slowest_come_first_and_the_short_ones_not_at_all),
		cmocka_unit_test(of_more_than_there_is_room_for_the_slowest_stay),
		cmocka_unit_test(all_that_is_known_of_one_is_told),
		cmocka_unit_test(an_offset_that_is_not_known_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
