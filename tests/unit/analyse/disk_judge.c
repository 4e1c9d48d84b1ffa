/* Does each rule speak where its numbers are, and stay silent beside them? */
#include <stdlib.h>
#include <string.h>

#include "analyse/disk_state.h"
#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

/* A device that nothing is wrong with: 10,000 random reads of 16 KiB, several at a time. */
static struct disk_device healthy(void)
{
	struct disk_device device = {
		.name = "vda",
		.count = 10000,
		.queue_depth = 0.1,
		.device_depth = 4,
		.busy_share = 0.9,
		.per_s = 5000,
	};
	struct disk_times *reads = &device.work[DISK_READ].times;

	reads->total = (struct latency){
		.count = 10000, .bytes = 10000 * 16384ull, .p50_ns = US(100), .p999_ns = US(900)
	};
	reads->device = (struct latency){ .count = 10000, .p99_ns = US(400) };
	reads->mean_ns = US(130);
	reads->device_mean_ns = US(110);
	reads->queue_mean_ns = US(20);
	reads->mean_bytes = 16384;
	device.work[DISK_READ].sequential_share = 0.01;
	device.all = *reads;
	return device;
}

/* What is claimed of it, the ids with a blank behind each. */
static void assert_claims(const struct disk_device *device, const char *ids)
{
	owns(disk_report_free) struct disk_report *report = calloc(1, sizeof(*report));
	char text[256] = "";

	assert_non_null(report);
	assert_int_equal(disk_judge(device, report), 0);
	for (size_t i = 0; i < report->claims.count; i++) {
		const struct disk_claim *claim = &report->claims.items[i];

		assert_string_equal(claim->device, "vda");
		assert_true(claim->words[0]);
		strcat(strcat(text, disk_claim_id(claim->kind)), " ");
	}
	assert_string_equal(text, ids);
}

static void a_healthy_device_is_left_alone(void **state)
{
	struct disk_device device = healthy();

	assert_claims(&device, "");
}

static void waiting_before_the_device_is_a_deep_queue(void **state)
{
	struct disk_device device = healthy();

	device.all.queue_mean_ns = MS(2);
	assert_claims(&device, "deep_queue ");
	/* Where the device takes as long, it is no finding. */
	device.all.device_mean_ns = MS(3);
	assert_claims(&device, "");
}

static void a_device_that_answers_late_is_slow(void **state)
{
	struct disk_device device = healthy();

	device.all.device_mean_ns = MS(6);
	assert_claims(&device, "slow_device ");
	device.is_rotational = true;
	assert_claims(&device, "");
	device.all.device_mean_ns = MS(40);
	assert_claims(&device, "slow_device ");
}

static void few_requests_show_nothing(void **state)
{
	struct disk_device device = healthy();

	device.all.device_mean_ns = MS(60);
	device.all.total.count = device.count = 99;
	assert_claims(&device, "");
}

static void a_few_that_take_long_are_a_tail(void **state)
{
	struct disk_device device = healthy();

	device.all.total.p999_ns = MS(50);
	assert_claims(&device, "long_tail ");
	device.all.total.p50_ns = MS(2);
	assert_claims(&device, "");
}

static void flushes_that_take_the_time_are_told(void **state)
{
	struct disk_device device = healthy();
	struct disk_work *flush = &device.work[DISK_FLUSH], *write = &device.work[DISK_WRITE];

	write->times.total.count = 200;
	write->empty = 100;
	write->times.total.bytes = 100 * 65536ull;
	write->times.device = (struct latency){ .count = 100, .total_ns = MS(100) };
	flush->times.total.count = 100;
	flush->times.device = (struct latency){ .count = 100, .total_ns = MS(300) };
	flush->times.device_mean_ns = MS(3);
	assert_claims(&device, "flushes ");
	flush->times.device.total_ns = MS(20);
	assert_claims(&device, "");
}

static void small_writes_made_safe_one_by_one_are_told(void **state)
{
	struct disk_device device = healthy();
	struct disk_work *write = &device.work[DISK_WRITE];

	write->times.total.count = 1000;
	write->times.total.bytes = 1000 * 4096ull;
	write->times.mean_bytes = 4096;
	write->fua = 900;
	assert_claims(&device, "sync_writes ");
	write->fua = 100;
	assert_claims(&device, "");
	write->flushing = 500;
	assert_claims(&device, "sync_writes ");
	write->times.total.bytes = 1000 * 1048576ull;
	assert_claims(&device, "");
}

static void writes_of_a_part_of_a_block_are_told(void **state)
{
	struct disk_device device = healthy();
	uint64_t *sizes = device.work[DISK_WRITE].sizes;

	memset(sizes, 0, sizeof(device.work[DISK_WRITE].sizes));
	sizes[0] = 5000; /* empty flushes */
	sizes[12] = 150; /* of 4 KiB */
	sizes[14] = 100; /* of 16 KiB */
	assert_claims(&device, "");
	device.physical_block = 16384;
	assert_claims(&device, "part_blocks ");
	sizes[14] = 200;
	assert_claims(&device, "");
	device.physical_block = 4096;
	sizes[14] = 0;
	assert_claims(&device, "");
}

static void one_request_at_a_time_is_told(void **state)
{
	struct disk_device device = healthy();

	device.device_depth = 0.9;
	assert_claims(&device, "depth_one ");
	device.busy_share = 0.3;
	assert_claims(&device, "");
	device.busy_share = -1; /* not known */
	assert_claims(&device, "");
}

static void small_pieces_side_by_side_are_told(void **state)
{
	struct disk_device device = healthy();

	device.work[DISK_READ].sequential_share = 0.95;
	device.work[DISK_READ].times.mean_bytes = 4096;
	assert_claims(&device, "small_sequential ");
	device.work[DISK_READ].times.mean_bytes = 131072;
	assert_claims(&device, "");
}

static void what_was_refused_is_told(void **state)
{
	struct disk_device device = healthy();

	device.work[DISK_READ].requeued = 3;
	device.work[DISK_WRITE].throttled = 2;
	device.work[DISK_WRITE].times.total.errors = 1;
	assert_claims(&device, "errors throttled requeued ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_device_is_left_alone),
		cmocka_unit_test(waiting_before_the_device_is_a_deep_queue),
		cmocka_unit_test(a_device_that_answers_late_is_slow),
		cmocka_unit_test(few_requests_show_nothing),
		cmocka_unit_test(a_few_that_take_long_are_a_tail),
		cmocka_unit_test(flushes_that_take_the_time_are_told),
		cmocka_unit_test(small_writes_made_safe_one_by_one_are_told),
		cmocka_unit_test(writes_of_a_part_of_a_block_are_told),
		cmocka_unit_test(one_request_at_a_time_is_told),
		cmocka_unit_test(small_pieces_side_by_side_are_told),
		cmocka_unit_test(what_was_refused_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
