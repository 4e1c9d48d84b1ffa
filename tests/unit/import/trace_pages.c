/* Are the records of a page found, with their times, whatever stands between them? */
#include "import/trace_pages.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "unit/import/trace_image.h"

static const struct perf_page_head HEAD = { .commit = { .offset = 8, .size = 8 },
					    .data = { .offset = 16, .size = 4080 } };

struct bench {
	struct bytes bytes;
	struct trace_page page;
	struct trace_file file;
	struct trace_pool pool;
	struct trace_pages pages;
};

static void begin(struct bench *bench)
{
	*bench = (struct bench){};
	bench->page.bytes = &bench->bytes;
}

static void read_from(struct bench *bench)
{
	struct trace_cpu_place place = { .cpu = 3 };

	page_close(&bench->page);
	bench->file.fd = memfd_create("pages", 0);
	assert_true(bench->file.fd >= 0);
	assert_int_equal(write(bench->file.fd, bench->bytes.at, bench->bytes.count),
			 bench->bytes.count);
	bench->file.bytes = place.place.bytes = bench->bytes.count;
	bench->pool.block_bytes = TRACE_PAGE;
	assert_int_equal(
		trace_pages_begin(&bench->pages, &bench->file, &HEAD, &bench->pool, &place), 0);
}

static void end(struct bench *bench)
{
	trace_pages_clear(&bench->pages);
	trace_pool_clear(&bench->pool);
	close(bench->file.fd);
	bytes_free(&bench->bytes);
}

static void add_record(struct bench *bench, uint64_t time_ns, uint32_t value)
{
	struct bytes data = {};

	add_u32(&data, value);
	page_add(&bench->page, time_ns, &data);
	bytes_free(&data);
}

static void expect(struct bench *bench, uint64_t time_ns, uint32_t value)
{
	assert_int_equal(trace_pages_next(&bench->pages), 1);
	assert_int_equal(bench->pages.time, time_ns);
	assert_true(bench->pages.bytes >= 4);
	assert_int_equal(perf_load_u32(bench->pages.data, false), value);
}

static void times_go_on_from_record_to_record(void **state)
{
	struct bench bench;

	begin(&bench);
	page_open(&bench.page, 1000, false);
	add_record(&bench, 1000, 1);
	add_record(&bench, 1700, 2);
	/* Further than a record's head can say. */
	add_record(&bench, UINT64_C(5) << 30, 3);
	page_open(&bench.page, UINT64_C(6) << 30, false);
	add_record(&bench, (UINT64_C(6) << 30) + 5, 4);
	read_from(&bench);
	expect(&bench, 1000, 1);
	expect(&bench, 1700, 2);
	expect(&bench, UINT64_C(5) << 30, 3);
	expect(&bench, (UINT64_C(6) << 30) + 5, 4);
	assert_int_equal(trace_pages_next(&bench.pages), 0);
	assert_false(bench.pages.is_cut);
	end(&bench);
}

static void whole_times_and_what_was_discarded_are_passed_over(void **state)
{
	struct bench bench;

	begin(&bench);
	page_open(&bench.page, UINT64_C(1) << 60 | 100, false);
	/* A time of 59 bits, without those above. */
	page_event_head(&bench.page, 31, 900);
	add_u32(&bench.bytes, 0);
	bench.page.time_ns = UINT64_C(1) << 60 | 900;
	add_record(&bench, UINT64_C(1) << 60 | 950, 1);
	/* A discarded record: its length stands in its first word. */
	page_event_head(&bench.page, 29, 10);
	add_u32(&bench.bytes, 12);
	add_u64(&bench.bytes, 0);
	bench.page.time_ns += 10;
	add_record(&bench, UINT64_C(1) << 60 | 970, 2);
	/* A long one tells its length behind its head. */
	page_event_head(&bench.page, 0, 30);
	add_u32(&bench.bytes, 4 + 200);
	for (size_t i = 0; i < 50; i++)
		add_u32(&bench.bytes, 3);
	read_from(&bench);
	expect(&bench, UINT64_C(1) << 60 | 950, 1);
	expect(&bench, UINT64_C(1) << 60 | 970, 2);
	expect(&bench, UINT64_C(1) << 60 | 1000, 3);
	assert_int_equal(bench.pages.bytes, 200);
	assert_int_equal(trace_pages_next(&bench.pages), 0);
	end(&bench);
}

static void a_page_tells_what_was_lost_before_it(void **state)
{
	const uint64_t missed = UINT64_C(3) << 30 | 8, count = 44;
	struct bench bench;

	begin(&bench);
	page_open(&bench.page, 1000, false);
	add_record(&bench, 1000, 1);
	page_open(&bench.page, 2000, true);
	add_record(&bench, 2000, 2);
	page_open(&bench.page, 3000, false);
	add_record(&bench, 3000, 3);
	page_close(&bench.page);
	/* How many it was stands behind the records. */
	memcpy(bench.bytes.at + (size_t)2 * TRACE_PAGE + 8, &missed, sizeof(missed));
	memcpy(bench.bytes.at + (size_t)2 * TRACE_PAGE + 24, &count, sizeof(count));
	read_from(&bench);
	expect(&bench, 1000, 1);
	assert_int_equal(bench.pages.lost, 0);
	expect(&bench, 2000, 2);
	assert_int_equal(bench.pages.lost, 1);
	expect(&bench, 3000, 3);
	assert_int_equal(bench.pages.lost, 44);
	end(&bench);
}

static void pages_that_are_not_whole_are_damage(void **state)
{
	const uint64_t too_much = 5000;
	struct bench bench;

	begin(&bench);
	page_open(&bench.page, 1000, false);
	add_record(&bench, 1000, 1);
	page_open(&bench.page, 2000, false);
	add_record(&bench, 2000, 2);
	page_close(&bench.page);
	memcpy(bench.bytes.at + 8, &too_much, sizeof(too_much));
	bench.bytes.count -= 100;
	read_from(&bench);
	assert_int_equal(trace_pages_next(&bench.pages), 0);
	assert_true(bench.pages.is_cut);
	end(&bench);
}

/* The record says that it is longer than what is left. */
static void a_record_that_does_not_fit_ends_its_page(void **state)
{
	struct bench bench;

	begin(&bench);
	page_open(&bench.page, 1000, false);
	add_record(&bench, 1000, 1);
	page_event_head(&bench.page, 28, 5);
	add_u32(&bench.bytes, 7);
	page_open(&bench.page, 2000, false);
	add_record(&bench, 2000, 2);
	read_from(&bench);
	expect(&bench, 1000, 1);
	expect(&bench, 2000, 2);
	assert_int_equal(trace_pages_next(&bench.pages), 0);
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_go_on_from_record_to_record),
		cmocka_unit_test(whole_times_and_what_was_discarded_are_passed_over),
		cmocka_unit_test(a_page_tells_what_was_lost_before_it),
		cmocka_unit_test(pages_that_are_not_whole_are_damage),
		cmocka_unit_test(a_record_that_does_not_fit_ends_its_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
