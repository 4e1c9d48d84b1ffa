/* Does a wait keep the time of those who only ran, slept or idled, and let go of all else? */
#include "harness/test.h"
#include "stream.h"

/* Thread 10 of the target waits from 0 to 900 of 1000 for thread 11, and then runs. */
static void tell_wait(struct stream *stream, const char *function, struct event_wait wait)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "waiter", TASK_TARGET);
	wait.stack = stream_stack(stream, function, NULL);
	wait.waker_tid = 11;
	stream_wait(stream, 10, 0, 900, wait);
	stream_run(stream, 10, 900, 1000, 0);
	stream_end(stream, 1000);
}

static void tell_sleeper(struct stream *stream, const char *function)
{
	uint64_t stack = stream_stack(stream, function, NULL);

	stream_wait(stream, 11, 0, 900, (struct event_wait){ .stack = stack, .syscall = 35 });
	stream_run(stream, 11, 900, 1000, 0);
}

static void a_fuse_daemon_that_idles_is_blamed(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;

	stream_task(&stream, 11, "sshfs", 0);
	tell_sleeper(&stream, "ep_poll");
	tell_wait(&stream, "request_wait_answer", (struct event_wait){});
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_FS_FUSE, "sshfs (11)");
	assert_non_null(finding);
	assert_string_equal(finding->subject.kind, "process");
	assert_near(finding->share, 0.9);
	assert_string_equal(finding->chain.items[1].state, "wait.idle");
	assert_string_equal(verdict->next_command, "slowpath -p 11");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_frozen_file_system_is_told_by_its_device(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_device(&stream, 7 << 20, "loop0", 0, 0);
	stream_file(&stream, 7 << 20, 12, "log");
	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "writer", TASK_TARGET);
	stream_wait(&stream, 10, 0, 1000,
		    (struct event_wait){ .flags = SPAN_OPEN_END,
					 .stack = stream_stack(&stream, "mnt_want_write", NULL),
					 .file_dev = 7 << 20,
					 .file_inode = 12 });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_FS_FROZEN, "loop0"), 1);
	assert_string_equal(verdict->findings.items[0].subject.kind, "device");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_peer_outside_the_target_that_sleeps_is_blamed(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "server", 0);
	tell_sleeper(&stream, "do_nanosleep");
	tell_wait(&stream, "inet_recvmsg",
		  (struct event_wait){ .flags = SPAN_WOKEN_SOFTIRQ | SPAN_WAKER_SENT });
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_WAIT_NETWORK, "server (11)"), 0.9);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_peer_of_the_target_that_sleeps_sleeps(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "helper", TASK_TARGET);
	tell_sleeper(&stream, "do_nanosleep");
	tell_wait(&stream, "pipe_read", (struct event_wait){});
	verdict = stream_judge(&stream);

	/* Both threads: 900 ms asleep and 100 ms running each. */
	assert_near(verdict_share(verdict, CAUSE_WAIT_SLEEP, "helper"), 0.9);
	assert_null(verdict_find(verdict, CAUSE_WAIT_PROCESS, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_remote_peer_is_out_of_sight(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack = stream_stack(&stream, "inet_recvmsg", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "client", TASK_TARGET);
	stream_wait(&stream, 10, 0, 900,
		    (struct event_wait){ .stack = stack, .flags = SPAN_WOKEN_SOFTIRQ });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_WAIT_NETWORK, "socket"), 0.9);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_user_lock_held_by_a_sleeper_is_the_lock_s_fault(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "holder", TASK_TARGET);
	tell_sleeper(&stream, "do_nanosleep");
	tell_wait(&stream, "futex_wait_queue", (struct event_wait){ .lock = 0x7f00 });
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_LOCK_USER, "futex 0x7f00, held by holder"), 0.45);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_worker_waits_idly_for_an_idle_dispatcher(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "dispatcher", TASK_TARGET);
	tell_sleeper(&stream, "ep_poll");
	tell_wait(&stream, "futex_wait_queue", (struct event_wait){ .lock = 0x7f00 });
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->idle_ns, MS(1800));
	assert_null(verdict_find(verdict, CAUSE_LOCK_USER, ""));
	assert_int_equal(verdict->base_ns, MS(200));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_lock_known_to_be_held_by_an_idler_is_no_idleness(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "holder", TASK_TARGET);
	tell_sleeper(&stream, "ep_poll");
	tell_wait(&stream, "futex_wait_queue",
		  (struct event_wait){ .lock = 0x7f00, .lock_owner = 11 });
	verdict = stream_judge(&stream);

	assert_non_null(verdict_find(verdict, CAUSE_LOCK_USER, "futex 0x7f00, held by holder"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_file_lock_names_file_and_holder(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_file(&stream, 0x800000, 77, "app.lock");
	stream_task(&stream, 11, "backup", 0);
	tell_sleeper(&stream, "do_nanosleep");
	tell_wait(&stream, "locks_lock_inode_wait",
		  (struct event_wait){ .file_dev = 0x800000, .file_inode = 77 });
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_LOCK_FILE, "app.lock, held by backup"), 0.9);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void those_who_wait_for_a_cpu_below_a_lock_are_not_the_lock_s(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_task(&stream, 11, "holder", 0);
	stream_task(&stream, 20, "hog", 0);
	stream_run_on(&stream, 20, 1, 0, 800);
	stream_queue(&stream, 11, 1, 0, 800);
	stream_run_on(&stream, 11, 1, 800, 1000);
	tell_wait(&stream, "__mutex_lock", (struct event_wait){});
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, "hog"), 0.8);
	assert_near(verdict_share(verdict, CAUSE_LOCK_KERNEL, "mutex"), 0.1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void kernel_workers_are_one_process(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t stack = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "waiter", TASK_TARGET);
	stream_task(&stream, 11, "kworker/0:1", TASK_KERNEL);
	stream_task(&stream, 12, "kworker/1:2", TASK_KERNEL);
	stream_queue(&stream, 11, 0, -1, 0);
	stream_run(&stream, 11, 0, 1000, 0);
	stream_queue(&stream, 12, 0, -1, 0);
	stream_run(&stream, 12, 0, 1000, 0);
	stream_wait(&stream, 10, 0, 400, (struct event_wait){ .stack = stack, .waker_tid = 11 });
	stream_wait(&stream, 10, 400, 1000, (struct event_wait){ .stack = stack, .waker_tid = 12 });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.count, 1);
	assert_near(verdict_share(verdict, CAUSE_CPU_KERNEL, "kworker"), 1);
	assert_int_equal(verdict->findings.items[0].chain.count, 2);
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fuse_daemon_that_idles_is_blamed),
		cmocka_unit_test(a_frozen_file_system_is_told_by_its_device),
		cmocka_unit_test(a_peer_outside_the_target_that_sleeps_is_blamed),
		cmocka_unit_test(a_peer_of_the_target_that_sleeps_sleeps),
		cmocka_unit_test(a_remote_peer_is_out_of_sight),
		cmocka_unit_test(a_user_lock_held_by_a_sleeper_is_the_lock_s_fault),
		cmocka_unit_test(a_worker_waits_idly_for_an_idle_dispatcher),
		cmocka_unit_test(a_lock_known_to_be_held_by_an_idler_is_no_idleness),
		cmocka_unit_test(a_file_lock_names_file_and_holder),
		cmocka_unit_test(those_who_wait_for_a_cpu_below_a_lock_are_not_the_lock_s),
		cmocka_unit_test(kernel_workers_are_one_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
