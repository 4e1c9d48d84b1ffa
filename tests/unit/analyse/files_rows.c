/* Are operations told apart by what was asked for, and by nothing else? */
#include <string.h>

#include "filed.h"
#include "harness/test.h"

static void tell_two_threads(struct stream *stream)
{
	filed_begin(stream);
	stream_task(stream, 11, "other", TASK_TARGET);
	stream_file(stream, FS, 13, "a/c");
	filed_io(stream, 0, 10, (struct event_io){ .id = 1 });
	filed_io(stream, 20, 10, (struct event_io){ .id = 2, .tid = 11 });
	filed_io(stream, 40, 50, (struct event_io){ .id = 3, .inode = 13, .engine = IO_URING });
}

static void rows_are_told_apart_by_the_keys(void **state)
{
	static const struct {
		const char *keys;
		size_t rows;
	} cases[] = { { "file", 2 },   { "dir", 1 },    { "mount", 1 },      { "op", 1 },
		      { "engine", 2 }, { "thread", 2 }, { "file,thread", 3 } };
	owns(stream_free) struct stream stream = {};

	tell_two_threads(&stream);
	for (size_t i = 0; i < array_count(cases); i++) {
		owns(files_report_free) struct files_report *report =
			filed_report(&stream, cases[i].keys, 1000);

		assert_int_equal(report->rows.count, cases[i].rows);
		assert_string_equal(report->by, cases[i].keys);
	}
}

static void cells_are_what_the_keys_say(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_row *row;

	tell_two_threads(&stream);
	report = filed_report(&stream, "file,dir,mount,type,op,engine,thread,comm", 1000);
	row = &report->rows.items[0];
	assert_string_equal(row->cells[FILES_BY_FILE], "/mnt/data/a/c");
	assert_string_equal(row->cells[FILES_BY_DIR], "/mnt/data/a");
	assert_string_equal(row->cells[FILES_BY_MOUNT], "/mnt/data");
	assert_string_equal(row->cells[FILES_BY_ENGINE], "io_uring");
	assert_string_equal(row->cells[FILES_BY_COMM], "db");
	assert_int_equal(row->tid, 10);
}

/* Ten reads between 16 and 17 us, told as one. */
static void tell_tally(struct stream *stream, uint32_t tid)
{
	union {
		struct event_tally tally;
		char bytes[sizeof(struct event_tally) + sizeof(uint64_t)];
	} event = {
		.tally = {
			.head.time_ns = BEGIN_NS + US(100),
			.since_ns = BEGIN_NS,
			.inode = 12,
			.what = TALLY_FILES,
			.tid = tid,
			.operation = IO_SYNC << 16 | IO_READ,
			.dev = FS,
			.count = 10,
			.errors = 1,
			.bytes = 40960,
			.total_ns = US(165),
			.min_ns = US(16),
			.max_ns = US(17),
			.first = tally_bucket(US(16)),
			.buckets = 1,
		},
	};
	const uint64_t bucket = 10;

	memcpy(event.bytes + sizeof(event.tally), &bucket, sizeof(bucket));
	stream_add(stream, EVENT_TALLY, &event, sizeof(event));
}

static void what_was_tallied_counts_instead_of_what_was_told_one_by_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_row *row;

	filed_begin(&stream);
	filed_io(&stream, 0, 17, (struct event_io){ .id = 1, .requests = 1 });
	tell_tally(&stream, 10);
	report = filed_report(&stream, "file,thread", 1000);
	assert_int_equal(report->rows.count, 1);
	row = &report->rows.items[0];
	assert_true(row->is_tallied);
	assert_int_equal(row->latency.count, 10);
	assert_int_equal(row->latency.errors, 1);
	assert_int_equal(row->latency.bytes, 40960);
	assert_int_equal(row->latency.max_ns, US(17));
	assert_int_equal(row->mean_ns, 16500);
	assert_int_equal(row->source.device, 1); /* that is known of the others alone */
	assert_int_equal(report->all.count, 10);
}

static void a_completion_is_timed_from_handed_over_to_reaped(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	struct event_io io = { .id = 1,
			       .engine = IO_URING,
			       .handed_ns = BEGIN_NS + US(5),
			       .reaped_ns = BEGIN_NS + US(25) };
	const struct latency *completion;

	filed_begin(&stream);
	filed_io(&stream, 0, 20, io);
	io.flags = IO_LENGTH_ALONE; /* no sample */
	io.reaped_ns = BEGIN_NS + US(9000);
	filed_io(&stream, 0, 8000, io);
	io.flags = 0;
	io.reaped_ns = 0; /* not known */
	filed_io(&stream, 0, 20, io);
	report = filed_report(&stream, "file", 1000);
	completion = &report->rows.items[0].completion;
	assert_int_equal(completion->count, 1);
	assert_int_equal(completion->max_ns, US(20));
	assert_int_equal(report->rows.items[0].latency.count, 3);
}

static void rows_below_the_least_share_are_counted(void **state)
{
	owns(filer_free) struct filer *filer = NULL;
	owns(files_report_free) struct files_report *report = NULL;
	owns(stream_free) struct stream stream = {};
	struct filer_options options = { .min_share = 0.5, .over_ns = MS(1) };
	struct diag why = {};

	tell_two_threads(&stream);
	assert_int_equal(files_keys_read("file", &options.keys), 0);
	assert_int_equal(filer_new(&options, &filer), 0);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(filer_take(filer, stream.items.items[i].event, &why), 0);
	assert_int_equal(filer_report(filer, &report, &why), 0);
	assert_int_equal(report->rows.count, 1);
	assert_int_equal(report->hidden_rows, 1);
	assert_int_equal(report->hidden_count, 2);
}

static void what_finds_no_room_is_the_rest(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;
	const struct files_row *last;

	filed_begin(&stream);
	for (uint64_t i = 0; i < FILER_ROWS_MAX + 5; i++)
		filed_io(&stream, i, 1, (struct event_io){ .id = i + 1, .inode = 100 + i });
	report = filed_report(&stream, "file", 1000);
	assert_int_equal(report->rows.count, FILER_ROWS_MAX + 1);
	last = &report->rows.items[FILER_ROWS_MAX];
	assert_true(last->is_rest);
	assert_int_equal(last->latency.count, 5);
}

static void what_was_told_under_an_earlier_name_counts_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(files_report_free) struct files_report *report = NULL;

	filed_begin(&stream);
	filed_io(&stream, 0, 17, (struct event_io){ .id = 1, .requests = 1 });
	stream_task(&stream, 10, "after exec", 0);
	tell_tally(&stream, 10);
	report = filed_report(&stream, "comm", 1000);
	assert_int_equal(report->rows.count, 1);
	assert_string_equal(report->rows.items[0].cells[FILES_BY_COMM], "after exec");
	assert_int_equal(report->rows.items[0].latency.count, 10);
	assert_int_equal(report->all.count, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_told_apart_by_the_keys),
		cmocka_unit_test(cells_are_what_the_keys_say),
		cmocka_unit_test(what_was_tallied_counts_instead_of_what_was_told_one_by_one),
		cmocka_unit_test(what_was_told_under_an_earlier_name_counts_once),
		cmocka_unit_test(a_completion_is_timed_from_handed_over_to_reaped),
		cmocka_unit_test(rows_below_the_least_share_are_counted),
		cmocka_unit_test(what_finds_no_room_is_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
