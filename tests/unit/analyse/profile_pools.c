/* Do the right threads make a pool, and is none of their time lost? */
#include <string.h>

#include "analyse/profile_state.h"
#include "harness/test.h"
#include "profiled.h"

static void names_of_one_kind_of_work_are_one_pool(void **state)
{
	static const struct {
		const char *name;
		const char *pool;
	} rows[] = {
		{ "z_rd_int_3", "z_rd_int_*" },
		{ "z_wr_iss_0_12", "z_wr_iss_*" },
		{ "ksoftirqd/1", "ksoftirqd/*" },
		{ "kswapd0", "kswapd*" },
		{ "iou-wrk-4711", "iou-wrk-*" },
		{ "vhost-4711-0", "vhost-*" },
		{ "CPU 3/KVM", "CPU */KVM" },
		{ "GC Thread#7", "GC Thread#*" },
		{ "worker12", "worker*" },
		{ "fio", "fio" },
		{ "postgres", "postgres" },
		/* The number is what it serves, or which program it is. */
		{ "jbd2/vda1-8", "jbd2/vda1-8" },
		{ "md127_raid6", "md127_raid6" },
		{ "loop3", "loop3" },
		{ "md5sum", "md5sum" },
		{ "sha256sum", "sha256sum" },
		{ "python3.11", "python3.11" },
		{ "base64", "base64" },
		{ "collect2", "collect2" },
		{ "qemu-system-x86", "qemu-system-x86" },
		/* Workers by their queue, where it is told. */
		{ "kworker/u8:2-events_unbound", "kworker events_unbound" },
		{ "kworker/0:1H+kblockd", "kworker kblockd" },
		{ "kworker/3:0", "kworker/*" },
		{ "kworker/u4:1-", "kworker/*" },
	};
	struct names names = {};

	for (size_t i = 0; i < array_count(rows); i++) {
		uint32_t comm = names_put(&names, rows[i].name, strlen(rows[i].name));

		assert_string_equal(names_text(&names, pool_name(&names, comm)), rows[i].pool);
	}
	assert_int_equal(pool_name(&names, 0), 0);
	names_free(&names);
}

static void threads_that_are_born_and_die_keep_their_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_pool *pool;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "main", TASK_TARGET);
	stream_run(&stream, 10, 0, 100, 10);
	/* More than the dead that are kept by themselves, most with numbers used before. */
	for (uint32_t i = 0; i < 3 * DEAD_KEPT; i++) {
		double begin = 1 + i * 0.01;
		uint32_t tid = 100 + i % 5000;

		stream_child(&stream, tid, i % 2 ? "pool-1" : "pool-2", 10, begin);
		stream_run(&stream, tid, begin, begin + 0.004, 0.001);
		stream_death(&stream, tid, begin + 0.005);
	}
	stream_end(&stream, 200);
	profiles = stream_profile(&stream, "comm,symbol", 0, false);
	pool = profile_pool(profiles.items.items[0], "pool-*");
	assert_int_equal(pool->threads, 3 * DEAD_KEPT);
	assert_int_equal(pool->born, 3 * DEAD_KEPT);
	assert_int_equal(pool->died, 3 * DEAD_KEPT);
	assert_int_equal(pool->run_ns, 3 * DEAD_KEPT * UINT64_C(4000));
	assert_int_equal(pool->kernel_ns, 3 * DEAD_KEPT * UINT64_C(1000));
	assert_int_equal(pool->user_ns + pool->kernel_ns, pool->run_ns);
	assert_true(profiles.items.items[0]->pools_are_exact);
	pool = profile_pool(profiles.items.items[0], "main");
	assert_int_equal(pool->born + pool->died, 0);
	/* 100 of 200 ms of the two CPUs. */
	assert_true(pool->cpu_share > 0.2499 && pool->cpu_share < 0.2501);
}

static void what_the_kernel_charged_goes_before_spans_and_samples(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_pool *pool;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "both", 0);
	stream_task(&stream, 11, "sampled", 0);
	stream_task(&stream, 12, "kthread", TASK_KERNEL);
	stream_run(&stream, 10, 0, 50, 10);
	stream_usage(&stream, 10, 90, 60, 15);
	stream_usage(&stream, 12, 90, 8, 0);
	stream_samples(&stream, 10, 7, 0, 0);
	stream_samples(&stream, 11, 3, 0, 0);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm", 0, false);
	pool = profile_pool(profiles.items.items[0], "both");
	assert_int_equal(pool->run_ns, MS(60));
	assert_int_equal(pool->kernel_ns, MS(15));
	/* A kernel thread has no other code. */
	pool = profile_pool(profiles.items.items[0], "kthread");
	assert_int_equal(pool->kernel_ns, MS(8));
	assert_true(pool->is_kernel);
}

static void without_a_scheduler_samples_say_how_long_they_ran(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_pool *pool;
	uint64_t kernel, user;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "io-1", 0);
	stream_task(&stream, 11, "io-2", 0);
	kernel = stream_stack(&stream, "write", NULL);
	user = stream_user_stack(&stream, "main", NULL);
	stream_samples(&stream, 10, 2, user, kernel);
	stream_samples(&stream, 11, 3, user, 0);
	stream_end(&stream, 100);
	profiles = stream_profile(&stream, "comm", 0, false);
	pool = profile_pool(profiles.items.items[0], "io-*");
	assert_int_equal(pool->run_ns, MS(5));
	assert_int_equal(pool->kernel_ns, MS(2));
	assert_int_equal(pool->threads, 2);
	assert_false(profiles.items.items[0]->pools_are_exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_one_kind_of_work_are_one_pool),
		cmocka_unit_test(threads_that_are_born_and_die_keep_their_time),
		cmocka_unit_test(what_the_kernel_charged_goes_before_spans_and_samples),
		cmocka_unit_test(without_a_scheduler_samples_say_how_long_they_ran),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
