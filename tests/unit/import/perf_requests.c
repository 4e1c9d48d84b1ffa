/* Are block requests found again by device and sector? */
#include "import/perf_requests.h"

#include "unit/import/trace.h"

static void a_request_is_told_when_it_is_complete(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_request *request;

	add_block_at(&records, TRACE_ISSUE, 100, 2048, "WSM", 16);
	add_block_at(&records, TRACE_COMPLETE, 400, 2048, "WSM", 16);
	read_trace(&records, &kept);
	request = kept_at(&kept, EVENT_REQUEST, 0);
	assert_int_equal(request->start_ns, 100);
	assert_int_equal(request->issue_ns, 100);
	assert_int_equal(request->head.time_ns, 400);
	assert_int_equal(request->dev, 8U << 20);
	assert_int_equal(request->sector, 2048);
	assert_int_equal(request->bytes, 8192);
	assert_int_equal(request->flags, REQUEST_WRITE | REQUEST_SYNC | REQUEST_META);
	assert_int_equal(request->tid, 20);
	assert_int_equal(request->error, 0);
	kept_free(&kept);
}

static void of_two_with_one_place_the_older_is_complete_first(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_request *first, *second;

	add_block_at(&records, TRACE_ISSUE, 100, 64, "R", 8);
	add_block_at(&records, TRACE_ISSUE, 200, 64, "R", 8);
	add_block_at(&records, TRACE_COMPLETE, 300, 64, "R", 8);
	add_block_at(&records, TRACE_COMPLETE, 400, 64, "R", 8);
	add_block_at(&records, TRACE_COMPLETE, 500, 64, "R", 8);
	read_trace(&records, &kept);
	assert_int_equal(kept_count(&kept, EVENT_REQUEST), 2);
	first = kept_at(&kept, EVENT_REQUEST, 0);
	second = kept_at(&kept, EVENT_REQUEST, 1);
	assert_int_equal(first->issue_ns, 100);
	assert_int_equal(second->issue_ns, 200);
	kept_free(&kept);
}

static void a_flush_is_found_though_it_says_two_places(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_request *request;

	add_block_at(&records, TRACE_ISSUE, 100, 0, "FF", 0);
	add_block_at(&records, TRACE_COMPLETE, 200, UINT64_MAX, "FF", 0);
	read_trace(&records, &kept);
	request = kept_at(&kept, EVENT_REQUEST, 0);
	assert_non_null(request);
	assert_int_equal(request->flags, REQUEST_FLUSH);
	assert_int_equal(request->issue_ns, 100);
	kept_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_told_when_it_is_complete),
		cmocka_unit_test(of_two_with_one_place_the_older_is_complete_first),
		cmocka_unit_test(a_flush_is_found_though_it_says_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
