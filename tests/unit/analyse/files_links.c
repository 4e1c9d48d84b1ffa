/* Is an operation's time split at its block requests, and are the others told by their file? */
#include <string.h>

#include "filed.h"
#include "harness/test.h"

static void the_time_is_split_where_its_request_was_queued_issued_and_complete(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_slow *slow;

	filed_begin(&stream);
	filed_request(&stream, 1, (const uint64_t[]){ 10, 30, 90 });
	filed_io(&stream, 0, 100, (struct event_io){ .id = 1, .requests = 1 });
	report = filed_report(&stream, "file", 1);
	slow = &report->slow.items[0];
	assert_int_equal(slow->split.count, 1);
	assert_int_equal(slow->split.requests, 1);
	assert_int_equal(slow->split.ns[FILES_BEFORE], US(10));
	assert_int_equal(slow->split.ns[FILES_QUEUED], US(20));
	assert_int_equal(slow->split.ns[FILES_DEVICE], US(60));
	assert_int_equal(slow->split.ns[FILES_AFTER], US(10));
	assert_near(slow->split.share[FILES_DEVICE], 0.6);
	assert_string_equal(slow->device, "vda");
	assert_int_equal(report->requests, 1);
	assert_int_equal(report->linked, 1);
}

static void time_of_several_requests_at_once_counts_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_split *split;

	filed_begin(&stream);
	filed_request(&stream, 1, (const uint64_t[]){ 1, 2, 30 });
	filed_request(&stream, 1, (const uint64_t[]){ 3, 4, 60 });
	filed_request(&stream, 1, (const uint64_t[]){ 5, 20, 80 });
	filed_io(&stream, 0, 100, (struct event_io){ .id = 1, .requests = 3 });
	report = filed_report(&stream, "file", 1);
	split = &report->slow.items[0].split;
	assert_int_equal(split->requests, 3);
	assert_int_equal(split->ns[FILES_BEFORE], US(1));
	assert_int_equal(split->ns[FILES_QUEUED], US(1));
	assert_int_equal(split->ns[FILES_DEVICE], US(78));
	assert_int_equal(split->ns[FILES_BETWEEN], 0);
	assert_int_equal(split->ns[FILES_AFTER], US(20));
}

static void time_between_requests_is_told_unless_a_longer_one_covers_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_split *split;

	filed_begin(&stream);
	filed_request(&stream, 1, (const uint64_t[]){ 10, 12, 20 });
	filed_request(&stream, 1, (const uint64_t[]){ 30, 35, 40 });
	filed_io(&stream, 0, 100, (struct event_io){ .id = 1, .requests = 2 });
	filed_request(&stream, 2, (const uint64_t[]){ 110, 112, 120 });
	filed_request(&stream, 2, (const uint64_t[]){ 130, 135, 140 });
	filed_request(&stream, 2, (const uint64_t[]){ 125, 126, 150 });
	filed_io(&stream, 100, 100, (struct event_io){ .id = 2, .requests = 3 });
	report = filed_report(&stream, "file", 1);
	assert_int_equal(report->split.ns[FILES_BETWEEN], US(15));
	for (size_t i = 0; i < 2; i++) {
		split = &report->slow.items[i].split;
		assert_int_equal(split->ns[FILES_BEFORE], US(10));
		if (split->requests == 2) {
			assert_int_equal(split->ns[FILES_QUEUED], US(7));
			assert_int_equal(split->ns[FILES_DEVICE], US(13));
			assert_int_equal(split->ns[FILES_BETWEEN], US(10));
		} else {
			/* 110-112 and 125-126 queued, 130-135 as well but for the one in the
			 * device. */
			assert_int_equal(split->ns[FILES_QUEUED], US(2 + 1 + 5));
			assert_int_equal(split->ns[FILES_DEVICE], US(8 + 4 + 5 + 10));
			assert_int_equal(split->ns[FILES_BETWEEN], US(5));
		}
	}
}

static void a_request_that_outlives_its_operation_takes_no_more_than_its_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_split *split;

	filed_begin(&stream);
	filed_request(&stream, 1, (const uint64_t[]){ 10, 20, 200 });
	filed_io(&stream, 0, 100, (struct event_io){ .id = 1, .requests = 1 });
	report = filed_report(&stream, "file", 1);
	split = &report->slow.items[0].split;
	assert_int_equal(split->ns[FILES_DEVICE], US(80));
	assert_int_equal(split->ns[FILES_AFTER], 0);
}

static void an_operation_without_a_known_request_is_not_split(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_request(&stream, 1, (const uint64_t[]){ 10, 20, 30 });
	filed_io(&stream, 0, 100, (struct event_io){ .id = 1 + FILER_LINKS, .requests = 1 });
	report = filed_report(&stream, "file", 1);
	assert_int_equal(report->slow.items[0].split.count, 0);
	assert_int_equal(report->split.count, 0);
}

static struct event_request write_back(uint32_t bytes)
{
	return (struct event_request){ .head.time_ns = BEGIN_NS + US(300),
				       .id = 1,
				       .start_ns = BEGIN_NS + US(100),
				       .issue_ns = BEGIN_NS + US(110),
				       .dev = DISK,
				       .bytes = bytes,
				       .flags = REQUEST_WRITE,
				       .tid = 20,
				       .file_inode = 12,
				       .file_dev = FS };
}

static void pages_written_back_are_told_by_file_and_by_who_filled_them(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct event_request request = write_back(65536);
	const struct files_back *back;

	filed_begin(&stream);
	stream_task(&stream, 20, "kworker/u4:7", TASK_KERNEL);
	stream_task(&stream, 11, "other", TASK_TARGET);
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1, .operation = IO_WRITE });
	filed_io(&stream, 2, 1,
		 (struct event_io){ .id = 2, .operation = IO_WRITE, .tid = 11, .wanted = 9 });
	filed_io(&stream, 4, 1,
		 (struct event_io){ .id = 3,
				    .operation = IO_WRITE,
				    .tid = 11,
				    .wanted = 1 << 20,
				    .flags = IO_DIRECT });
	stream_add(&stream, EVENT_REQUEST, &request, sizeof(request));
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->of_files, 1);
	assert_int_equal(report->linked, 0);
	assert_int_equal(report->back.count, 1);
	back = &report->back.items[0];
	assert_string_equal(back->path, "/mnt/data/a/b");
	assert_string_equal(back->device, "vda");
	assert_string_equal(back->by, "kworker/u#:#");
	assert_string_equal(back->writer, "db"); /* direct writes fill no pages */
	assert_int_equal(back->writes, 1);
	assert_int_equal(back->latency.bytes, 65536);
	assert_int_equal(back->latency.max_ns, US(200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_time_is_split_where_its_request_was_queued_issued_and_complete),
		cmocka_unit_test(time_of_several_requests_at_once_counts_once),
		cmocka_unit_test(time_between_requests_is_told_unless_a_longer_one_covers_it),
		cmocka_unit_test(a_request_that_outlives_its_operation_takes_no_more_than_its_time),
		cmocka_unit_test(an_operation_without_a_known_request_is_not_split),
		cmocka_unit_test(pages_written_back_are_told_by_file_and_by_who_filled_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
