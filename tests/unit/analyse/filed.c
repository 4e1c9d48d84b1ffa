/* How does a test tell a story of files? In events, told in their order, to a report. */
#include "filed.h"

#include "harness/test.h"

void filed_io(struct stream *stream, uint64_t at_us, uint64_t us, struct event_io io)
{
	io.start_ns = BEGIN_NS + US(at_us);
	io.submit_ns = io.submit_ns ?: io.start_ns;
	io.head.time_ns = io.start_ns + US(us);
	io.inode = io.inode ?: 12;
	io.dev = io.dev ?: FS;
	io.tid = io.tid ?: 10;
	io.engine = io.engine ?: IO_SYNC;
	io.operation = io.operation ?: IO_READ;
	io.wanted = io.wanted ?: 4096;
	io.result = io.result ?: (int64_t)io.wanted;
	stream_add(stream, EVENT_IO, &io, sizeof(io));
}

void filed_request(struct stream *stream, uint64_t io, const uint64_t us[3])
{
	struct event_request request = {
		.head.time_ns = BEGIN_NS + US(us[2]),
		.id = us[0] + 1,
		.io = io,
		.start_ns = BEGIN_NS + US(us[0]),
		.issue_ns = BEGIN_NS + US(us[1]),
		.dev = DISK,
		.flags = REQUEST_READ,
		.bytes = 4096,
		.tid = 10,
	};

	stream_add(stream, EVENT_REQUEST, &request, sizeof(request));
}

void filed_begin(struct stream *stream)
{
	stream_watch(stream, WATCH_COMMAND, 10);
	stream_fact(stream, "mount.7:0", "/mnt/data");
	stream_device(stream, DISK, "vda", 0, 0);
	stream_task(stream, 10, "db", TASK_TARGET);
	stream_file(stream, FS, 12, "a/b");
}

static void check_split(const struct files_split *split)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < FILES_PARTS; i++)
		sum_ns += split->ns[i];
	assert_int_equal(sum_ns, split->total_ns);
}

static void check(const struct files_report *report)
{
	uint64_t count = report->hidden_count, total_ns = 0;

	for (size_t i = 0; i < report->rows.count; i++) {
		const struct files_row *row = &report->rows.items[i];

		count += row->latency.count;
		total_ns += row->latency.total_ns;
		check_split(&row->split);
		for (size_t k = 0; k < report->keys.count; k++)
			assert_non_null(row->cells[report->keys.items[k]]);
	}
	assert_int_equal(count, report->all.count);
	assert_true(total_ns <= report->all.total_ns);
	for (size_t i = 0; i < report->slow.count; i++) {
		check_split(&report->slow.items[i].split);
		if (i)
			assert_true(report->slow.items[i].ns <= report->slow.items[i - 1].ns);
	}
}

struct files_report *filed_report(const struct stream *stream, const char *keys, uint64_t over_us)
{
	owns(filer_free) struct filer *filer = NULL;
	struct filer_options options = { .over_ns = US(over_us) };
	struct files_report *report = NULL;
	struct diag why = {};

	assert_int_equal(files_keys_read(keys, &options.keys), 0);
	assert_int_equal(filer_new(&options, &filer), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(filer_take(filer, stream->items.items[i].event, &why), 0);
	assert_int_equal(filer_report(filer, &report, &why), 0);
	check(report);
	return report;
}
