/* What report of block devices do the views' tests show? Made by hand, so that no analysis changes
 * how it looks. */
#include "unit/view/sample_disk.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static const char HOSTILE[] = "x\033[2J\"];\n";

static struct latency latency(uint64_t count, uint64_t mean_ns)
{
	struct latency ret = {
		.count = count,
		.total_ns = count * mean_ns,
		.min_ns = mean_ns / 4,
		.p50_ns = mean_ns * 9 / 10,
		.p90_ns = mean_ns * 2,
		.p99_ns = mean_ns * 4,
		.p999_ns = mean_ns * 9,
		.max_ns = mean_ns * 20,
	};

	ret.doubling[mean_ns ? 63 - __builtin_clzll(mean_ns) : 0] = count;
	return ret;
}

static struct disk_times times(uint64_t count, uint64_t bytes, uint64_t queue_ns,
			       uint64_t device_ns)
{
	struct disk_times ret = {
		.total = latency(count, queue_ns + device_ns),
		.device = latency(count, device_ns),
		.queue = latency(count / 2, queue_ns),
		.mean_ns = queue_ns + device_ns,
		.queue_mean_ns = queue_ns,
		.device_mean_ns = device_ns,
		.mean_bytes = bytes,
	};

	ret.total.bytes = count * bytes;
	ret.queue.total_ns = count * queue_ns;
	return ret;
}

static struct disk_work work(struct disk_times of)
{
	return (struct disk_work){
		.times = of,
		.per_s = (double)of.total.count / 10,
		.bytes_per_s = (double)of.total.bytes / 10,
		.sequential_share = 0.123,
		.sizes = { [12] = of.total.count },
	};
}

static void add_columns(struct disk_device *device)
{
	device->heat.first_doubling = 16;
	device->heat.rows = 4;
	for (uint64_t i = 0; i < 40; i++) {
		struct disk_column *column = array_push(&device->columns);

		assert_non_null(column);
		*column = (struct disk_column){
			.count = 100 + i, .bytes = i * 4096, .queue_depth = 0.25, .device_depth = 3
		};
		for (uint64_t row = 0; row < device->heat.rows; row++) {
			uint64_t *cell = array_push(&device->heat.cells);

			assert_non_null(cell);
			*cell = row == 3 ? i == 20 : (i * (3 - row)) * (i % 7);
		}
	}
}

static void add_vda(struct disk_report *report)
{
	struct disk_device *device = array_push(&report->devices);

	assert_non_null(device);
	*device = (struct disk_device){
		.name = "vda",
		.dev = 254u << 20,
		.scheduler = "mq-deadline",
		.has_write_cache = true,
		.is_counted = true,
		.all = times(24000, 4096, US(150), MS(1)),
		.per_s = 2400,
		.bytes_per_s = 9830400,
		.queue_depth = 0.36,
		.device_depth = 2.4,
		.busy_share = 0.87,
		.told = 20000,
		.count = 24300,
	};
	for (size_t op = 0; op < DISK_OP_COUNT; op++)
		device->work[op].sequential_share = -1;
	device->work[DISK_READ] = work(times(20000, 4096, US(150), MS(1)));
	device->work[DISK_READ].ahead = 120;
	device->work[DISK_WRITE] = work(times(4000, 4096, US(150), MS(1)));
	device->work[DISK_WRITE].sync = 3900;
	device->work[DISK_WRITE].fua = 12;
	device->work[DISK_WRITE].flushing = 300;
	device->work[DISK_WRITE].empty = 290;
	device->work[DISK_WRITE].times.merged = 77;
	device->work[DISK_WRITE].times.total.errors = 1;
	device->work[DISK_FLUSH] = work(times(300, 0, US(3), MS(4)));
	device->work[DISK_FLUSH].sequential_share = -1;
	add_columns(device);
}

static void add_zram(struct disk_report *report)
{
	struct disk_device *device = array_push(&report->devices);

	assert_non_null(device);
	*device = (struct disk_device){
		.dev = 253u << 20,
		.lower = "vda",
		.is_virtual = true,
		.takes_bios = true,
		.all = times(500, 4096, 0, US(2)),
		.per_s = 50,
		.bytes_per_s = 204800,
		.device_depth = 0.001,
		.busy_share = -1,
		.count = 500,
	};
	memcpy(device->name, HOSTILE, sizeof(HOSTILE));
	for (size_t op = 0; op < DISK_OP_COUNT; op++)
		device->work[op].sequential_share = -1;
	device->work[DISK_DISCARD] = work(times(500, 4096, 0, US(2)));
	device->work[DISK_DISCARD].times.queue = (struct latency){};
}

static void add_row(struct disk_row *row, struct disk_row value)
{
	assert_non_null(row);
	*row = value;
	row->time_share = 0.5;
	row->count_share = 0.25;
	row->times = times(6000, 4096, US(10), US(900));
}

static void add_rows(struct disk_report *report)
{
	struct disk_row hostile = { .has_op = true, .op = DISK_WRITE, .pid = 4711 };

	memcpy(hostile.issuer, HOSTILE, sizeof(HOSTILE));
	add_row(array_push(&report->rows),
		(struct disk_row){
			.device = "vda", .has_op = true, .op = DISK_WRITE, .flags = "flush sync" });
	add_row(array_push(&report->rows), (struct disk_row){ .is_rest = true });
	add_row(array_push(&report->issuers),
		(struct disk_row){
			.has_op = true, .op = DISK_WRITE, .issuer = "kworker/u#:# (wb_workfn)" });
	add_row(array_push(&report->issuers), hostile);
}

static void add_slowest(struct disk_report *report)
{
	struct disk_slow *slow = array_push(&report->slowest);

	assert_non_null(slow);
	*slow = (struct disk_slow){
		.at_ns = MS(2300),
		.device = "vda",
		.op = DISK_WRITE,
		.flags = "sync fua",
		.issuer = "postgres",
		.tid = 4712,
		.error = -5,
		.sector = 123456789,
		.bytes = 8192,
		.total_ns = MS(81),
		.queue_ns = MS(1),
		.device_ns = MS(80),
	};
}

static void add_claim(struct disk_report *report)
{
	struct disk_claim *claim = array_push(&report->claims);

	assert_non_null(claim);
	*claim = (struct disk_claim){
		.kind = DISK_CLAIM_FLUSHES,
		.device = "vda",
		.words = "26 % of the device's time for writing went into 300 flushes",
	};
}

struct disk_report *sample_disk(void)
{
	owns(disk_report_free) struct disk_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->window_ns = MS(10000);
	report->keys = (struct disk_keys){ { DISK_BY_DEVICE, DISK_BY_OP, DISK_BY_FLAGS }, 3 };
	strcpy(report->by, "device,op,flags");
	report->over_ns = MS(50);
	report->all[DISK_READ] = times(20000, 4096, US(150), MS(1));
	report->all[DISK_WRITE] = times(4000, 4096, US(150), MS(1));
	report->all[DISK_FLUSH] = times(300, 0, US(3), MS(4));
	report->count = 24300;
	report->bytes = 24000 * 4096ull;
	report->told = 20000;
	report->told_of = 24800;
	report->is_tallied = true;
	report->column_ns = MS(256);
	report->slow_count = 3;
	add_vda(report);
	add_zram(report);
	add_rows(report);
	add_slowest(report);
	add_claim(report);
	assert_int_equal(text_add(&report->notes, "Not seen: %s.", HOSTILE), 0);
	return give(report);
}

struct disk_report *sample_no_disk(void)
{
	struct disk_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->window_ns = MS(10000);
	strcpy(report->by, "device");
	return report;
}
