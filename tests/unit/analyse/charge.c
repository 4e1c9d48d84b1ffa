/* Is the time of a wait charged to what the other side did meanwhile? */
#include "analyse/charge.h"

#include <stdio.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

#define VDA 0xfe00000u

static void a_sync_is_charged_through_the_journal_to_the_flush(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t commit =
		stream_stack(&stream, "schedule", "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	uint64_t flush =
		stream_stack(&stream, "io_schedule", "submit_bio_wait", "blkdev_issue_flush", NULL);
	uint64_t idle = stream_stack(&stream, "ep_poll", NULL);

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "cp", TASK_TARGET);
	stream_task(&stream, 77, "jbd2/vda-8", TASK_KERNEL);
	stream_device(&stream, VDA, "vda", DEVICE_WRITE_CACHE, 0);
	stream_file(&stream, VDA, 5, "journal.log");
	stream_run(&stream, 10, 0, 100, 0);
	stream_wait(&stream, 77, 0, 100,
		    (struct event_wait){ .stack = idle, .waker_tid = 10, .syscall = -1 });
	stream_run(&stream, 77, 100, 110, 10);
	stream_request(&stream, 1, VDA, REQUEST_FLUSH, 77, (double[]){ 110, 111, 890 });
	stream_wait(&stream, 77, 110, 890,
		    (struct event_wait){ .stack = flush,
					 .syscall = -1,
					 .flags = SPAN_REQUEST | SPAN_WOKEN_SOFTIRQ,
					 .request = 1,
					 .request_dev = VDA });
	stream_run(&stream, 77, 890, 900, 10);
	stream_wait(&stream, 10, 100, 900,
		    (struct event_wait){ .stack = commit,
					 .waker_tid = 77,
					 .syscall = 74,
					 .file_dev = VDA,
					 .file_inode = 5 });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_death(&stream, 10, 1000);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	finding = &verdict->findings.items[0];
	assert_int_equal(finding->cause, CAUSE_FS_SYNC);
	assert_string_equal(finding->subject.kind, "device");
	assert_string_equal(finding->subject.name, "vda");
	assert_near(finding->share, 0.78);
	assert_near(finding->speedup_limit, 1 / 0.22);
	assert_int_equal(finding->confidence, CONFIDENCE_HIGH);

	assert_int_equal(finding->chain.count, 3);
	assert_string_equal(finding->chain.items[0].who, "cp");
	assert_string_equal(finding->chain.items[0].state, "fs.journal");
	assert_string_equal(finding->chain.items[1].who, "jbd2/vda-8");
	assert_string_equal(finding->chain.items[1].state, "fs.sync");
	assert_string_equal(finding->chain.items[2].who, "vda");
	assert_string_equal(finding->chain.items[2].state, "disk.device");
	assert_string_equal(finding->chain.items[2].detail, "flush");
	assert_true(finding_tells(finding, "1 flush of vda, median 779 ms"));
	assert_true(finding_tells(finding, "in fsync of journal.log (ext4 on vda)"));

	/* What the journal's thread ran for is the commit's own. */
	assert_near(verdict_share(verdict, CAUSE_FS_JOURNAL, "jbd2/vda-8"), 0.02);
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "cp"), 0.2);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_lock_whose_holder_runs_is_the_lock_s_fault(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t lock = stream_stack(&stream, "schedule_preempt_disabled", "__mutex_lock", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "waiter", TASK_TARGET);
	stream_task(&stream, 11, "holder", 0);
	stream_queue(&stream, 11, 1, -1, 0);
	stream_run(&stream, 11, 0, 1000, 500);
	stream_wait(&stream, 10, 0, 900,
		    (struct event_wait){ .stack = lock, .waker_tid = 11, .lock = 0xffff1 });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_LOCK_KERNEL, "mutex, held by holder");
	assert_non_null(finding);
	assert_near(finding->share, 0.9);
	assert_string_equal(finding->chain.items[0].state, "lock.kernel");
	assert_string_equal(finding->chain.items[1].who, "holder");
	assert_string_equal(finding->chain.items[1].state, "running");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_lock_without_a_name_is_told_by_its_address(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	/* The kernel leaves its lock functions out of a sleeper's stack, and nothing else has a
	 * name. */
	uint64_t stack = stream_stack(&stream, "", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "waiter", TASK_TARGET);
	stream_wait(&stream, 10, 0, 1000,
		    (struct event_wait){ .stack = stack, .lock = 0xffff888012345678u });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_LOCK_KERNEL, "0xffff888012345678"), 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_lock_whose_holder_reads_is_the_disk_s_fault(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t lock = stream_stack(&stream, "__mutex_lock", NULL);
	uint64_t read = stream_stack(&stream, "io_schedule", "folio_wait_bit_common", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "waiter", TASK_TARGET);
	stream_task(&stream, 11, "holder", 0);
	stream_device(&stream, VDA, "vda", 0, 0);
	stream_run(&stream, 11, 0, 100, 0);
	stream_request(&stream, 9, VDA, REQUEST_READ, 11, (double[]){ 100, 300, 800 });
	stream_wait(
		&stream, 11, 100, 800,
		(struct event_wait){
			.stack = read, .flags = SPAN_REQUEST, .request = 9, .request_dev = VDA });
	stream_run(&stream, 11, 800, 1000, 0);
	stream_wait(&stream, 10, 0, 900, (struct event_wait){ .stack = lock, .waker_tid = 11 });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_DISK_DEVICE, "vda"), 0.5);
	assert_near(verdict_share(verdict, CAUSE_DISK_QUEUE, "vda"), 0.2);
	assert_near(verdict_share(verdict, CAUSE_LOCK_KERNEL, "mutex"), 0.2);
	verdict_free(&verdict);
	stream_free(&stream);
}

/* Two processes of a program that has locks of its own: who lets one go wakes who waits for it. */
static void tell_program(struct stream *stream, const char *title, uint64_t user_stack,
			 uint32_t flags)
{
	uint64_t epoll = stream_stack(stream, "ep_poll", NULL);
	struct event_syscall call = {
		.head.time_ns = AT(901),
		.start_ns = AT(99),
		.tid = 10,
		.number = 232,
		.user_stack = user_stack,
	};

	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "postgres", TASK_TARGET);
	stream_task(stream, 20, "postgres", 0);
	if (title)
		stream_title(stream, 0, 10, title);
	stream_run(stream, 10, 0, 100, 0);
	stream_wait(stream, 20, 0, 890, (struct event_wait){ .stack = epoll, .syscall = 232 });
	stream_run(stream, 20, 890, 900, 0);
	stream_wait(stream, 10, 100, 900,
		    (struct event_wait){ .stack = epoll,
					 .waker_tid = flags & SPAN_OPEN_END ? 0 : 20,
					 .syscall = 232,
					 .flags = flags });
	if (user_stack)
		stream_add(stream, EVENT_SYSCALL, &call, sizeof(call));
	if (!(flags & SPAN_OPEN_END))
		stream_run(stream, 10, 900, 1000, 0);
	stream_end(stream, flags & SPAN_OPEN_END ? 900 : 1000);
}

static void a_lock_of_a_programs_own_is_known_by_the_stack_of_its_call(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct finding *finding;
	uint64_t stack = stream_user_stack(&stream, "epoll_wait", "WaitLatch", "ProcSleep",
					   "LockAcquireExtended", NULL);

	tell_program(&stream, NULL, stack, 0);
	verdict = stream_judge(&stream);
	finding = verdict_find(verdict, CAUSE_LOCK_USER, "a lock of PostgreSQL's lock manager");
	assert_non_null(finding);
	assert_string_equal(finding->subject.kind, "lock");
	assert_non_null(strstr(finding->subject.name, "held by postgres"));
	assert_near(finding->share, 0.8);
	assert_true(finding_tells(finding, "in ProcSleep"));
	assert_true(finding->advice.count == 2 &&
		    strstr(finding->advice.items[1].words, "pg_blocking_pids"));
}

static void another_stack_leaves_the_wait_an_idle_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	uint64_t stack = stream_user_stack(&stream, "epoll_wait", "WaitLatch", "ClientRead", NULL);

	tell_program(&stream, "postgres: app shop [local] UPDATE waiting", stack, 0);
	verdict = stream_judge(&stream);
	assert_null(verdict_find(verdict, CAUSE_LOCK_USER, ""));
}

static void a_wait_that_lasts_is_known_by_what_the_process_calls_itself(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct finding *finding;

	tell_program(&stream, "postgres: app shop [local] UPDATE waiting", 0, SPAN_OPEN_END);
	verdict = stream_judge(&stream);
	finding = verdict_find(verdict, CAUSE_LOCK_USER, "a lock of PostgreSQL's lock manager");
	assert_non_null(finding);
	assert_near(finding->share, 800.0 / 900);
	assert_null(strstr(finding->subject.name, "held by"));
}

static void tell_reader(struct stream *stream, bool has_limit)
{
	static const char NAME[] = "/jobs, rbps=1";
	uint64_t words[(sizeof(struct event_relation) + sizeof(NAME) + 7) / 8] = {};
	struct event_relation *limit = (struct event_relation *)words;

	*limit = (struct event_relation){ .head.time_ns = AT(1000),
					  .tid = 10,
					  .kind = RELATION_LIMIT,
					  .dev = VDA,
					  .name_bytes = sizeof(NAME) - 1 };
	memcpy(limit->name, NAME, sizeof(NAME) - 1);
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "dd", TASK_TARGET);
	stream_device(stream, VDA, "vda", 0, 0);
	if (has_limit)
		stream_add(stream, EVENT_RELATION, limit, sizeof(words));
	stream_wait(stream, 10, 0, 1000,
		    (struct event_wait){ .stack = stream_stack(stream, "submit_bio_wait", NULL),
					 .syscall = 0,
					 .state = 2,
					 .flags = SPAN_IOWAIT | SPAN_OPEN_END });
	stream_end(stream, 1000);
}

static void what_a_limit_holds_back_is_not_the_devices_fault(void **state)
{
	owns(stream_free) struct stream limited = {}, free = {};
	owns(verdict_free) struct verdict *verdict = NULL, *other = NULL;
	const struct finding *finding;

	tell_reader(&limited, true);
	verdict = stream_judge(&limited);
	finding = verdict_find(verdict, CAUSE_DISK_THROTTLED, "/jobs, rbps=1");
	assert_non_null(finding);
	assert_string_equal(finding->subject.kind, "cgroup");
	assert_near(finding->share, 1.0);
	tell_reader(&free, false);
	other = stream_judge(&free);
	assert_null(verdict_find(other, CAUSE_DISK_THROTTLED, ""));
	assert_near(verdict_share(other, CAUSE_DISK_DEVICE, ""), 1.0);
}

static void a_pipeline_is_charged_to_the_process_that_computes(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t pipe = stream_stack(&stream, "pipe_read", NULL);
	uint64_t deflate = stream_stack(&stream, "deflate_slow", "main", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "last", TASK_TARGET);
	stream_task(&stream, 11, "middle", 0);
	stream_task(&stream, 12, "gzip", 0);
	stream_samples(&stream, 12, 90, deflate, 0);
	stream_queue(&stream, 12, 1, -1, 0);
	stream_run(&stream, 12, 0, 1000, 0);
	stream_wait(&stream, 11, 0, 890, (struct event_wait){ .stack = pipe, .waker_tid = 12 });
	stream_run(&stream, 11, 890, 900, 0);
	stream_wait(&stream, 10, 0, 900, (struct event_wait){ .stack = pipe, .waker_tid = 11 });
	stream_run(&stream, 10, 900, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_CPU_USER, "deflate_slow");
	assert_non_null(finding);
	assert_string_equal(finding->subject.kind, "function");
	assert_near(finding->share, 0.89);
	assert_int_equal(finding->chain.count, 3);
	assert_string_equal(finding->chain.items[2].detail, "deflate_slow");
	assert_true(finding_tells(finding, "90 samples of gzip in user code: deflate_slow 100 %"));
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "middle"), 0.01);
	assert_string_equal(verdict->next_command, "slowpath -p 12");
	verdict_free(&verdict);
	stream_free(&stream);
}

/* One that has a twelfth of the samples is not what the time is spent on. */
static void where_no_function_is_hot_the_process_is_named(void **state)
{
	static const char *const NAMES[] = { "parse", "plan", "execute", "sort", "hash", "copy",
					     "lock",  "send", "read",    "look", "plus", "free" };
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "postgres", TASK_TARGET);
	for (size_t i = 0; i < array_count(NAMES); i++)
		stream_samples(&stream, 10, 10, stream_stack(&stream, NAMES[i], "main", NULL), 0);
	stream_run(&stream, 10, 0, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_CPU_USER, "postgres (10)");
	assert_non_null(finding);
	assert_string_equal(finding->subject.kind, "process");
	assert_near(finding->share, 1);
	assert_true(finding_tells(finding, "120 samples of postgres in user code: "));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_shell_s_wait_is_its_child_s_work(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t child = stream_stack(&stream, "do_wait", "kernel_wait4", NULL);

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "sh", TASK_TARGET);
	stream_run(&stream, 10, 0, 10, 0);
	stream_child(&stream, 11, "gzip", 10, 5);
	stream_queue(&stream, 11, 1, 5, 20);
	stream_run(&stream, 11, 20, 980, 480);
	stream_death(&stream, 11, 979);
	stream_wait(&stream, 10, 10, 980,
		    (struct event_wait){ .stack = child, .waker_tid = 11, .syscall = 61 });
	stream_run(&stream, 10, 980, 1000, 0);
	stream_death(&stream, 10, 1000);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "gzip"), 0.48);
	assert_near(verdict_share(verdict, CAUSE_CPU_KERNEL, "gzip"), 0.48);
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "sh"), 0.03);
	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, ""), 0.01);
	assert_int_equal(verdict->threads.count, 2);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void before_a_child_is_born_its_parent_is_at_work(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t pipe = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stream_task(&stream, 9, "parent", TASK_TARGET);
	stream_run(&stream, 9, 0, 600, 0);
	stream_child(&stream, 11, "writer", 9, 600);
	stream_run(&stream, 11, 600, 1000, 0);
	stream_wait(&stream, 10, 0, 1000, (struct event_wait){ .stack = pipe, .waker_tid = 11 });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "parent"), 0.6);
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "writer"), 0.4);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void ready_time_is_charged_to_those_who_ran(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "victim", TASK_TARGET);
	stream_task(&stream, 20, "hog", 0);
	stream_task(&stream, 21, "hog", 0);
	stream_task(&stream, 22, "cron", 0);
	stream_run_on(&stream, 10, 0, 0, 100);
	stream_run_on(&stream, 20, 0, 100, 500);
	stream_run_on(&stream, 21, 0, 500, 700);
	stream_run_on(&stream, 22, 0, 700, 800);
	/* Another CPU's runs are not at fault. */
	stream_run_on(&stream, 22, 1, 100, 500);
	stream_queue(&stream, 10, 0, 100, 900);
	stream_run_on(&stream, 10, 0, 900, 1000);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, "hog"), 0.6);
	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, "cron (22)"), 0.1);
	assert_near(verdict_share(verdict, CAUSE_CPU_RUNQUEUE, "nobody"), 0.1);
	assert_true(
		finding_tells(verdict_find(verdict, CAUSE_CPU_RUNQUEUE, "hog"),
			      "ran instead: hog 75 %, nobody (wake-up latency) 13 %, cron 13 %"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_circle_of_open_waits_is_a_deadlock(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t lock = stream_stack(&stream, "__mutex_lock", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "left", TASK_TARGET);
	stream_task(&stream, 11, "right", TASK_TARGET);
	stream_wait(&stream, 10, 0, 1000,
		    (struct event_wait){ .stack = lock,
					 .flags = SPAN_OPEN_END | SPAN_OPEN_START,
					 .lock_owner = 11 });
	stream_wait(&stream, 11, 0, 1000,
		    (struct event_wait){ .stack = lock,
					 .flags = SPAN_OPEN_END | SPAN_OPEN_START,
					 .lock_owner = 10 });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	/* Seen from either member it is one and the same circle. */
	assert_int_equal(verdict->findings.count, 1);
	finding = &verdict->findings.items[0];
	assert_int_equal(finding->cause, CAUSE_LOCK_DEADLOCK);
	assert_string_equal(finding->subject.name, "left (10) -> right (11) -> left (10)");
	assert_near(finding->share, 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_circle_of_ended_waits_is_no_deadlock(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t lock = stream_stack(&stream, "__mutex_lock", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "left", TASK_TARGET);
	stream_task(&stream, 11, "right", 0);
	stream_wait(&stream, 11, 0, 1000, (struct event_wait){ .stack = lock, .waker_tid = 10 });
	stream_wait(&stream, 10, 0, 1000, (struct event_wait){ .stack = lock, .waker_tid = 11 });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_null(verdict_find(verdict, CAUSE_LOCK_DEADLOCK, ""));
	assert_near(verdict_share(verdict, CAUSE_LOCK_KERNEL, "mutex"), 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_chain_that_is_too_long_ends_in_the_unknown(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t pipe = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "target", TASK_TARGET);
	stream_run(&stream, 40, 0, 1000, 0);
	for (uint32_t tid = 39; tid >= 10; tid--)
		stream_wait(&stream, tid, 0, 960 + tid,
			    (struct event_wait){ .stack = pipe, .waker_tid = tid + 1 });
	stream_run(&stream, 10, 970, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->unknown_ns, MS(970));
	assert_true(verdict->not_seen.count > 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void unseen_peers_leave_the_wait_its_cause(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t pipe = stream_stack(&stream, "pipe_read", NULL);
	uint64_t strange = stream_stack(&stream, "some_driver_wait", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stream_wait(&stream, 10, 0, 600, (struct event_wait){ .stack = pipe, .waker_tid = 4000 });
	stream_wait(&stream, 10, 600, 1000, (struct event_wait){ .stack = strange });
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_near(verdict_share(verdict, CAUSE_WAIT_PROCESS, "pipe"), 0.6);
	assert_int_equal(verdict->unknown_ns, MS(400));
	assert_int_equal(verdict->not_seen.count, 1);
	assert_string_equal(
		verdict->not_seen.items[0].words,
		"what the waits in some_driver_wait were for (400 ms in all): no rule knows it");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void an_open_run_of_the_other_side_is_split_by_what_it_became(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t pipe = stream_stack(&stream, "pipe_read", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "reader", TASK_TARGET);
	stream_task(&stream, 11, "writer", 0);
	/* Switched in at 0, it runs for a second without a break: told long after the reader's
	 * waits. */
	stream_queue(&stream, 11, 1, -0.001, 0);
	for (int ms = 0; ms < 1000; ms += 10)
		stream_wait(&stream, 10, ms, ms + 10,
			    (struct event_wait){ .stack = pipe, .waker_tid = 11 });
	stream_run(&stream, 11, 0, 1000, 600);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->unknown_ns, 0);
	assert_near(verdict_share(verdict, CAUSE_CPU_KERNEL, "writer"), 0.6);
	assert_near(verdict_share(verdict, CAUSE_CPU_USER, "writer"), 0.4);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_is_forgotten_is_still_known_by_its_sums(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	uint64_t child = stream_stack(&stream, "do_wait", NULL);
	uint64_t read = stream_stack(&stream, "folio_wait_bit_common", NULL);
	double ms = 1;

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "sh", TASK_TARGET);
	stream_device(&stream, VDA, "vda", 0, 0);
	stream_run(&stream, 10, 0, 1, 0);
	stream_child(&stream, 11, "grep", 10, 1);
	/* More spans than are kept: the shell's wait ends when the child's first ones are long
	 * forgotten. */
	for (uint64_t i = 1; i <= 200000; i++, ms += 1) {
		stream_run(&stream, 11, ms, ms + 0.25, 0);
		stream_request(&stream, i, VDA, REQUEST_READ, 11,
			       (double[]){ ms + 0.25, ms + 0.25, ms + 1 });
		stream_wait(&stream, 11, ms + 0.25, ms + 1,
			    (struct event_wait){ .stack = read,
						 .flags = SPAN_REQUEST,
						 .request = i,
						 .request_dev = VDA });
	}
	stream_death(&stream, 11, ms);
	stream_wait(&stream, 10, 1, ms, (struct event_wait){ .stack = child, .waker_tid = 11 });
	stream_death(&stream, 10, ms);
	stream_end(&stream, ms);
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_DISK_DEVICE, "vda");
	assert_non_null(finding);
	assert_true(finding->share > 0.7499 && finding->share < 0.7501);
	assert_true(verdict_share(verdict, CAUSE_CPU_USER, "grep") > 0.2499);
	assert_int_equal(verdict->unknown_ns, 0);
	assert_int_equal(verdict->losses.count, 0);
	assert_true(finding_tells(finding, "200,000 reads of vda, median 750 us"));
	assert_true(finding_tells(finding, "older waits of which only the sum is kept"));
	assert_string_equal(finding->chain.items[0].who, "sh");
	assert_string_equal(finding->chain.items[1].who, "grep");
	assert_string_equal(finding->chain.items[2].who, "vda");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_wait_that_begins_as_another_thread_gets_its_cpu_is_known_by_those_sums(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t futex = stream_stack(&stream, "futex_do_wait", NULL);

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "main", TASK_TARGET);
	stream_run(&stream, 10, 0, 2, 0);
	stream_child(&stream, 11, "worker", 10, 1);
	/* The worker is ready before main begins to wait for it, and gets its CPU. */
	stream_queue(&stream, 11, 0, 1, 2);
	for (uint32_t i = 2; i < 400000; i++)
		stream_run(&stream, 11, i, i + 1, 0);
	stream_death(&stream, 11, 400000);
	stream_wait(&stream, 10, 2, 400000, (struct event_wait){ .stack = futex, .waker_tid = 11 });
	stream_death(&stream, 10, 400000);
	stream_end(&stream, 400000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->unknown_ns, 0);
	assert_int_equal(verdict->losses.count, 0);
	assert_true(verdict_share(verdict, CAUSE_CPU_USER, "worker") > 0.99);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void forgotten_parts_of_a_stretch_are_unknown_and_counted(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t lock = stream_stack(&stream, "__mutex_lock", NULL);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "waiter", TASK_TARGET);
	stream_task(&stream, 11, "holder", 0);
	stream_task(&stream, 12, "between", 0);
	stream_run(&stream, 10, 0, 1, 0);
	stream_run(&stream, 12, 0, 1000.5, 0);
	for (uint32_t i = 0; i < 600000; i++)
		stream_run(&stream, 11, i, i + 1, 0);
	stream_wait(&stream, 12, 1000.5, 600000,
		    (struct event_wait){ .stack = lock, .waker_tid = 11 });
	stream_wait(&stream, 10, 1, 600000, (struct event_wait){ .stack = lock, .waker_tid = 12 });
	stream_end(&stream, 600000);
	verdict = stream_judge(&stream);

	/* The wait of one who is no target began inside a stretch of which only the sum is kept. */
	assert_true(verdict->unknown_ns > 0);
	assert_true(verdict_share(verdict, CAUSE_LOCK_KERNEL, "mutex") > 0.4);
	assert_int_equal(verdict->losses.count, 1);
	assert_string_equal(verdict->losses.items[0].what, event_loss_name(LOSS_HISTORY));
	assert_int_equal(verdict->lost_events, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_is_charged_through_the_journal_to_the_flush),
		cmocka_unit_test(a_lock_whose_holder_runs_is_the_lock_s_fault),
		cmocka_unit_test(a_lock_without_a_name_is_told_by_its_address),
		cmocka_unit_test(a_lock_whose_holder_reads_is_the_disk_s_fault),
		cmocka_unit_test(a_lock_of_a_programs_own_is_known_by_the_stack_of_its_call),
		cmocka_unit_test(another_stack_leaves_the_wait_an_idle_one),
		cmocka_unit_test(a_wait_that_lasts_is_known_by_what_the_process_calls_itself),
		cmocka_unit_test(what_a_limit_holds_back_is_not_the_devices_fault),
		cmocka_unit_test(a_pipeline_is_charged_to_the_process_that_computes),
		cmocka_unit_test(where_no_function_is_hot_the_process_is_named),
		cmocka_unit_test(a_shell_s_wait_is_its_child_s_work),
		cmocka_unit_test(before_a_child_is_born_its_parent_is_at_work),
		cmocka_unit_test(ready_time_is_charged_to_those_who_ran),
		cmocka_unit_test(a_circle_of_open_waits_is_a_deadlock),
		cmocka_unit_test(a_circle_of_ended_waits_is_no_deadlock),
		cmocka_unit_test(a_chain_that_is_too_long_ends_in_the_unknown),
		cmocka_unit_test(unseen_peers_leave_the_wait_its_cause),
		cmocka_unit_test(an_open_run_of_the_other_side_is_split_by_what_it_became),
		cmocka_unit_test(what_is_forgotten_is_still_known_by_its_sums),
		cmocka_unit_test(
			a_wait_that_begins_as_another_thread_gets_its_cpu_is_known_by_those_sums),
		cmocka_unit_test(forgotten_parts_of_a_stretch_are_unknown_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
