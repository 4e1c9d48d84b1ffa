/* Do single requests tell how busy a device was when, and whether they follow each other? */
#include "analyse/disk_state.h"
#include "harness/test.h"

#define DEV      (254u << 20)
#define BEGIN_NS 1000000000ull
#define US(n)    ((uint64_t)(n)*1000u)

struct span {
	uint64_t start_us;
	uint64_t issue_us;
	uint64_t end_us;
};

static struct event_request request(uint64_t id, uint64_t sector, struct span span)
{
	return (struct event_request){
		.head.time_ns = BEGIN_NS + US(span.end_us),
		.start_ns = BEGIN_NS + US(span.start_us),
		.issue_ns = BEGIN_NS + US(span.issue_us),
		.id = id,
		.sector = sector,
		.bytes = 4096,
		.flags = REQUEST_READ,
	};
}

static void take(struct disk_lines *lines, uint64_t id, uint64_t sector, struct span span)
{
	struct event_request event = request(id, sector, span);

	assert_int_equal(lines_take(lines, DEV, &event), 0);
}

static void requests_side_by_side_are_sequential(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };

	/* In the order in which they completed, which is not that of their places. */
	take(&lines, 1, 0, (struct span){ 0, 1, 2 });
	take(&lines, 3, 16, (struct span){ 0, 1, 3 });
	take(&lines, 2, 8, (struct span){ 0, 1, 4 });
	take(&lines, 4, 24, (struct span){ 0, 1, 5 });
	take(&lines, 5, 9000, (struct span){ 0, 1, 6 });
	/* Of four that have one before them two lie beside an earlier one: 8 and 24. */
	assert_true(line_sequential_share(lines_find(&lines, DEV), DISK_READ) > 0.49);
	assert_true(line_sequential_share(lines_find(&lines, DEV), DISK_READ) < 0.51);
	assert_true(line_sequential_share(lines_find(&lines, DEV), DISK_WRITE) < 0);
}

static void behind_a_gap_nothing_is_judged(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };

	take(&lines, 1, 0, (struct span){ 0, 1, 2 });
	take(&lines, 1000, 800000, (struct span){ 3, 4, 5 });
	assert_true(line_sequential_share(lines_find(&lines, DEV), DISK_READ) < 0);
	take(&lines, 1001, 800008, (struct span){ 3, 4, 6 });
	assert_true(line_sequential_share(lines_find(&lines, DEV), DISK_READ) > 0.99);
}

static void time_with_several_under_way_is_busy_once(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };

	take(&lines, 1, 0, (struct span){ 10, 10, 20 });
	take(&lines, 2, 0, (struct span){ 15, 15, 30 });
	take(&lines, 3, 0, (struct span){ 50, 50, 60 });
	assert_int_equal(line_busy_ns(lines_find(&lines, DEV)), US(30));
	/* One that spans all of them joins what was apart. */
	take(&lines, 4, 0, (struct span){ 5, 5, 65 });
	assert_int_equal(line_busy_ns(lines_find(&lines, DEV)), US(60));
}

static void what_ended_before_the_watch_was_not_busy(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS + US(100) };
	struct event_request event = request(1, 0, (struct span){ 10, 20, 30 });

	assert_int_equal(lines_take(&lines, DEV, &event), 0);
	/* As a recording by whomever may have it: a moment that is far away. */
	event.head.time_ns = UINT64_MAX;
	event.start_ns = event.issue_ns = UINT64_MAX - 5;
	assert_int_equal(lines_take(&lines, DEV, &event), 0);
	assert_int_equal(line_busy_ns(lines_find(&lines, DEV)), 5);
}

static void many_intervals_keep_their_sum(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };

	for (uint64_t i = 0; i < 100; i++)
		take(&lines, i, 0, (struct span){ 100 * i, 100 * i, 100 * i + 10 });
	assert_int_equal(line_busy_ns(lines_find(&lines, DEV)), US(1000));
}

static void columns_grow_with_the_time(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };
	struct disk_device device = {};
	uint64_t count = 0, heat = 0;

	for (uint64_t i = 0; i < 1000; i++)
		take(&lines, i, 0, (struct span){ 1000 * i, 1000 * i, 1000 * i + 100 });
	assert_int_equal(lines.column_ns, 16000000);
	assert_int_equal(line_say(&lines, lines_find(&lines, DEV), BEGIN_NS + US(1000000), &device),
			 0);
	assert_int_equal(device.columns.count, 63);
	for (size_t i = 0; i < device.columns.count; i++)
		count += device.columns.items[i].count;
	for (size_t i = 0; i < device.heat.cells.count; i++)
		heat += device.heat.cells.items[i];
	assert_int_equal(count, 1000);
	assert_int_equal(heat, 1000);
	assert_int_equal(device.heat.rows, 1);
	assert_int_equal(device.heat.first_doubling, 16); /* 65.5 µs and up */
	assert_true(device.columns.items[3].device_depth > 0.09);
	assert_true(device.columns.items[3].device_depth < 0.11);
	array_free(&device.columns);
	array_free(&device.heat.cells);
}

static void a_request_is_under_way_in_all_its_columns(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };
	const struct disk_line *line;

	take(&lines, 1, 0, (struct span){ 500, 1500, 3500 });
	line = lines_find(&lines, DEV);
	assert_int_equal(line->cells[0].queue_ns, US(500));
	assert_int_equal(line->cells[1].queue_ns, US(500));
	assert_int_equal(line->cells[1].device_ns, US(500));
	assert_int_equal(line->cells[2].device_ns, US(1000));
	assert_int_equal(line->cells[3].device_ns, US(500));
	assert_int_equal(line->cells[3].count, 1);
}

static void sizes_fall_into_doublings(void **state)
{
	owns(disk_lines_free) struct disk_lines lines = { .begin_ns = BEGIN_NS };
	struct event_request event = request(1, 0, (struct span){ 0, 1, 2 });

	assert_int_equal(lines_take(&lines, DEV, &event), 0);
	event.bytes = 0xffffffff;
	assert_int_equal(lines_take(&lines, DEV, &event), 0);
	event.bytes = 0;
	assert_int_equal(lines_take(&lines, DEV, &event), 0);
	assert_int_equal(lines_find(&lines, DEV)->sizes[DISK_READ][12], 1);
	assert_int_equal(lines_find(&lines, DEV)->sizes[DISK_READ][31], 1);
	assert_int_equal(lines_find(&lines, DEV)->sizes[DISK_READ][0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_side_by_side_are_sequential),
		cmocka_unit_test(behind_a_gap_nothing_is_judged),
		cmocka_unit_test(time_with_several_under_way_is_busy_once),
		cmocka_unit_test(what_ended_before_the_watch_was_not_busy),
		cmocka_unit_test(many_intervals_keep_their_sum),
		cmocka_unit_test(columns_grow_with_the_time),
		cmocka_unit_test(a_request_is_under_way_in_all_its_columns),
		cmocka_unit_test(sizes_fall_into_doublings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
