/* Does the right row of the decision table fit? The stacks were seen on real machines. */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static void assert_judged(const struct stuck *stuck, uint32_t pid, const char *row)
{
	const struct process_seen *process = stuck_process_of(stuck, pid);

	assert_non_null(process);
	assert_string_equal(stuck_row_id((enum stuck_row)process->row), row);
}

static struct event_thread on(uint64_t stack, uint32_t state, int32_t syscall)
{
	return (struct event_thread){ .stack = stack, .state = state, .syscall = syscall };
}

static uint64_t pipe_stack(struct stream *stream)
{
	return stream_stack(stream, "anon_pipe_read", "vfs_read", "ksys_read", "do_syscall_64",
			    "entry_SYSCALL_64_after_hwframe", NULL);
}

static uint64_t epoll_stack(struct stream *stream)
{
	return stream_stack(stream, "ep_poll", "do_epoll_wait", "__x64_sys_epoll_wait",
			    "do_syscall_64", NULL);
}

static uint64_t sleep_stack(struct stream *stream)
{
	return stream_stack(stream, "hrtimer_nanosleep", "common_nsleep",
			    "__x64_sys_clock_nanosleep", "do_syscall_64", NULL);
}

/* A reader of a pipe whose other end a thread in this state holds. */
static void expect_reader(struct event_thread writer, const char *row)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "reader", 0);
	looked_task(&stream, 2, 0, "writer", 0);
	looked_asleep(&stream, 1, 5000, on(pipe_stack(&stream), 1, CALL_READ));
	if (writer.syscall == CALL_NANOSLEEP)
		writer.stack = sleep_stack(&stream);
	if (writer.syscall == 232)
		writer.stack = epoll_stack(&stream);
	looked_asleep(&stream, 2, 6000, writer);
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[4711]");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, row);
}

static void a_reader_stands_as_its_writer_does(void **state)
{
	expect_reader(on(0, 1, 232), "idle.behind");
	expect_reader(on(0, 1, CALL_NANOSLEEP), "user_lockup.quiet");
	expect_reader(on(0, 4, -1), "user_lockup.behind");
	expect_reader(on(0, 2, CALL_READ), "user_lockup.behind");
}

static void who_waits_for_one_that_nobody_answers_is_behind_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	for (uint32_t tid = 1; tid <= 4; tid++)
		looked_task(&stream, tid, 0, "subject", 0);
	looked_asleep(&stream, 1, 5000, on(pipe_stack(&stream), 1, CALL_READ));
	looked_asleep(&stream, 2, 5000, on(pipe_stack(&stream), 1, CALL_READ));
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	looked_relation(&stream, 2, RELATION_PIPE, 0, RELATION_NOBODY, "pipe:[2]");
	/* What waits for one that only a signal's handler could wake may be meant so. */
	looked_asleep(&stream, 3, 5000, on(pipe_stack(&stream), 1, CALL_READ));
	looked_asleep(&stream, 4, 5000, looked_futex(0, 0x1000, 0x80));
	looked_relation(&stream, 3, RELATION_PIPE, 4, RELATION_PROCESS, "pipe:[3]");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "user_lockup.behind");
	assert_judged(stuck, 2, "user_lockup.nobody");
	assert_judged(stuck, 3, "user_lockup.quiet");
	assert_judged(stuck, 4, "user_lockup.unwakeable");
}

/* A waiter for the file lock that an idle thread in this state holds. */
static void expect_lock_waiter(struct stream *stream, struct event_thread holder, const char *row)
{
	owns(stuck_free) struct stuck *stuck = NULL;
	uint64_t stack = stream_stack(stream, "fcntl_setlk", "do_fcntl", "__x64_sys_fcntl", NULL);

	looked_begin(stream, 0);
	looked_task(stream, 1, 0, "waiter", 0);
	looked_task(stream, 2, 0, "holder", 0);
	looked_asleep(stream, 1, 5000, on(stack, 1, 72));
	looked_asleep(stream, 2, 9000, holder);
	looked_relation(stream, 1, RELATION_FILE_LOCK, 2, 0, "db.lock");
	stuck = looked_judge(stream);
	assert_judged(stuck, 1, row);
	assert_judged(stuck, 2, "idle.asleep");
}

static void a_file_lock_held_by_a_sleeper_is_a_lockup(void **state)
{
	owns(stream_free) struct stream stream = {};

	expect_lock_waiter(&stream, on(sleep_stack(&stream), 1, CALL_NANOSLEEP),
			   "user_lockup.held");
}

static void a_lock_held_in_an_event_loop_may_be_meant_so(void **state)
{
	owns(stream_free) struct stream stream = {};

	expect_lock_waiter(&stream, on(epoll_stack(&stream), 1, 232), "user_lockup.quiet");
	assert_false(stuck_row_is_told(ROW_QUIET_PEER));
}

/* One that polls this one descriptor, whose other end a thread in that state has. */
static void expect_poller(struct event_thread peer, uint64_t timeout, const char *row)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread poller = on(0, 1, 7);

	poller.arguments[2] = timeout;
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "client", 0);
	looked_task(&stream, 2, 0, "server", 0);
	looked_asleep(&stream, 1, 5000, poller);
	looked_asleep(&stream, 2, 9000, peer);
	looked_relation_of(&stream,
			   (struct event_relation){ .tid = 1,
						    .peer = 2,
						    .kind = RELATION_SOCKET,
						    .flags = RELATION_PROCESS | RELATION_POLLED,
						    .object = 1 },
			   "socket:[1]");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, row);
	assert_int_equal(thread_has_timeout(stuck_thread(stuck, 1)), timeout != UINT32_MAX);
}

static void who_polls_is_behind_one_that_is_stuck_only(void **state)
{
	expect_poller(on(0, 4, -1), UINT32_MAX, "user_lockup.behind");
	expect_poller(on(0, 2, CALL_READ), UINT32_MAX, "user_lockup.behind");
	expect_poller(on(0, 1, CALL_NANOSLEEP), UINT32_MAX, "idle.behind");
	expect_poller(on(0, 1, 232), UINT32_MAX, "idle.behind");
	expect_poller(on(0, 1, 232), 60000, "idle.behind");
}

static void a_parent_that_waits_for_a_sleeping_child_is_idle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	uint64_t stack = stream_stack(&stream, "do_wait", "kernel_wait4", "do_syscall_64", NULL);

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "bash", 0);
	looked_task(&stream, 2, 0, "sleep", 0);
	looked_task(&stream, 3, 0, "make", 0);
	looked_task(&stream, 4, 0, "cp", 0);
	looked_asleep(&stream, 1, 5000, on(stack, 1, 61));
	looked_asleep(&stream, 2, 5000, on(sleep_stack(&stream), 1, CALL_NANOSLEEP));
	looked_asleep(&stream, 3, 5000, on(stack, 1, 61));
	looked_asleep(&stream, 4, 6000,
		      on(stream_stack(&stream, "folio_wait_bit_common", "filemap_read", NULL), 2,
			 CALL_READ));
	looked_relation(&stream, 1, RELATION_CHILD, 2, 0, "");
	looked_relation(&stream, 3, RELATION_CHILD, 4, 0, "");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "idle.behind");
	assert_judged(stuck, 2, "idle.asleep");
	assert_judged(stuck, 3, "user_lockup.child");
	assert_false(stuck_row_is_told(ROW_CHILD_STUCK));
	assert_judged(stuck, 4, "kernel_lockup.blocked");
}

static void a_parent_whose_child_is_deadlocked_waits_for_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	uint64_t stack = stream_stack(&stream, "do_wait", "kernel_wait4", "do_syscall_64", NULL);
	uint64_t futex = stream_stack(&stream, "futex_do_wait", "__futex_wait", "do_futex", NULL);

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "bash", 0);
	looked_task(&stream, 2, 0, "abba", 0);
	looked_task(&stream, 3, 2, "abba-b", 0);
	looked_asleep(&stream, 1, 8000, on(stack, 1, 61));
	looked_asleep(&stream, 2, 8000, looked_futex(futex, 0x1000, 0x80));
	looked_asleep(&stream, 3, 8000, looked_futex(futex, 0x2000, 0x80));
	looked_relation(&stream, 1, RELATION_CHILD, 2, 0, "");
	looked_relation(&stream, 2, RELATION_FUTEX, 3, 0, "");
	looked_relation(&stream, 3, RELATION_FUTEX, 2, 0, "");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "user_lockup.child");
	assert_judged(stuck, 2, "user_lockup.deadlock");
}

/* Blocked for so long in this function, without anybody known to have what it needs. */
static void expect_blocked(const char *function, double ms, const char *row)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "subject", 0);
	looked_asleep(&stream, 1, ms, on(stream_stack(&stream, function, NULL), 2, CALL_READ));
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, row);
}

static void a_slow_device_is_not_stuck_at_once(void **state)
{
	expect_blocked("folio_wait_bit_common", 1200, "slow.blocked");
	expect_blocked("folio_wait_bit_common", 2100, "kernel_lockup.blocked");
	expect_blocked("jbd2_log_wait_commit", 4000, "slow.blocked");
	expect_blocked("jbd2_log_wait_commit", 0, "slow.blocked"); /* not known, but for a second */
	expect_blocked("blk_throtl_bio", 1200, "kernel_lockup.blocked");
	expect_blocked("some_driver_ioctl", 1200, "kernel_lockup.blocked");
}

static void who_waits_for_one_that_is_only_slow_is_slow(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "waiter", 0);
	looked_task(&stream, 2, 0, "writer", 0);
	looked_asleep(&stream, 1, 1900, looked_futex(0, 0x1000, 0x80));
	looked_asleep(&stream, 2, 1900,
		      on(stream_stack(&stream, "folio_wait_bit_common", "folio_wait_writeback",
				      "ext4_sync_file", NULL),
			 2, 74));
	looked_relation(&stream, 1, RELATION_FUTEX, 2, 0, "");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "slow.behind");
	assert_judged(stuck, 2, "slow.blocked");
}

static void who_waits_for_a_lock_whose_owner_gets_on_is_slow(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread blocked = { .state = 2, .lock = 0xffff888000001000 };

	blocked.lock_owner = 2;
	blocked.lock_kind = BLOCKER_RWSEM_READER;
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "ls", 0);
	looked_task(&stream, 2, 0, "rm", 0);
	looked_asleep(&stream, 1, 8000, blocked);
	looked_running(&stream, 2, 300, (struct event_thread){ .syscall = CALL_READ });
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "slow.behind");
}

static void who_waits_for_a_stopped_file_system_daemon_is_behind_it(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	uint64_t stack = stream_stack(&stream, "request_wait_answer", "__fuse_simple_request",
				      "fuse_do_getattr", "vfs_statx", NULL);

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "ls", 0);
	looked_task(&stream, 2, 0, "sshfs", 0);
	looked_asleep(&stream, 1, 5000, on(stack, 2, 262));
	looked_asleep(&stream, 2, 5000, on(0, 4, -1));
	looked_relation(&stream, 1, RELATION_FUSE, 2, RELATION_PROCESS, "/mnt/x");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "user_lockup.behind");
	assert_judged(stuck, 2, "stopped.signal");
}

static void who_was_killed_and_is_blocked_does_not_die(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread blocked = { .state = 2, .flags = THREAD_KILLED };

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "umount", 0);
	looked_asleep(&stream, 1, 5000, blocked);
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "kernel_lockup.killed");
}

static void a_lock_whose_owner_died_in_the_kernel_is_an_orphan(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread blocked = {
		.state = 2, .lock = 0xffff888000001000, .lock_kind = BLOCKER_MUTEX, .lock_owner = 55
	};

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "zpool", 0);
	looked_asleep(&stream, 1, 5000, blocked);
	looked_log(&stream, 1, 55, "kernel BUG at fs/inode.c:1!");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "kernel_lockup.owner");
}

static void a_process_in_which_the_kernel_failed_is_a_crash_of_the_kernel(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 9, 0, "txg_sync", TASK_KERNEL);
	looked_asleep(&stream, 9, 5000, on(stream_stack(&stream, "spl_panic", NULL), 2, -1));
	looked_log(&stream, 1, 0, "VERIFY3(0 == 1) failed (0 == 1)");
	looked_log(&stream, 1.1, 9, "CPU: 0 PID: 9 Comm: txg_sync Tainted: P OE");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 9, "kernel_crash.log");
}

static void idle_kernel_threads_are_not_blocked(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 8, 0, "kworker/0:1", TASK_KERNEL);
	looked_task(&stream, 9, 0, "txg_quiesce", TASK_KERNEL);
	looked_asleep(&stream, 8, 5000,
		      on(stream_stack(&stream, "worker_thread", "kthread", NULL), 0x402, -1));
	looked_asleep(&stream, 9, 5000,
		      on(stream_stack(&stream, "txg_quiesce_thread", "kthread", NULL), 2, -1));
	stuck = looked_judge(&stream);
	assert_judged(stuck, 8, "idle.asleep");
	assert_judged(stuck, 9, "idle.asleep");
}

static void zombies_are_told_from_those_that_died_of_a_fault(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	for (uint32_t tid = 1; tid <= 4; tid++)
		looked_task(&stream, tid, 0, "child", 0);
	looked_asleep(&stream, 1, 0, (struct event_thread){ .state = 32, .exit_code = 3 << 8 });
	looked_asleep(&stream, 2, 0, (struct event_thread){ .state = 32, .exit_code = 11 | 0x80 });
	looked_asleep(&stream, 3, 0, (struct event_thread){ .state = 32, .exit_code = 9 });
	looked_once(&stream, 2, (struct event_thread){ .tid = 4, .state = 32 });
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "zombie.unreaped");
	assert_judged(stuck, 2, "user_crash.zombie");
	assert_judged(stuck, 3, "zombie.unreaped");
	assert_judged(stuck, 4, "ended.reaped");
}

static void a_leader_that_ended_before_its_threads_is_no_zombie(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "main", 0);
	looked_task(&stream, 2, 1, "worker", 0);
	looked_asleep(&stream, 1, 0, (struct event_thread){ .state = 32 });
	looked_running(&stream, 2, 100, (struct event_thread){ .syscall = CALL_READ });
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "slow.moves");
}

static void stops_are_told_by_who_made_them(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	for (uint32_t tid = 1; tid <= 5; tid++)
		looked_task(&stream, tid, 0, "subject", 0);
	looked_asleep(&stream, 1, 5000, on(0, 4, CALL_READ));
	looked_asleep(&stream, 2, 5000, on(0, 8, -1));
	looked_asleep(&stream, 3, 5000,
		      (struct event_thread){ .state = 1, .flags = THREAD_FROZEN });
	looked_asleep(&stream, 4, 5000, on(stream_stack(&stream, "do_poll", NULL), 1, 7));
	looked_asleep(&stream, 5, 5000,
		      on(stream_stack(&stream, "do_wait", "kernel_wait4", NULL), 1, 61));
	looked_relation(&stream, 2, RELATION_TRACER, 4, 0, "");
	/* It was stopped while it read: it waits for nobody's answer now. */
	looked_relation(&stream, 1, RELATION_PIPE, 4, RELATION_PROCESS, "pipe:[1]");
	looked_relation(&stream, 5, RELATION_CHILD, 1, 0, "");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "stopped.signal");
	assert_judged(stuck, 5, "user_lockup.child");
	assert_judged(stuck, 2, "stopped.tracer");
	assert_judged(stuck, 3, "stopped.frozen");
}

static void a_quiet_wait_says_nothing_while_others_of_the_process_get_on(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "server", 0);
	looked_task(&stream, 2, 1, "worker", 0);
	looked_task(&stream, 3, 0, "sleeper", 0);
	looked_asleep(&stream, 1, 5000, on(pipe_stack(&stream), 1, CALL_READ));
	looked_running(&stream, 2, 100, (struct event_thread){ .syscall = CALL_READ });
	looked_asleep(&stream, 3, 5000, on(sleep_stack(&stream), 1, CALL_NANOSLEEP));
	looked_relation(&stream, 1, RELATION_PIPE, 3, RELATION_PROCESS, "pipe:[1]");
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "slow.moves");
}

static void one_blocked_thread_is_told_even_when_others_get_on(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "server", 0);
	looked_task(&stream, 2, 1, "worker", 0);
	looked_running(&stream, 1, 100, (struct event_thread){ .syscall = CALL_READ });
	looked_asleep(&stream, 2, 6000,
		      on(stream_stack(&stream, "folio_wait_bit_common", NULL), 2, CALL_READ));
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "kernel_lockup.blocked");
}

static void who_runs_in_the_kernel_is_not_told_to_spin(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "user", 0);
	looked_task(&stream, 2, 0, "kernel", 0);
	looked_task(&stream, 3, 0, "kthread", TASK_KERNEL);
	looked_running(&stream, 1, 999, (struct event_thread){ .syscall = THREAD_SYSCALL_NONE });
	looked_running(&stream, 2, 999, (struct event_thread){ .syscall = CALL_READ });
	looked_running(&stream, 3, 999, (struct event_thread){ .syscall = THREAD_SYSCALL_NONE });
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "spinning.user");
	assert_judged(stuck, 2, "slow.moves");
	assert_judged(stuck, 3, "slow.moves");
}

static void who_waits_in_a_circle_of_kernel_locks_is_deadlocked(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread blocked = on(0, 2, 87);

	blocked.stack = stream_stack(&stream, "do_unlinkat", "__x64_sys_unlink", NULL);
	blocked.lock_kind = BLOCKER_RWSEM_WRITER;
	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "rm", 0);
	looked_task(&stream, 2, 0, "mv", 0);
	blocked.lock_owner = 2;
	looked_asleep(&stream, 1, 5000, blocked);
	blocked.lock_owner = 1;
	looked_asleep(&stream, 2, 5000, blocked);
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "kernel_lockup.deadlock");
	assert_judged(stuck, 2, "kernel_lockup.deadlock");
}

/* Only one who still runs, and only for a while: the log keeps its lines. */
static void who_keeps_a_cpu_stalls_while_the_log_is_fresh(void **state)
{
	static const struct {
		double log_ms;
		const char *row;
	} CASES[] = { { 9500, "kernel_lockup.stall" }, { -60000, "slow.moves" } };

	for (size_t i = 0; i < 2; i++) {
		owns(stream_free) struct stream stream = {};
		owns(stuck_free) struct stuck *stuck = NULL;

		looked_begin(&stream, 0);
		looked_task(&stream, 9, 0, "spinner", 0);
		looked_log(&stream, CASES[i].log_ms, 0,
			   "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [spinner:9]");
		looked_log(&stream, CASES[i].log_ms + 1, 9,
			   "CPU: 1 PID: 9 Comm: spinner Not tainted 6.1.0");
		looked_running(&stream, 9, 999, (struct event_thread){ .syscall = CALL_READ });
		stuck = looked_judge(&stream);
		assert_judged(stuck, 9, CASES[i].row);
	}
}

static void whose_core_is_being_written_has_crashed(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "victim", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){ .flags = THREAD_DUMPING });
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "user_crash.dumping");
}

static void who_is_ready_but_gets_no_cpu_is_starved(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	struct event_thread ready = { .tid = 1, .syscall = THREAD_SYSCALL_NONE };

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "hungry", 0);
	looked_once(&stream, 1, ready);
	looked_once(&stream, 2, ready);
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "slow.starved");
}

static void who_is_not_there_at_the_second_look_is_no_more(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "short", 0);
	looked_task(&stream, 2, 0, "other", 0);
	looked_once(&stream, 1, (struct event_thread){ .tid = 1, .state = 1 });
	looked_asleep(&stream, 2, 5000, (struct event_thread){});
	stuck = looked_judge(&stream);
	assert_judged(stuck, 1, "ended.gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_stands_as_its_writer_does),
		cmocka_unit_test(who_waits_for_one_that_nobody_answers_is_behind_it),
		cmocka_unit_test(a_file_lock_held_by_a_sleeper_is_a_lockup),
		cmocka_unit_test(a_lock_held_in_an_event_loop_may_be_meant_so),
		cmocka_unit_test(who_polls_is_behind_one_that_is_stuck_only),
		cmocka_unit_test(a_parent_that_waits_for_a_sleeping_child_is_idle),
		cmocka_unit_test(a_parent_whose_child_is_deadlocked_waits_for_it),
		cmocka_unit_test(a_slow_device_is_not_stuck_at_once),
		cmocka_unit_test(who_waits_for_one_that_is_only_slow_is_slow),
		cmocka_unit_test(who_waits_for_a_lock_whose_owner_gets_on_is_slow),
		cmocka_unit_test(who_waits_for_a_stopped_file_system_daemon_is_behind_it),
		cmocka_unit_test(who_was_killed_and_is_blocked_does_not_die),
		cmocka_unit_test(a_lock_whose_owner_died_in_the_kernel_is_an_orphan),
		cmocka_unit_test(a_process_in_which_the_kernel_failed_is_a_crash_of_the_kernel),
		cmocka_unit_test(idle_kernel_threads_are_not_blocked),
		cmocka_unit_test(zombies_are_told_from_those_that_died_of_a_fault),
		cmocka_unit_test(a_leader_that_ended_before_its_threads_is_no_zombie),
		cmocka_unit_test(stops_are_told_by_who_made_them),
		cmocka_unit_test(a_quiet_wait_says_nothing_while_others_of_the_process_get_on),
		cmocka_unit_test(one_blocked_thread_is_told_even_when_others_get_on),
		cmocka_unit_test(who_runs_in_the_kernel_is_not_told_to_spin),
		cmocka_unit_test(who_waits_in_a_circle_of_kernel_locks_is_deadlocked),
		cmocka_unit_test(who_keeps_a_cpu_stalls_while_the_log_is_fresh),
		cmocka_unit_test(whose_core_is_being_written_has_crashed),
		cmocka_unit_test(who_is_ready_but_gets_no_cpu_is_starved),
		cmocka_unit_test(who_is_not_there_at_the_second_look_is_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
