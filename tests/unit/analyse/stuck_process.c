/* Is a process told with all that is known: in words, chain, subject, evidence and log? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static uint64_t futex_stack(struct stream *stream)
{
	return stream_stack(stream, "futex_do_wait", "__futex_wait", "futex_wait", "do_futex",
			    "__x64_sys_futex", "do_syscall_64", NULL);
}

static void assert_link(const struct stuck_process *process, size_t index, const char *who,
			const char *what)
{
	assert_true(index < process->chain.count);
	assert_string_equal(process->chain.items[index].who, who);
	assert_string_equal(process->chain.items[index].what, what);
}

static void assert_words(const char *text, const char *words)
{
	if (!strstr(text, words))
		print_message("%s\n", text);
	assert_non_null(strstr(text, words));
}

static void a_deadlock_is_told_with_its_chain(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	uint64_t stack = futex_stack(&stream);

	looked_begin(&stream, 0);
	looked_task(&stream, 123, 0, "abba", 0);
	looked_task(&stream, 124, 123, "abba-b", 0);
	looked_asleep(&stream, 123, 8100, looked_futex(stack, 0x1000, 0x80));
	looked_asleep(&stream, 124, 8000, looked_futex(stack, 0x2000, 0x80));
	looked_relation(&stream, 123, RELATION_FUTEX, 124, 0, "");
	looked_relation(&stream, 124, RELATION_FUTEX, 123, 0, "");
	report = looked_report(&stream);
	assert_row(report, 123, "user_lockup.deadlock");
	process = looked_process(report, 123);
	assert_int_equal(process->cause, CAUSE_LOCK_DEADLOCK);
	assert_int_equal(process->ns, MS(8100));
	assert_int_equal(process->chain.count, 3);
	assert_link(process, 0, "abba", "futex");
	assert_link(process, 1, "abba-b", "futex");
	assert_link(process, 2, "abba", "circle");
	assert_words(process->words, "asleep for 8.10 s in futex_do_wait");
	assert_words(process->words, "the circle has 2 threads");
	assert_string_equal(process->subject.kind, "cycle");
	assert_string_equal(process->subject.name, "abba (123), abba-b (124)");
	assert_tells(process->evidence.items, process->evidence.count, "no CPU time");
	assert_tells(process->evidence.items, process->evidence.count, "2 of its 2 threads");
	assert_tells(process->evidence.items, process->evidence.count, "futex(0x1000, 0x80");
	assert_tells(process->evidence.items, process->evidence.count, "futex_do_wait ← ");
	assert_true(process->advice.count > 0);
	assert_int_equal(report->exit_status, 12);
	assert_int_equal(report->deadlocks.count, 1);
}

static void a_leaf_that_is_no_more_is_named(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "waiter", 0);
	looked_asleep(&stream, 1, 5000, looked_futex(futex_stack(&stream), 0x1000, 0x80));
	looked_relation(&stream, 1, RELATION_FUTEX, 4711, RELATION_GONE, "");
	report = looked_report(&stream);
	assert_row(report, 1, "user_lockup.gone");
	process = looked_process(report, 1);
	assert_link(process, 1, "a thread", "gone");
	assert_int_equal(process->chain.items[1].tid, 4711);
	assert_words(process->words, "thread 4711, which should end that, no longer exists");
	assert_string_equal(process->subject.name, "4711 (gone)");
	assert_int_equal(process->cause, CAUSE_LOCK_USER);
}

static void a_pipe_that_nobody_writes_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread reader = { .syscall = CALL_READ };

	reader.stack = stream_stack(&stream, "anon_pipe_read", "vfs_read", "ksys_read", NULL);
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "reader", 0);
	looked_asleep(&stream, 1, 0, reader);
	looked_relation(&stream, 1, RELATION_PIPE, 0, RELATION_NOBODY, "pipe:[4711]");
	report = looked_report(&stream);
	assert_row(report, 1, "user_lockup.nobody");
	process = looked_process(report, 1);
	assert_link(process, 0, "reader", "pipe");
	assert_string_equal(process->chain.items[0].detail, "the pipe pipe:[4711]");
	assert_link(process, 1, "nobody", "nobody");
	assert_words(process->words, "which nobody else has open");
	assert_int_equal(process->cause, CAUSE_WAIT_PROCESS);
}

static void a_wakeup_that_was_lost_leaves_nobody(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 1);
	looked_task(&stream, 1, 0, "waiter", TASK_TARGET);
	looked_asleep(&stream, 1, 5000, looked_futex(futex_stack(&stream), 0x1000, 0x189));
	report = looked_report(&stream);
	assert_row(report, 1, "user_lockup.unwakeable");
	process = looked_process(report, 1);
	assert_int_equal(process->chain.count, 2);
	assert_link(process, 0, "waiter", "futex");
	assert_link(process, 1, "nobody", "nobody");
	assert_words(process->words, "only a signal's handler could still wake it");
	assert_string_equal(process->subject.name, "the futex at 0x1000");
}

static void a_request_in_flight_is_the_leaf_of_a_blocked_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread blocked = { .state = 2, .syscall = CALL_READ, .flags = THREAD_IOWAIT };
	struct event_relation request = {
		.head.time_ns = AT(SECOND_LOOK_MS),
		.tid = 1,
		.kind = RELATION_REQUEST,
		.dev = 8 << 20 | 16,
		.since_ns = AT(SECOND_LOOK_MS - 3000),
	};

	blocked.stack =
		stream_stack(&stream, "folio_wait_bit_common", "filemap_read", "vfs_read", NULL);
	looked_begin(&stream, 0);
	stream_device(&stream, 8 << 20 | 16, "sdb", 0, 0);
	looked_task(&stream, 1, 0, "dd", 0);
	looked_asleep(&stream, 1, 6000, blocked);
	stream_add(&stream, EVENT_RELATION, &request, sizeof(request));
	report = looked_report(&stream);
	assert_row(report, 1, "kernel_lockup.blocked");
	process = looked_process(report, 1);
	assert_int_equal(process->cause, CAUSE_DISK_DEVICE);
	assert_link(process, 0, "dd", "request");
	assert_link(process, 1, "sdb", "request");
	assert_words(process->words, "no signal can end it");
	assert_string_equal(process->subject.kind, "device");
}

static void a_frozen_file_system_is_the_cause(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	struct event_thread blocked = { .state = 2, .syscall = 1 };

	blocked.stack = stream_stack(&stream, "percpu_rwsem_wait", "__percpu_down_read",
				     "vfs_write", "ksys_write", NULL);
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "cp", 0);
	looked_asleep(&stream, 1, 5000, blocked);
	report = looked_report(&stream);
	assert_row(report, 1, "kernel_lockup.blocked");
	assert_int_equal(looked_process(report, 1)->cause, CAUSE_FS_FROZEN);
}

static void the_frozen_file_system_is_named_where_the_stack_says_it_is_one(void **state)
{
	static const char NAME[] = "/mnt/x (loop3, xfs)";
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread blocked = { .state = 2, .syscall = 1 };

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "cp", 0);
	looked_task(&stream, 2, 0, "rm", 0);
	blocked.stack = stream_stack(&stream, "percpu_rwsem_wait", "__percpu_down_read",
				     "vfs_write", "ksys_write", NULL);
	looked_asleep(&stream, 1, 5000, blocked);
	blocked.stack = stream_stack(&stream, "percpu_rwsem_wait", "__percpu_down_read",
				     "cgroup_post_fork", NULL);
	looked_asleep(&stream, 2, 5000, blocked);
	for (uint32_t tid = 1; tid <= 2; tid++)
		looked_relation_of(&stream,
				   (struct event_relation){ .tid = tid,
							    .kind = RELATION_FROZEN,
							    .dev = 7 << 20 | 3 },
				   NAME);
	report = looked_report(&stream);
	assert_row(report, 1, "kernel_lockup.blocked");
	process = looked_process(report, 1);
	assert_int_equal(process->cause, CAUSE_FS_FROZEN);
	assert_string_equal(process->subject.kind, "mount");
	assert_string_equal(process->subject.name, NAME);
	assert_link(process, 0, "cp", "freeze");
	assert_link(process, 1, NAME, "frozen");
	assert_int_equal(process->chain.items[1].tid, 0);
	assert_words(process->words, "the frozen file system /mnt/x (loop3, xfs)");
	process = looked_process(report, 2);
	assert_non_null(process);
	assert_int_not_equal(process->cause, CAUSE_FS_FROZEN);
	assert_int_equal(process->chain.count, 1);
}

static void who_waits_for_one_that_a_freeze_holds_is_behind_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread blocked = { .state = 2, .syscall = 1 };

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "cp", 0);
	looked_task(&stream, 2, 0, "reader", 0);
	blocked.stack = stream_stack(&stream, "percpu_rwsem_wait", "__percpu_down_read",
				     "vfs_write", "ksys_write", NULL);
	looked_asleep(&stream, 1, 5000, blocked);
	looked_asleep(&stream, 2, 5000, (struct event_thread){ .syscall = CALL_READ });
	looked_relation_of(&stream,
			   (struct event_relation){ .tid = 1, .kind = RELATION_FROZEN, .dev = 7 },
			   "/mnt");
	looked_relation(&stream, 2, RELATION_PIPE, 1, RELATION_PROCESS, "pipe:[7]");
	report = looked_report(&stream);
	assert_row(report, 2, "user_lockup.behind");
	process = looked_process(report, 2);
	assert_link(process, 1, "cp", "freeze");
	assert_link(process, 2, "/mnt", "frozen");
	assert_words(process->words, "at the end of a chain for /mnt: frozen");
}

static void what_a_limit_holds_back_is_not_the_devices_fault(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread blocked = { .state = 2, .syscall = CALL_READ, .flags = THREAD_IOWAIT };

	blocked.stack = stream_stack(&stream, "submit_bio_wait", "__blkdev_direct_IO_simple",
				     "blkdev_read_iter", "vfs_read", NULL);
	looked_begin(&stream, 0);
	stream_device(&stream, 7 << 20 | 3, "loop3", 0, 0);
	looked_task(&stream, 1, 0, "dd", 0);
	looked_asleep(&stream, 1, 6000, blocked);
	looked_relation_of(
		&stream,
		(struct event_relation){ .tid = 1, .kind = RELATION_LIMIT, .dev = 7 << 20 | 3 },
		"/jobs, rbps=1");
	report = looked_report(&stream);
	assert_row(report, 1, "kernel_lockup.blocked");
	process = looked_process(report, 1);
	assert_int_equal(process->cause, CAUSE_DISK_THROTTLED);
	assert_string_equal(process->subject.kind, "cgroup");
	assert_string_equal(process->subject.name, "/jobs, rbps=1 for loop3");
	assert_link(process, 0, "dd", "throttle");
	assert_link(process, 1, "/jobs, rbps=1 for loop3", "limit");
	assert_tells(process->advice.items, process->advice.count, "Raise the limit");
}

static void a_process_is_known_by_what_it_calls_itself(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 7);
	looked_task(&stream, 7, 0, "postgres", TASK_TARGET);
	stream_title(&stream, SECOND_LOOK_MS, 7, "postgres: app shop [local] idle in transaction");
	looked_asleep(&stream, 7, 5000, (struct event_thread){ .syscall = 232 });
	report = looked_report(&stream);
	process = looked_process(report, 7);
	assert_non_null(process);
	assert_string_equal(process->name, "postgres");
	assert_string_equal(process->subject.name,
			    "postgres: app shop [local] idle in transaction (7)");
	assert_tells(process->evidence.items, process->evidence.count,
		     "it calls itself \"postgres: app shop [local] idle in transaction\", a "
		     "PostgreSQL backend");
}

static void a_kernel_worker_has_the_name_of_its_workqueue(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	looked_task(&stream, 9, 0, "kworker/u8:2", TASK_KERNEL);
	stream_title(&stream, SECOND_LOOK_MS, 9, "flush-259:0");
	looked_asleep(&stream, 9, 5000, (struct event_thread){ .state = 2 });
	looked_log(&stream, 10, 9, "INFO: task kworker/u8:2:9 blocked for more than 120 seconds.");
	report = looked_report(&stream);
	process = looked_process(report, 9);
	assert_non_null(process);
	assert_string_equal(process->name, "kworker/u8:2-flush-259:0");
	assert_tells(process->log.items, process->log.count, "blocked for more than 120 seconds");
}

static void a_lock_that_only_a_program_knows_is_told_by_its_title(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	for (uint32_t tid = 5; tid <= 8; tid++) {
		looked_task(&stream, tid, 0, tid == 8 ? "psql" : "postgres", 0);
		looked_asleep(&stream, tid, 4000 + tid, (struct event_thread){ .syscall = 232 });
	}
	stream_title(&stream, SECOND_LOOK_MS, 5, "postgres: app shop [local] UPDATE waiting");
	stream_title(&stream, SECOND_LOOK_MS, 6, "postgres: app shop [local] idle in transaction");
	stream_title(&stream, SECOND_LOOK_MS, 7, "postgres: app shop [local] idle");
	looked_relation(&stream, 8, RELATION_SOCKET, 5, RELATION_PROCESS, "socket:[8]");
	report = looked_report(&stream);
	assert_row(report, 5, "user_lockup.program");
	process = looked_process(report, 5);
	assert_string_equal(process->subject.kind, "lock");
	assert_tells(process->evidence.items, process->evidence.count,
		     "it may be held by postgres: app shop [local] idle in transaction (6)");
	for (size_t i = 0; i < process->evidence.count; i++)
		assert_null(strstr(process->evidence.items[i].words, "idle (7)"));
	assert_null(looked_process(report, 7));
	/* Whoever waits for its answer is behind it, however idle it looks. */
	assert_row(report, 8, "user_lockup.behind");
}

static void who_polls_is_told_who_may_answer(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 1);
	looked_task(&stream, 1, 0, "proxy", TASK_TARGET);
	looked_task(&stream, 2, 0, "server", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){ .syscall = 232 });
	looked_asleep(&stream, 2, 5000, (struct event_thread){ .state = 4, .syscall = -1 });
	looked_relation_of(&stream,
			   (struct event_relation){ .tid = 1,
						    .peer = 2,
						    .kind = RELATION_SOCKET,
						    .flags = RELATION_PROCESS | RELATION_POLLED |
							     RELATION_OTHERS,
						    .object = 3 },
			   "socket:[77]");
	report = looked_report(&stream);
	assert_row(report, 1, "idle.asleep");
	process = looked_process(report, 1);
	assert_int_equal(process->chain.count, 1);
	assert_tells(process->evidence.items, process->evidence.count,
		     "one of 3 that it polls: socket:[77] leads to server (2): stopped");
}

static void a_zombie_is_blamed_on_its_parent(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "parent", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_task(&stream, 2, 0, "child", 0);
	looked_asleep(&stream, 2, 0, (struct event_thread){ .state = 32, .exit_code = 3 << 8 });
	report = looked_report(&stream);
	assert_row(report, 2, "zombie.unreaped");
	process = looked_process(report, 2);
	assert_words(process->words, "ended with exit status 3");
	assert_string_equal(process->subject.name, "parent (1)");
	assert_tells(process->evidence.items, process->evidence.count, "its parent is parent (1)");
	assert_int_equal(report->exit_status, 16);
}

static void a_crash_names_the_signal_and_the_core(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	stream_fact(&stream, "kernel.core_pattern", "core.%p");
	stream_fact(&stream, "process.2.core_limit", "0");
	looked_task(&stream, 2, 0, "crash", 0);
	looked_asleep(&stream, 2, 0, (struct event_thread){ .state = 32, .exit_code = 11 });
	looked_log(&stream, FIRST_LOOK_MS, 2, "crash[2]: segfault at 0 ip 5 sp 7 error 6 in crash");
	report = looked_report(&stream);
	assert_row(report, 2, "user_crash.zombie");
	process = looked_process(report, 2);
	assert_string_equal(process->subject.name, "SIGSEGV (11)");
	assert_tells(process->evidence.items, process->evidence.count,
		     "No core was written: the limit (ulimit -c) was 0 B.");
	assert_tells(process->log.items, process->log.count, "segfault at 0");
	assert_int_equal(process->cause, CAUSE_CRASH_SIGNAL);
}

static void a_crash_of_one_that_is_no_more_is_told_when_it_is_recent(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "init", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	looked_log(&stream, FIRST_LOOK_MS, 77, "gone[77]: segfault at 0 ip 5 sp 7 error 6");
	report = looked_report(&stream);
	assert_row(report, 77, "user_crash.log");
	assert_string_equal(looked_process(report, 77)->name, "gone");
	assert_words(looked_process(report, 77)->words, "it no longer exists");
}

static void a_lock_that_only_a_program_knows_is_told_by_its_functions(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;
	struct event_thread thread = { .state = 1 };

	looked_begin(&stream, 0);
	looked_task(&stream, 5, 0, "postgres", 0);
	looked_task(&stream, 6, 0, "postgres", 0);
	thread.stack = stream_stack(&stream, "do_epoll_wait", "__x64_sys_epoll_wait",
				    "do_syscall_64", NULL);
	thread.user_stack = stream_user_stack(&stream, "epoll_wait", "WaitLatch", "ProcSleep",
					      "LockAcquireExtended", "heap_update", NULL);
	looked_asleep(&stream, 5, 4150, thread);
	thread.user_stack = stream_user_stack(&stream, "epoll_wait", "WaitLatch", "ClientRead",
					      "PostgresMain", NULL);
	looked_asleep(&stream, 6, 4150, thread);
	report = looked_report(&stream);
	assert_row(report, 5, "user_lockup.program");
	process = looked_process(report, 5);
	assert_int_equal(process->cause, CAUSE_LOCK_USER);
	assert_string_equal(process->subject.kind, "lock");
	assert_words(process->subject.name, "PostgreSQL");
	assert_int_equal(process->advice.count, 1);
	assert_tells(process->advice.items, process->advice.count, "pg_blocking_pids");
	assert_null(looked_process(report, 6));
}

static void a_block_request_inside_fsync_is_what_fsync_demanded(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	struct event_thread thread = { .state = 2 };

	looked_begin(&stream, 0);
	looked_task(&stream, 5, 0, "syncer", 0);
	looked_task(&stream, 6, 0, "reader", 0);
	thread.stack = stream_stack(&stream, "folio_wait_bit", "folio_wait_writeback",
				    "__filemap_fdatawait_range", "file_write_and_wait_range",
				    "ext4_sync_file", "__x64_sys_fsync", NULL);
	looked_asleep(&stream, 5, 9000, thread);
	thread.stack = stream_stack(&stream, "folio_wait_bit", "filemap_read", "vfs_read", NULL);
	looked_asleep(&stream, 6, 9000, thread);
	report = looked_report(&stream);
	assert_int_equal(looked_process(report, 5)->cause, CAUSE_FS_SYNC);
	assert_int_equal(looked_process(report, 6)->cause, CAUSE_DISK_DEVICE);
}

static void who_gets_on_is_told_as_it_stands_at_that_moment(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	struct event_thread thread = { .tid = 5, .state = 2, .since_ns = 1 };

	looked_begin(&stream, 5);
	looked_task(&stream, 5, 0, "creators", TASK_TARGET);
	thread.stack = stream_stack(&stream, "rwsem_down_write_slowpath", "down_write",
				    "do_unlinkat", "__x64_sys_unlink", NULL);
	looked_once(&stream, 1, thread);
	thread.run_ns = MS(10);
	thread.switches = 100;
	looked_once(&stream, 2, thread);
	report = looked_report(&stream);
	assert_row(report, 5, "slow.moves");
	assert_link(looked_process(report, 5), 0, "creators", "blocked");
	assert_words(looked_process(report, 5)->chain.items[0].detail, "i_rwsem");
}

static void a_spinner_without_user_stacks_may_be_computing(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "spin", 0);
	looked_running(&stream, 1, 990, (struct event_thread){ .syscall = THREAD_SYSCALL_NONE });
	report = looked_report(&stream);
	assert_row(report, 1, "spinning.user");
	process = looked_process(report, 1);
	assert_words(process->words, "ran 990 ms of 1.00 s");
	assert_tells(process->evidence.items, process->evidence.count, "it may be computing");
	assert_int_equal(process->ns, 0);
}

static void a_named_process_is_told_whatever_its_class(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	struct event_thread idle = { .syscall = 232 };

	idle.stack = stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL);
	looked_begin(&stream, 1);
	looked_task(&stream, 1, 0, "server", TASK_TARGET);
	looked_task(&stream, 2, 0, "other", 0);
	looked_asleep(&stream, 1, 5000, idle);
	looked_asleep(&stream, 2, 5000, (struct event_thread){ .state = 2 });
	report = looked_report(&stream);
	assert_row(report, 1, "idle.asleep");
	assert_null(looked_process(report, 2));
	assert_int_equal(looked_process(report, 1)->cause, CAUSE_WAIT_IDLE);
	assert_int_equal(report->exit_status, 0);
}

static void progress_is_told_in_numbers(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct event_thread before = { .tid = 1, .state = 2, .syscall = CALL_READ };
	struct event_thread after = before;

	after.run_ns = MS(42);
	after.switches = 120;
	after.io_calls = 35;
	after.io_bytes = 1 << 20;
	looked_begin(&stream, 1);
	looked_task(&stream, 1, 0, "cp", TASK_TARGET);
	looked_once(&stream, 1, before);
	looked_once(&stream, 2, after);
	report = looked_report(&stream);
	assert_row(report, 1, "slow.moves");
	assert_tells(looked_process(report, 1)->evidence.items,
		     looked_process(report, 1)->evidence.count,
		     "42.0 ms of CPU time, 120 switches, 35 reads and writes of 1 MiB");
}

static void what_the_machine_tells_of_a_blocked_one_is_evidence(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	stream_fact(&stream, "kernel.tainted", "4225");
	stream_fact(&stream, "process.7.unreadable", "its mappings could not be read");
	looked_task(&stream, 7, 0, "victim", 0);
	looked_asleep(&stream, 7, 5000, (struct event_thread){ .state = 2 });
	report = looked_report(&stream);
	process = looked_process(report, 7);
	assert_non_null(process);
	assert_tells(process->evidence.items, process->evidence.count, "(kernel.tainted, D)");
	assert_tells(process->evidence.items, process->evidence.count, "could not be read");
}

static void hung_task_lines_stand_with_the_process(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_process *process;

	looked_begin(&stream, 0);
	looked_task(&stream, 9, 0, "jbd2/vda-8", TASK_KERNEL);
	looked_asleep(&stream, 9, 5000, (struct event_thread){ .state = 2 });
	looked_log(&stream, 10, 9, "INFO: task jbd2/vda-8:9 blocked for more than 120 seconds.");
	report = looked_report(&stream);
	process = looked_process(report, 9);
	assert_non_null(process);
	assert_tells(process->log.items, process->log.count, "blocked for more than 120 seconds");
	assert_int_equal(process->cause, CAUSE_KERNEL_HANG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadlock_is_told_with_its_chain),
		cmocka_unit_test(a_leaf_that_is_no_more_is_named),
		cmocka_unit_test(a_pipe_that_nobody_writes_is_told),
		cmocka_unit_test(a_wakeup_that_was_lost_leaves_nobody),
		cmocka_unit_test(a_request_in_flight_is_the_leaf_of_a_blocked_one),
		cmocka_unit_test(a_frozen_file_system_is_the_cause),
		cmocka_unit_test(the_frozen_file_system_is_named_where_the_stack_says_it_is_one),
		cmocka_unit_test(who_waits_for_one_that_a_freeze_holds_is_behind_it),
		cmocka_unit_test(what_a_limit_holds_back_is_not_the_devices_fault),
		cmocka_unit_test(a_process_is_known_by_what_it_calls_itself),
		cmocka_unit_test(a_kernel_worker_has_the_name_of_its_workqueue),
		cmocka_unit_test(a_lock_that_only_a_program_knows_is_told_by_its_title),
		cmocka_unit_test(who_polls_is_told_who_may_answer),
		cmocka_unit_test(a_zombie_is_blamed_on_its_parent),
		cmocka_unit_test(a_crash_names_the_signal_and_the_core),
		cmocka_unit_test(a_crash_of_one_that_is_no_more_is_told_when_it_is_recent),
		cmocka_unit_test(a_lock_that_only_a_program_knows_is_told_by_its_functions),
		cmocka_unit_test(a_block_request_inside_fsync_is_what_fsync_demanded),
		cmocka_unit_test(who_gets_on_is_told_as_it_stands_at_that_moment),
		cmocka_unit_test(a_spinner_without_user_stacks_may_be_computing),
		cmocka_unit_test(a_named_process_is_told_whatever_its_class),
		cmocka_unit_test(progress_is_told_in_numbers),
		cmocka_unit_test(what_the_machine_tells_of_a_blocked_one_is_evidence),
		cmocka_unit_test(hung_task_lines_stand_with_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
