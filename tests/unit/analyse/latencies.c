/* Are things of one kind measured together, exactly, and those of others left out? */
#include "analyse/latencies.h"

#include <string.h>

#include "harness/test.h"
#include "unit/analyse/stream.h"

static void rows_free(struct latencies *latencies)
{
	array_free(&latencies->rows);
}

static struct latencies measured(const struct stream *stream)
{
	owns(latency_meter_free) struct latency_meter *meter = NULL;
	struct latencies latencies = {};
	struct diag why = {};

	assert_int_equal(latency_meter_new(&meter), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(latency_meter_take(meter, stream->items.items[i].event, &why), 0);
	assert_int_equal(latency_meter_tell(meter, &latencies), 0);
	return latencies;
}

static const struct latency_row *find(const struct latencies *latencies, enum latency_kind kind,
				      const char *name, const char *operation)
{
	for (size_t i = 0; i < latencies->rows.count; i++) {
		const struct latency_row *row = &latencies->rows.items[i];

		if (row->kind == kind && strcmp(row->name, name) == 0 &&
		    strcmp(row->operation, operation) == 0)
			return row;
	}
	return NULL;
}

static void waits_are_measured_by_their_cause(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(rows_free) struct latencies latencies = {};
	const struct latency_row *row;
	uint64_t stack = stream_stack(&stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);

	stream_watch(&stream, WATCH_PROCESS, 7);
	stream_task(&stream, 7, "target", TASK_TARGET);
	stream_task(&stream, 8, "other", 0);
	stream_wait(&stream, 7, 1, 3,
		    (struct event_wait){ .syscall = 74, .stack = stack, .state = 2 });
	stream_wait(&stream, 7, 4, 5,
		    (struct event_wait){ .syscall = 74, .stack = stack, .state = 2 });
	stream_wait(&stream, 8, 1, 9,
		    (struct event_wait){ .syscall = 74, .stack = stack, .state = 2 });
	latencies = measured(&stream);
	row = find(&latencies, LATENCY_WAIT, "fs.journal", "");
	assert_non_null(row);
	assert_true(row->has_doublings);
	assert_int_equal(row->latency.count, 2);
	assert_int_equal(row->latency.total_ns, MS(3));
	assert_int_equal(row->latency.max_ns, MS(2));
}

static void a_wait_that_the_watch_has_cut_is_not_measured(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(rows_free) struct latencies latencies = {};

	stream_wait(&stream, 7, 1, 3,
		    (struct event_wait){ .syscall = -1, .flags = SPAN_OPEN_START });
	stream_wait(&stream, 7, 3, 5, (struct event_wait){ .syscall = -1, .flags = SPAN_OPEN_END });
	latencies = measured(&stream);
	assert_int_equal(latencies.rows.count, 0);
}

static void requests_are_measured_by_device_and_operation(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(rows_free) struct latencies latencies = {};

	stream_device(&stream, 8 << 20, "vda", 0, 0);
	stream_request(&stream, 1, 8 << 20, REQUEST_WRITE, 7, (const double[]){ 1, 2, 4 });
	stream_request(&stream, 2, 8 << 20, REQUEST_READ, 7, (const double[]){ 1, 1, 2 });
	stream_request(&stream, 3, 9 << 20 | 5, REQUEST_WRITE | REQUEST_FLUSH, 7,
		       (const double[]){ 1, 1, 2 });
	latencies = measured(&stream);
	assert_int_equal(find(&latencies, LATENCY_REQUEST, "vda", "write")->latency.total_ns,
			 MS(3));
	assert_int_equal(find(&latencies, LATENCY_SERVICE, "vda", "write")->latency.total_ns,
			 MS(2));
	assert_int_equal(find(&latencies, LATENCY_SERVICE, "vda", "read")->latency.count, 1);
	assert_non_null(find(&latencies, LATENCY_REQUEST, "9:5", "flush"));
}

static void of_system_calls_told_as_sums_there_is_no_distribution(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(rows_free) struct latencies latencies = {};
	const struct event_syscall one = {
		.head.time_ns = AT(3), .start_ns = AT(1), .tid = 7, .result = -5
	};
	const struct event_syscall_sum sum = {
		.head.time_ns = AT(4), .tid = 7, .count = 10, .total_ns = 999
	};
	const struct latency_row *row;

	stream_add(&stream, EVENT_SYSCALL, &one, sizeof(one));
	stream_add(&stream, EVENT_SYSCALL_SUM, &sum, sizeof(sum));
	latencies = measured(&stream);
	row = find(&latencies, LATENCY_SYSCALL, "read", "");
	assert_non_null(row);
	assert_false(row->has_doublings);
	assert_int_equal(row->latency.count, 11);
	assert_int_equal(row->latency.errors, 1);
	assert_int_equal(row->latency.total_ns, MS(2) + 999);
}

/* Tallies are exact where single events are left out: not both are added. */
static void what_was_counted_where_it_happened_takes_the_place_of_single_events(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(rows_free) struct latencies latencies = {};
	const struct event_syscall one = { .head.time_ns = AT(3), .start_ns = AT(1), .tid = 7 };
	union {
		struct event_tally tally;
		char bytes[sizeof(struct event_tally) + sizeof(uint64_t)];
	} told = { .tally = { .head.time_ns = AT(5),
			      .what = TALLY_CALLS,
			      .tid = 7,
			      .count = 4,
			      .total_ns = 40,
			      .min_ns = 10,
			      .max_ns = 10,
			      .first = 10,
			      .buckets = 1 } };
	const struct latency_row *row;

	stream_add(&stream, EVENT_SYSCALL, &one, sizeof(one));
	told.tally.bucket[0] = 4;
	stream_add(&stream, EVENT_TALLY, &told, sizeof(told));
	latencies = measured(&stream);
	assert_int_equal(latencies.rows.count, 1);
	row = find(&latencies, LATENCY_SYSCALL, "read", "");
	assert_non_null(row);
	assert_true(row->has_doublings);
	assert_int_equal(row->latency.count, 4);
	assert_int_equal(row->latency.doubling[3], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_are_measured_by_their_cause),
		cmocka_unit_test(a_wait_that_the_watch_has_cut_is_not_measured),
		cmocka_unit_test(requests_are_measured_by_device_and_operation),
		cmocka_unit_test(of_system_calls_told_as_sums_there_is_no_distribution),
		cmocka_unit_test(
			what_was_counted_where_it_happened_takes_the_place_of_single_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
