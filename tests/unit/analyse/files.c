/* Does each operation on a file count once, and is what is said of it what was told? */
#include "analyse/files.h"

#include <errno.h>
#include <string.h>

#include "filed.h"
#include "harness/test.h"

static bool tells(const struct files_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}

static void operations_are_counted_with_their_bytes_and_errors(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 10, (struct event_io){ .id = 1 });
	filed_io(&stream, 20, 30, (struct event_io){ .id = 2, .result = -5 });
	filed_io(&stream, 60, 10, (struct event_io){ .id = 3, .operation = IO_FSYNC, .result = 7 });
	stream_end(&stream, 1);
	report = filed_report(&stream, "op", 1000);
	assert_string_equal(report->name, "subject");
	assert_int_equal(report->target, TARGET_COMMAND);
	assert_int_equal(report->window_ns, MS(1));
	assert_int_equal(report->all.count, 3);
	assert_int_equal(report->all.errors, 1);
	assert_int_equal(report->all.bytes, 4096); /* an fsync moves none */
	assert_int_equal(report->all.total_ns, US(50));
	assert_int_equal(report->rows.count, 2);
	assert_string_equal(report->rows.items[0].cells[FILES_BY_OP], "read");
	assert_int_equal(report->rows.items[0].latency.count, 2);
	assert_int_equal(report->rows.items[0].mean_ns, US(20));
	assert_near(report->rows.items[0].share, 0.8);
}

static void what_an_operation_was_served_from_is_told_by_what_was_seen(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	filed_io(&stream, 2, 1, (struct event_io){ .id = 2, .flags = IO_WAITED });
	filed_io(&stream, 4, 1, (struct event_io){ .id = 3, .requests = 1, .flags = IO_WAITED });
	filed_io(&stream, 6, 1, (struct event_io){ .id = 4, .engine = IO_URING });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->source.memory, 1);
	assert_int_equal(report->source.waited, 1);
	assert_int_equal(report->source.device, 1);
	assert_int_equal(report->source.unknown, 1);
	assert_near(report->rows.items[0].device_share, 0.25);
}

static void what_io_uring_hands_to_workers_is_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 1,
		 (struct event_io){ .id = 1, .engine = IO_URING, .flags = IO_PUNTED });
	filed_io(&stream, 2, 1,
		 (struct event_io){ .id = 2, .engine = IO_URING, .flags = IO_PUNTED | IO_DIRECT });
	filed_io(&stream, 4, 1, (struct event_io){ .id = 3, .engine = IO_URING });
	filed_io(&stream, 6, 900,
		 (struct event_io){
			 .id = 4, .engine = IO_URING, .flags = IO_PUNTED | IO_LENGTH_ALONE });
	filed_io(&stream, 8, 1,
		 (struct event_io){
			 .id = 5, .engine = IO_URING, .operation = IO_FSYNC, .flags = IO_PUNTED });
	report = filed_report(&stream, "file", 1000);
	assert_true(tells(report, "2 of 3 were handed to a worker of io-wq, 1 of these without"));
}

static void without_block_requests_nothing_is_claimed_of_where_it_came_from(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	stream_fact(&stream, "missing.block_rq_complete", "block requests");
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->source.unknown, 1);
	assert_true(report->rows.items[0].device_share < 0);
	assert_true(tells(report, "not seen: block requests"));
}

static void what_was_lost_is_said(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	stream_loss(&stream, LOSS_IO, 5);
	stream_loss(&stream, LOSS_REQUEST, 3);
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->lost, 5);
	assert_int_equal(report->lost_requests, 3);
	assert_true(tells(report, "5 operations were lost"));
	assert_true(tells(report, "3 block requests were lost"));
}

static void what_had_not_ended_is_shown_but_not_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	filed_io(&stream, 0, 5000, (struct event_io){ .id = 2, .flags = IO_OPEN_END });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->all.count, 1);
	assert_int_equal(report->slow.count, 1);
	assert_true(report->slow.items[0].is_open);
	assert_true(tells(report, "1 operations had not ended"));
}

static void what_nobody_was_seen_to_reap_is_said(void **state)
{
	const struct event_io io = { .engine = IO_AIO, .flags = IO_REAP_UNSEEN };
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	struct event_io timed = io;

	filed_begin(&stream);
	timed.requests = 1;
	timed.id = 1;
	filed_io(&stream, 0, 10, timed);
	timed.requests = 0;
	timed.id = 2;
	filed_io(&stream, 0, 20, timed);
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->reap_unseen, 2);
	assert_int_equal(report->untimed, 1);
	assert_int_equal(report->all.count, 2);
	assert_int_equal(report->all.total_ns, US(10));
	assert_true(tells(report, "reaped from the mapped ring"));
}

static void without_a_watch_there_is_no_report(void **state)
{
	owns(filer_free) struct filer *filer = NULL;
	owns(files_report_free) struct files_report *report = NULL;
	struct filer_options options = {};
	struct diag why = {};

	assert_int_equal(filer_new(&options, &filer), 0);
	assert_int_equal(filer_report(filer, &report, &why), -ENODATA);
	assert_null(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_are_counted_with_their_bytes_and_errors),
		cmocka_unit_test(what_an_operation_was_served_from_is_told_by_what_was_seen),
		cmocka_unit_test(what_io_uring_hands_to_workers_is_counted),
		cmocka_unit_test(without_block_requests_nothing_is_claimed_of_where_it_came_from),
		cmocka_unit_test(what_was_lost_is_said),
		cmocka_unit_test(what_had_not_ended_is_shown_but_not_counted),
		cmocka_unit_test(what_nobody_was_seen_to_reap_is_said),
		cmocka_unit_test(without_a_watch_there_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
