/* Is the time of a wait for the disk split as its request spent it? */
#include "harness/test.h"
#include "stream.h"

#define VDA   0xfe00000u
#define LOOP0 0x700000u
#define DM0   0xfd00000u

/* A thread that waits from 100 to 900 for request 1 of the device, and runs before and after it. */
static void tell_wait(struct stream *stream, uint64_t stack, uint32_t dev, struct event_wait wait)
{
	stream_run(stream, 10, 0, 100, 0);
	wait.stack = stack;
	wait.flags |= SPAN_REQUEST;
	wait.request = 1;
	wait.request_dev = dev;
	stream_wait(stream, 10, 100, 900, wait);
	stream_run(stream, 10, 900, 1000, 0);
	stream_end(stream, 1000);
}

static void begin(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "reader", TASK_TARGET);
	stream_device(stream, VDA, "vda", 0, 0);
}

static void queue_and_device_are_told_apart(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_READ, 10, (double[]){ 100, 600, 899 });
	stream_request(&stream, 2, VDA, REQUEST_READ, 99, (double[]){ 100, 500, 600 });
	tell_wait(&stream, read, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_QUEUE, "vda"), 0.5);
	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "vda"), 0.3);
	finding = verdict_find(verdict, CAUSE_DISK_QUEUE, "vda");
	assert_true(finding_tells(finding, "1 read of vda, median 299 ms"));
	assert_true(finding_tells(finding, "63 % of its time was in the queue"));
	assert_true(finding_tells(finding, "1 other request of vda"));
	assert_string_equal(finding->chain.items[0].state, "disk.queue");
	assert_string_equal(finding->chain.items[1].who, "vda");
	assert_string_equal(finding->chain.items[1].detail, "read");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void no_stack_is_needed_where_a_request_ended_the_wait(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_READ, 10, (double[]){ 100, 100, 900 });
	tell_wait(&stream, 0, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "vda"), 0.8);
	assert_int_equal(verdict_thread(verdict, 10)->blocked_ns[CAUSE_DISK_DEVICE], MS(800));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_fault_makes_a_read_a_refault(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t fault = stream_stack(&stream, "folio_wait_bit_common", "filemap_fault", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_READ, 10, (double[]){ 100, 200, 900 });
	tell_wait(&stream, fault, VDA, (struct event_wait){ .flags = SPAN_FAULT, .syscall = -1 });
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_MEM_REFAULT, "vda"), 0.8);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_flush_is_a_sync_whoever_asked_for_it(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t wait = stream_stack(&stream, "submit_bio_wait", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_FLUSH | REQUEST_WRITE, 10,
		       (double[]){ 100, 300, 900 });
	tell_wait(&stream, wait, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_FS_SYNC, "vda"), 0.6);
	assert_near(verdict_share(verdict, CAUSE_DISK_QUEUE, "vda"), 0.2);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void before_its_request_a_wait_is_for_the_submitter(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t sync = stream_stack(&stream, "folio_wait_bit_common", "vfs_fsync_range", NULL);

	begin(&stream);
	stream_task(&stream, 50, "kworker/u4:1", TASK_KERNEL);
	stream_queue(&stream, 50, 1, 90, 100);
	stream_run(&stream, 50, 100, 400, 300);
	stream_request(&stream, 1, VDA, REQUEST_WRITE, 50, (double[]){ 400, 400, 900 });
	tell_wait(&stream, sync, VDA, (struct event_wait){ .syscall = 74 });
	verdict = stream_judge(&stream);

	/* The worker ran for the sync: that is the sync's time as well. */
	assert_near(verdict_share(verdict, CAUSE_FS_SYNC, "vda"), 0.8);
	assert_int_equal(verdict->findings.count, 2);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_throttled_request_is_held_by_its_limit(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_READ | REQUEST_THROTTLED, 10,
		       (double[]){ 800, 800, 900 });
	tell_wait(&stream, read, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_THROTTLED, "vda"), 0.7);
	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "vda"), 0.1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_loop_device_is_followed_through_its_worker(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t sync = stream_stack(&stream, "submit_bio_wait", "vfs_fsync_range", NULL);
	uint64_t lower = stream_stack(&stream, "submit_bio_wait", NULL);

	begin(&stream);
	stream_device(&stream, LOOP0, "loop0", DEVICE_VIRTUAL, VDA);
	stream_task(&stream, 60, "kworker/u4:3", TASK_KERNEL);
	stream_queue(&stream, 60, 1, 90, 100);
	stream_run(&stream, 60, 100, 200, 100);
	stream_request(&stream, 7, VDA, REQUEST_WRITE, 60, (double[]){ 200, 200, 800 });
	stream_wait(&stream, 60, 200, 800,
		    (struct event_wait){ .stack = lower,
					 .flags = SPAN_REQUEST,
					 .request = 7,
					 .request_dev = VDA,
					 .syscall = -1 });
	stream_run(&stream, 60, 800, 950, 150);
	stream_request(&stream, 1, LOOP0, REQUEST_FLUSH, 10, (double[]){ 100, 100, 900 });
	tell_wait(&stream, sync, LOOP0, (struct event_wait){ .waker_tid = 60, .syscall = 74 });
	verdict = stream_judge(&stream);

	/* The disk below took most of it, as the chain tells; with what the worker ran for it is
	 * the time of the stack that the sync waited for. */
	finding = verdict_find(verdict, CAUSE_FS_SYNC, "loop0 on vda");
	assert_non_null(finding);
	assert_near(finding->share, 0.8);
	assert_string_equal(finding->chain.items[0].detail, "loop0");
	assert_string_equal(finding->chain.items[1].who, "kworker/u4:3");
	assert_string_equal(finding->chain.items[2].who, "vda");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_mapped_device_is_followed_to_the_requests_below(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_device(&stream, DM0, "dm-0", DEVICE_VIRTUAL, VDA);
	stream_request(&stream, 5, VDA, REQUEST_READ, 10, (double[]){ 150, 250, 500 });
	stream_request(&stream, 6, VDA, REQUEST_READ, 10, (double[]){ 400, 400, 700 });
	stream_request(&stream, 1, DM0, REQUEST_READ, 10, (double[]){ 100, 100, 900 });
	tell_wait(&stream, read, DM0, (struct event_wait){ .flags = SPAN_WOKEN_SOFTIRQ });
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_QUEUE, "dm-0 on vda"), 0.1);
	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "dm-0 on vda"), 0.7);
	finding = verdict_find(verdict, CAUSE_DISK_DEVICE, "dm-0 on vda");
	assert_int_equal(finding->chain.count, 2);
	assert_string_equal(finding->chain.items[0].detail, "dm-0");
	assert_string_equal(finding->chain.items[1].who, "vda");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_device_below_itself_ends_somewhere(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_device(&stream, DM0, "dm-0", DEVICE_VIRTUAL, DM0);
	stream_request(&stream, 1, DM0, REQUEST_READ, 10, (double[]){ 100, 100, 900 });
	tell_wait(&stream, read, DM0, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "dm-0"), 0.8);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_worker_that_a_request_woke_was_idle(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t idle = stream_stack(&stream, "ep_poll", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_READ, 99, (double[]){ 400, 400, 900 });
	tell_wait(&stream, idle, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->idle_ns, MS(800));
	assert_null(verdict_find(verdict, CAUSE_DISK_DEVICE, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void who_waits_for_such_a_worker_waits_for_the_request(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t idle = stream_stack(&stream, "ep_poll", NULL);
	uint64_t sync = stream_stack(&stream, "submit_bio_wait", "vfs_fsync_range", NULL);
	struct event_wait worker = {
		.stack = idle,
		.syscall = -1,
		.flags = SPAN_REQUEST,
		.request = 1,
		.request_dev = VDA,
	};

	begin(&stream);
	stream_task(&stream, 60, "kworker/u4:3", TASK_KERNEL);
	stream_request(&stream, 1, VDA, REQUEST_WRITE, 10, (double[]){ 200, 200, 800 });
	stream_wait(&stream, 60, 0, 800, worker);
	stream_run(&stream, 60, 800, 900, 100);
	stream_run(&stream, 10, 0, 100, 0);
	stream_wait(&stream, 10, 100, 900, (struct event_wait){ .stack = sync, .waker_tid = 60 });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_FS_SYNC, "vda"), 0.6);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_lost_request_still_names_its_device(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	tell_wait(&stream, read, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "vda"), 0.8);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void throttling_of_writers_overrides_the_request(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t dirty = stream_stack(&stream, "io_schedule_timeout", "balance_dirty_pages", NULL);

	begin(&stream);
	stream_request(&stream, 1, VDA, REQUEST_WRITE, 10, (double[]){ 100, 100, 900 });
	tell_wait(&stream, dirty, VDA, (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_MEM_DIRTY_THROTTLE, "dirty throttle"), 0.8);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_a_worker_computes_in_a_devices_place_is_its_own(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_task(&stream, 50, "z_rd_int", TASK_KERNEL);
	stream_run(&stream, 10, 0, 100, 0);
	stream_wait(&stream, 10, 100, 900, (struct event_wait){ .stack = read, .waker_tid = 50 });
	stream_run(&stream, 50, 50, 905, 855);
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	finding = &verdict->findings.items[0];
	assert_int_equal(finding->cause, CAUSE_CPU_KERNEL);
	assert_near(finding->share, 0.8);
	assert_string_equal(finding->chain.items[0].state, "disk.device");
	assert_string_equal(finding->chain.items[1].who, "z_rd_int");
	verdict_free(&verdict);
	stream_free(&stream);
}

/* It has not left its CPU when the wait is judged. */
static void a_worker_that_still_runs_computes_as_well(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);

	begin(&stream);
	stream_task(&stream, 50, "z_rd_int", TASK_KERNEL);
	stream_queue(&stream, 50, 1, 40, 50);
	stream_run(&stream, 10, 0, 100, 0);
	stream_wait(&stream, 10, 100, 600, (struct event_wait){ .stack = read, .waker_tid = 50 });
	stream_run(&stream, 10, 600, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.items[0].cause, CAUSE_CPU_KERNEL);
	assert_near(verdict->findings.items[0].share, 0.5);
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_and_device_are_told_apart),
		cmocka_unit_test(no_stack_is_needed_where_a_request_ended_the_wait),
		cmocka_unit_test(a_fault_makes_a_read_a_refault),
		cmocka_unit_test(a_flush_is_a_sync_whoever_asked_for_it),
		cmocka_unit_test(before_its_request_a_wait_is_for_the_submitter),
		cmocka_unit_test(a_throttled_request_is_held_by_its_limit),
		cmocka_unit_test(a_loop_device_is_followed_through_its_worker),
		cmocka_unit_test(a_mapped_device_is_followed_to_the_requests_below),
		cmocka_unit_test(a_device_below_itself_ends_somewhere),
		cmocka_unit_test(a_worker_that_a_request_woke_was_idle),
		cmocka_unit_test(who_waits_for_such_a_worker_waits_for_the_request),
		cmocka_unit_test(a_lost_request_still_names_its_device),
		cmocka_unit_test(throttling_of_writers_overrides_the_request),
		cmocka_unit_test(what_a_worker_computes_in_a_devices_place_is_its_own),
		cmocka_unit_test(a_worker_that_still_runs_computes_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
