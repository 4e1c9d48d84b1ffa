/* Are block requests summed, told apart and put in order as they should be? */
#include "analyse/disks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

#define VDA   (254u << 20)
#define VDA1  (254u << 20 | 1)
#define LOOP0 (7u << 20)

static const struct disks_options BY_OP = {
	.keys = { { DISK_BY_DEVICE, DISK_BY_OP, DISK_BY_FLAGS }, 3 },
};

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static struct disk_report *report_of(struct stream *stream, const struct disks_options *options)
{
	owns(disks_free) struct disks *disks = NULL;
	struct disk_report *report = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(disks_new(options, &disks), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(disks_take(disks, stream->items.items[i].event, &why), 0);
	assert_int_equal(disks_report(disks, &report, &why), 0);
	return report;
}

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_MACHINE, 0);
	stream_device(stream, VDA, "vda", DEVICE_WRITE_CACHE, 0);
	stream_task(stream, 10, "fio", TASK_TARGET);
	stream_task(stream, 11, "postgres", TASK_TARGET);
	stream_task(stream, 20, "kworker/u8:3", TASK_KERNEL);
}

/* It is submitted, given to the driver and complete at these milliseconds. */
static struct event_request request(uint64_t id, uint32_t dev, uint32_t flags, const double ms[3])
{
	return (struct event_request){
		.head.time_ns = BEGIN_NS + (uint64_t)(ms[2] * 1e6),
		.id = id,
		.start_ns = BEGIN_NS + (uint64_t)(ms[0] * 1e6),
		.issue_ns = BEGIN_NS + (uint64_t)(ms[1] * 1e6),
		.sector = id * 1000,
		.dev = dev,
		.bytes = 4096,
		.flags = flags,
		.tid = 10,
		.bios = 1,
	};
}

#define ADD(stream, event) stream_add(stream, EVENT_REQUEST, &(event), sizeof(event))

static void add_plain(struct stream *stream, uint64_t id, uint32_t dev, uint32_t flags,
		      const double ms[3])
{
	struct event_request event = request(id, dev, flags, ms);

	ADD(stream, event);
}

static void add_tally(struct stream *stream, enum tally_what what, uint32_t flags, uint32_t tid,
		      uint64_t count, uint64_t ns)
{
	struct event_tally *tally = calloc(1, sizeof(*tally) + sizeof(uint64_t));

	assert_non_null(tally);
	*tally = (struct event_tally){
		.head.time_ns = AT(100),
		.since_ns = BEGIN_NS,
		.what = what,
		.tid = tid,
		.operation = flags,
		.dev = VDA,
		.count = count,
		.bytes = count * 4096,
		.total_ns = count * ns,
		.min_ns = ns,
		.max_ns = ns,
		.first = tally_bucket(ns),
		.buckets = 1,
	};
	tally->bucket[0] = count;
	stream_add(stream, EVENT_TALLY, tally, sizeof(*tally) + sizeof(uint64_t));
	free(tally);
}

static const struct disk_device *device_of(const struct disk_report *report, const char *name)
{
	for (size_t i = 0; i < report->devices.count; i++) {
		if (strcmp(report->devices.items[i].name, name) == 0)
			return &report->devices.items[i];
	}
	fail_msg("there is no device %s", name);
	return NULL;
}

static bool notes_tell(const struct disk_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}

static void requests_are_summed_by_device_and_operation(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	const struct disk_device *device;

	begin(&stream);
	add_plain(&stream, 1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
	add_plain(&stream, 2, VDA, REQUEST_READ | REQUEST_META, (double[]){ 1, 2, 6 });
	add_plain(&stream, 3, VDA, REQUEST_WRITE | REQUEST_SYNC, (double[]){ 5, 5, 7 });
	stream_end(&stream, 100);
	report = report_of(&stream, &BY_OP);

	assert_int_equal(report->count, 3);
	assert_int_equal(report->bytes, 3 * 4096);
	assert_int_equal(report->window_ns, MS(100));
	device = device_of(report, "vda");
	assert_int_equal(device->work[DISK_READ].times.total.count, 2);
	assert_int_equal(device->work[DISK_READ].times.total.total_ns, MS(8));
	assert_int_equal(device->work[DISK_READ].times.device.total_ns, MS(6));
	assert_int_equal(device->work[DISK_READ].times.queue.total_ns, MS(2));
	assert_int_equal(device->work[DISK_READ].times.queue_mean_ns, MS(1));
	assert_int_equal(device->work[DISK_READ].meta, 1);
	assert_int_equal(device->work[DISK_WRITE].times.total.count, 1);
	assert_int_equal(device->work[DISK_WRITE].sync, 1);
	assert_near(device->queue_depth, 0.02);
	assert_near(device->device_depth, 0.08);
	assert_near(device->busy_share, 0.07);
	assert_int_equal(report->rows.count, 3);
	assert_string_equal(report->rows.items[0].flags, "meta");
	assert_false(report->is_tallied);
}

static void tallies_count_and_single_requests_tell_the_rest(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	const struct disk_device *device;

	begin(&stream);
	add_plain(&stream, 1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
	add_tally(&stream, TALLY_REQUESTS, REQUEST_READ, 0, 1000, MS(3));
	add_tally(&stream, TALLY_SERVICE, REQUEST_READ, 0, 1000, MS(2));
	add_tally(&stream, TALLY_ISSUERS, REQUEST_READ, 10, 600, MS(3));
	add_tally(&stream, TALLY_ISSUERS, REQUEST_READ, 11, 400, MS(3));
	add_tally(&stream, TALLY_MERGES, REQUEST_READ, 0, 7, 0);
	stream_end(&stream, 100);
	report = report_of(&stream, &BY_OP);

	assert_true(report->is_tallied);
	assert_int_equal(report->count, 1000);
	assert_int_equal(report->told, 1);
	assert_int_equal(report->told_of, 1000);
	assert_int_equal(report->lost, 0);
	device = device_of(report, "vda");
	assert_int_equal(device->work[DISK_READ].times.total.count, 1000);
	assert_int_equal(device->work[DISK_READ].times.device_mean_ns, MS(2));
	assert_int_equal(device->work[DISK_READ].times.queue_mean_ns, MS(1));
	assert_int_equal(device->work[DISK_READ].times.queue.count, 1);
	assert_int_equal(device->work[DISK_READ].times.merged, 7);
	assert_true(device->busy_share < 0);
	assert_int_equal(report->issuers.count, 2);
	assert_string_equal(report->issuers.items[0].issuer, "fio");
	assert_int_equal(report->issuers.items[0].pid, 10);
	assert_int_equal(report->issuers.items[0].times.total.count, 600);
	assert_near(report->issuers.items[1].count_share, 0.4);
	assert_true(notes_tell(report, "1,000 requests"));
}

static void requests_counted_by_issuer_alone_are_summed(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	add_tally(&stream, TALLY_SERVICE, REQUEST_READ, 0, 1000, MS(2));
	add_tally(&stream, TALLY_ISSUERS, REQUEST_READ, 10, 600, MS(3));
	add_tally(&stream, TALLY_ISSUERS, REQUEST_READ, 11, 400, MS(3));
	stream_end(&stream, 100);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->count, 1000);
	assert_int_equal(report->bytes, 1000 * 4096);
	assert_int_equal(device_of(report, "vda")->work[DISK_READ].times.queue_mean_ns, MS(1));
	assert_int_equal(report->issuers.count, 2);
}

static void lost_requests_make_sums_of_single_ones_too_low(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	add_plain(&stream, 1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
	stream_loss(&stream, LOSS_REQUEST, 5);
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->lost, 5);
	assert_true(notes_tell(report, "too low"));
}

static void what_classic_tracepoints_count_is_never_called_exact(void **state)
{
	static const struct {
		const char *rung;
		bool may_miss;
	} CASES[] = { { "tp_btf", false }, { "raw_tp", false }, { "tp_classic", true } };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		owns(stream_free) struct stream stream = {};
		owns(disk_report_free) struct disk_report *report = NULL;

		begin(&stream);
		stream_fact(&stream, "facility.block", CASES[i].rung);
		add_plain(&stream, 1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
		stream_end(&stream, 10);
		report = report_of(&stream, &BY_OP);
		assert_int_equal(report->may_miss, CASES[i].may_miss);
		assert_int_equal(notes_tell(report, "classic tracepoints"), CASES[i].may_miss);
	}
}

static void a_partition_is_told_as_its_disk_unless_asked_for(void **state)
{
	static const struct disks_options BY_PARTITION = {
		.keys = { { DISK_BY_PARTITION }, 1 },
	};
	struct event_device part = { .dev = VDA1, .whole_dev = VDA, .name = "vda1" };
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	stream_add(&stream, EVENT_DEVICE, &part, sizeof(part));
	add_plain(&stream, 1, VDA1, REQUEST_READ, (double[]){ 0, 1, 3 });
	add_plain(&stream, 2, VDA, REQUEST_FLUSH, (double[]){ 3, 3, 4 });
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_PARTITION);
	assert_int_equal(report->devices.count, 1);
	assert_string_equal(report->devices.items[0].name, "vda");
	assert_int_equal(report->rows.count, 2);
	assert_string_equal(report->rows.items[0].device, "vda1");
	assert_string_equal(report->rows.items[1].device, "vda");
}

static void what_lies_on_another_told_device_is_not_counted_twice(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	stream_device(&stream, LOOP0, "loop0", DEVICE_VIRTUAL, VDA);
	add_plain(&stream, 1, LOOP0, REQUEST_READ, (double[]){ 0, 1, 5 });
	add_plain(&stream, 2, VDA, REQUEST_READ, (double[]){ 1, 1, 4 });
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->devices.count, 2);
	assert_false(device_of(report, "loop0")->is_counted);
	assert_string_equal(device_of(report, "loop0")->lower, "vda");
	assert_true(device_of(report, "vda")->is_counted);
	assert_int_equal(report->count, 1);
	assert_int_equal(report->bytes, 4096);
	assert_true(notes_tell(report, "counted below"));
}

static void a_virtual_device_on_nothing_told_is_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	stream_device(&stream, LOOP0, "loop0", DEVICE_VIRTUAL, VDA);
	add_plain(&stream, 1, LOOP0, REQUEST_READ, (double[]){ 0, 1, 5 });
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->count, 1);
}

static void a_write_that_waits_for_a_flush_is_a_write(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	struct event_request empty = request(1, VDA, REQUEST_WRITE | REQUEST_FLUSH | REQUEST_SYNC,
					     (double[]){ 0, 0, 4 });
	const struct disk_device *device;

	begin(&stream);
	empty.bytes = 0;
	ADD(&stream, empty);
	add_plain(&stream, 2, VDA, REQUEST_FLUSH, (double[]){ 0, 1, 4 });
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	device = device_of(report, "vda");
	assert_int_equal(device->work[DISK_WRITE].times.total.count, 1);
	assert_int_equal(device->work[DISK_WRITE].empty, 1);
	assert_int_equal(device->work[DISK_WRITE].flushing, 1);
	/* It never went to a driver: all its time was before the device. */
	assert_int_equal(device->work[DISK_WRITE].times.device.count, 0);
	assert_int_equal(device->work[DISK_WRITE].times.queue.total_ns, MS(4));
	assert_int_equal(device->work[DISK_FLUSH].times.device.total_ns, MS(3));
	/* The flush is what the write waited for: its time counts once. */
	assert_int_equal(device->all.total.total_ns, MS(4));
}

static void of_a_process_only_its_own_requests_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	struct event_request own = request(1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
	struct event_request other = request(2, VDA, REQUEST_WRITE, (double[]){ 0, 1, 3 });

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "fio", TASK_TARGET);
	stream_task(&stream, 11, "other", 0);
	other.tid = 11;
	ADD(&stream, own);
	ADD(&stream, other);
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->count, 1);
	assert_int_equal(report->target, TARGET_PROCESS);
	assert_true(notes_tell(report, "its own threads"));
}

static void the_slowest_are_listed_in_order(void **state)
{
	static const struct disks_options OVER = {
		.keys = { { DISK_BY_OP }, 1 },
		.over_ns = MS(2),
	};
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	begin(&stream);
	add_plain(&stream, 1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });
	add_plain(&stream, 2, VDA, REQUEST_READ, (double[]){ 0, 1, 1.5 });
	add_plain(&stream, 3, VDA, REQUEST_WRITE | REQUEST_SYNC, (double[]){ 0, 2, 9 });
	stream_end(&stream, 10);
	report = report_of(&stream, &OVER);
	assert_int_equal(report->slow_count, 2);
	assert_int_equal(report->slowest.count, 2);
	assert_int_equal(report->slowest.items[0].total_ns, MS(9));
	assert_int_equal(report->slowest.items[0].queue_ns, MS(2));
	assert_int_equal(report->slowest.items[0].sector, 3000);
	assert_string_equal(report->slowest.items[0].flags, "sync");
	assert_string_equal(report->slowest.items[0].issuer, "fio");
	assert_int_equal(report->slowest.items[1].total_ns, MS(3));
}

static void requests_that_run_backwards_are_put_straight(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	struct event_request odd = request(1, VDA, REQUEST_READ, (double[]){ 5, 9, 3 });

	begin(&stream);
	ADD(&stream, odd);
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->count, 1);
	assert_int_equal(device_of(report, "vda")->all.total.total_ns, 0);
}

static void errors_and_merged_bios_are_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;
	struct event_request bad = request(1, VDA, REQUEST_READ, (double[]){ 0, 1, 3 });

	begin(&stream);
	bad.error = -5;
	bad.bios = 4;
	ADD(&stream, bad);
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(device_of(report, "vda")->work[DISK_READ].times.total.errors, 1);
	assert_int_equal(device_of(report, "vda")->work[DISK_READ].times.merged, 3);
	assert_int_equal(report->claims.items[0].kind, DISK_CLAIM_ERRORS);
}

static void an_empty_stream_has_an_empty_report(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(disk_report_free) struct disk_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_end(&stream, 10);
	report = report_of(&stream, &BY_OP);
	assert_int_equal(report->count, 0);
	assert_int_equal(report->devices.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_summed_by_device_and_operation),
		cmocka_unit_test(tallies_count_and_single_requests_tell_the_rest),
		cmocka_unit_test(requests_counted_by_issuer_alone_are_summed),
		cmocka_unit_test(lost_requests_make_sums_of_single_ones_too_low),
		cmocka_unit_test(what_classic_tracepoints_count_is_never_called_exact),
		cmocka_unit_test(a_partition_is_told_as_its_disk_unless_asked_for),
		cmocka_unit_test(what_lies_on_another_told_device_is_not_counted_twice),
		cmocka_unit_test(a_virtual_device_on_nothing_told_is_counted),
		cmocka_unit_test(a_write_that_waits_for_a_flush_is_a_write),
		cmocka_unit_test(of_a_process_only_its_own_requests_count),
		cmocka_unit_test(the_slowest_are_listed_in_order),
		cmocka_unit_test(requests_that_run_backwards_are_put_straight),
		cmocka_unit_test(errors_and_merged_bios_are_counted),
		cmocka_unit_test(an_empty_stream_has_an_empty_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
