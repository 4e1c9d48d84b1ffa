/* How does a test tell a story of system calls? In events, to a report that adds up. */
#include "called.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static uint64_t at(double ms)
{
	return (uint64_t)((double)BEGIN_NS + ms * 1e6 + 0.5);
}

void stream_syscall(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		    struct event_syscall call)
{
	call.head.time_ns = at(to_ms);
	call.start_ns = at(from_ms);
	call.tid = tid;
	if (!call.file_inode && !call.fd)
		call.fd = -1;
	stream_add(stream, EVENT_SYSCALL, &call, sizeof(call));
}

void stream_sum(struct stream *stream, uint32_t tid, int32_t number, uint64_t count,
		uint64_t errors, uint64_t ns)
{
	const struct event_syscall_sum sum = {
		.tid = tid,
		.number = number,
		.count = count,
		.errors = errors,
		.total_ns = ns,
	};

	stream_add(stream, EVENT_SYSCALL_SUM, &sum, sizeof(sum));
}

static void add_tally(struct stream *stream, struct event_tally tally, uint64_t ns)
{
	union {
		struct event_tally tally;
		char bytes[sizeof(tally) + sizeof(uint64_t)];
	} event;

	tally.total_ns = tally.count * ns;
	tally.min_ns = tally.max_ns = ns;
	tally.first = tally_bucket(ns);
	tally.buckets = 1;
	event.tally = tally;
	memcpy(event.bytes + sizeof(tally), &tally.count, sizeof(tally.count));
	stream_add(stream, EVENT_TALLY, &event, sizeof(event));
}

void stream_tally(struct stream *stream, uint32_t tid, int32_t number, uint64_t count, uint64_t ns,
		  uint64_t bytes)
{
	add_tally(stream,
		  (struct event_tally){ .what = TALLY_CALLS,
					.tid = tid,
					.operation = (uint32_t)number,
					.count = count,
					.bytes = bytes },
		  ns);
}

void stream_failed(struct stream *stream, uint32_t tid, int32_t number, uint32_t error,
		   uint64_t count)
{
	add_tally(stream,
		  (struct event_tally){ .what = TALLY_CALL_ERRORS,
					.tid = tid,
					.operation = (uint32_t)number | error << 20,
					.count = count },
		  1);
}

void stream_failing(struct stream *stream, uint32_t tid, int32_t number, uint64_t count,
		    uint64_t errors)
{
	add_tally(stream,
		  (struct event_tally){ .what = TALLY_CALLS,
					.tid = tid,
					.operation = (uint32_t)number,
					.count = count,
					.errors = errors },
		  1);
}

static void check_rows(const struct syscall_report *report)
{
	uint64_t count = 0, errors = 0, total_ns = 0;

	for (size_t i = 0; i < report->rows.count; i++) {
		const struct syscall_row *row = &report->rows.items[i];
		uint64_t told = 0;

		count += row->times.count;
		errors += row->times.errors;
		total_ns += row->times.total_ns;
		for (size_t j = 0; j < row->errors.count; j++)
			told += row->errors.items[j].count;
		assert_int_equal(told, row->times.errors);
	}
	assert_int_equal(count, report->count);
	assert_int_equal(errors, report->errors);
	assert_int_equal(total_ns, report->total_ns);
}

static void check_slow(const struct syscall_report *report)
{
	for (size_t i = 0; i < report->slow.count; i++) {
		const struct syscall_slow *slow = &report->slow.items[i];
		uint64_t ns = slow->rest_ns;

		for (size_t j = 0; j < slow->waits.count; j++)
			ns += slow->waits.items[j].ns;
		assert_int_equal(ns, slow->ns);
		if (i)
			assert_true(slow->ns <= report->slow.items[i - 1].ns);
	}
}

struct syscall_report *stream_calls(const struct stream *stream, const char *by,
				    struct syscalls_options options)
{
	owns(syscalls_free) struct syscalls *syscalls = NULL;
	struct syscall_report *report = NULL;
	struct diag why = {};

	assert_int_equal(syscall_keys_read(by, &options.keys), 0);
	assert_int_equal(syscalls_new(&options, &syscalls), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(syscalls_take(syscalls, stream->items.items[i].event, &why), 0);
	assert_int_equal(syscalls_report(syscalls, &report, &why), 0);
	check_rows(report);
	check_slow(report);
	return report;
}

const struct syscall_row *syscall_row_of(const struct syscall_report *report, const char *syscall,
					 const char *name)
{
	for (size_t i = 0; i < report->rows.count; i++) {
		const struct syscall_row *row = &report->rows.items[i];

		if ((!syscall || strcmp(row->syscall, syscall) == 0) &&
		    (!name || strcmp(row->name, name) == 0))
			return row;
	}
	fail_msg("there is no row of %s", syscall ? syscall : name);
	abort();
}

bool syscalls_tell(const struct syscall_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}
