/* Are the waits for each lock counted, named, and joined with who held it and what that one did? */
#include "analyse/locks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

#define KERNEL_LOCK 0xffff888100001000ull
#define OTHER_LOCK  0xffff888100002000ull
#define USER_LOCK   0x7f0000001000ull

#define SYSCALL_FUTEX 202
#define SYSCALL_FSYNC 74

enum {
	FLAG_SPIN = 1,
	FLAG_WRITE = 4,
	FLAG_MUTEX = 32,
};

static uint64_t at(double ms)
{
	return (uint64_t)((double)BEGIN_NS + ms * 1e6 + 0.5);
}

static void contend(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		    struct event_lock lock)
{
	lock.head.time_ns = at(to_ms);
	lock.start_ns = at(from_ms);
	lock.tid = tid;
	if (!lock.lock)
		lock.lock = KERNEL_LOCK;
	stream_add(stream, EVENT_LOCK, &lock, sizeof(lock));
}

static void name_lock(struct stream *stream, uint64_t address, enum lock_name_kind kind,
		      uint32_t tgid, const char *text)
{
	union {
		struct event_lock_name name;
		char bytes[sizeof(struct event_lock_name) + 64];
	} event = { .name = { .lock = address,
			      .kind = kind,
			      .tgid = tgid,
			      .name_bytes = (uint16_t)strlen(text) } };

	memcpy(event.bytes + sizeof(event.name), text, strlen(text));
	stream_add(stream, EVENT_LOCK_NAME, &event, sizeof(event.name) + strlen(text));
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static struct lock_report *report_of(struct stream *stream, enum lock_order order)
{
	owns(locksmith_free) struct locksmith *smith = NULL;
	struct lock_report *report = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(locksmith_new(&smith), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(locksmith_take(smith, stream->items.items[i].event, &why), 0);
	assert_int_equal(locksmith_report(smith, NULL, order, &report, &why), 0);
	assert_true(report->watch.is_told);
	return report;
}

static void begin(struct stream *stream, enum watch_target target)
{
	stream_watch(stream, target, 10);
	stream_task(stream, 10, "waiter", TASK_TARGET);
	stream_task(stream, 11, "holder", TASK_TARGET);
	stream_task(stream, 12, "stranger", 0);
}

static bool is_noted(const struct lock_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}

static void contentions_of_a_kernel_lock_add_up(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;
	const struct event_lock held = { .owner = 11, .flags = FLAG_MUTEX };
	const struct lock *lock;

	begin(&stream, WATCH_MACHINE);
	contend(&stream, 10, 0, 10, held);
	contend(&stream, 10, 20, 24, held);
	contend(&stream, 10, 30, 36, (struct event_lock){ .flags = FLAG_MUTEX });
	contend(&stream, 10, 40, 41, (struct event_lock){ .lock = OTHER_LOCK, .flags = FLAG_SPIN });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);

	assert_int_equal(report->watch.locks.count, 2);
	assert_int_equal(report->watch.contentions, 4);
	assert_int_equal(report->watch.wait_ns, MS(21));
	lock = &report->watch.locks.items[0];
	assert_int_equal(lock->address, KERNEL_LOCK);
	assert_false(lock->is_user);
	assert_string_equal(lock->type, "mutex");
	assert_int_equal(lock->contentions, 3);
	assert_int_equal(lock->wait_ns, MS(20));
	assert_int_equal(lock->wait_max_ns, MS(10));
	assert_int_equal(lock->wait_mean_ns, MS(20) / 3);
	assert_true(lock->wait_p50_ns >= MS(11) / 2 && lock->wait_p50_ns <= MS(13) / 2);
	assert_near(lock->wait_share, 20.0 / 21);
	assert_int_equal(lock->holders.count, 2);
	assert_string_equal(lock->holders.items[0].who, "holder");
	assert_near(lock->holders.items[0].share, 0.7);
	assert_int_equal(lock->holders.items[1].tid, 0);
	lock = &report->watch.locks.items[1];
	assert_string_equal(lock->type, "spin lock");
	assert_int_equal(lock->wait_p99_ns, MS(1));
}

/* The sleeps inside a contention tell who let the lock go, and what that one did meanwhile. */
static void what_the_holder_did_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;
	const struct lock *lock;
	uint64_t stack, release, sync;

	begin(&stream, WATCH_MACHINE);
	stack = stream_stack(&stream, "bpf_prog_1_x", "__traceiter_contention_end", "down_write",
			     "open_last_lookups", "path_openat", NULL);
	release = stream_stack(&stream, "try_to_wake_up", "rwsem_wake", "up_write",
			       "open_last_lookups", NULL);
	sync = stream_stack(&stream, "io_schedule", "folio_wait_bit", "jbd2_log_wait_commit",
			    "ext4_sync_file", NULL);
	stream_wait(&stream, 10, 10, 30,
		    (struct event_wait){ .lock = KERNEL_LOCK,
					 .lock_flags = FLAG_WRITE,
					 .waker_tid = 11,
					 .waker_stack = release,
					 .state = 2,
					 .syscall = 2 });
	stream_run(&stream, 11, 5, 15, 10);
	stream_wait(&stream, 11, 15, 29,
		    (struct event_wait){ .stack = sync, .state = 2, .syscall = SYSCALL_FSYNC });
	stream_run(&stream, 11, 29, 31, 2);
	contend(&stream, 10, 9, 31, (struct event_lock){ .flags = FLAG_WRITE, .stack = stack });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);

	assert_int_equal(report->watch.locks.count, 1);
	lock = &report->watch.locks.items[0];
	assert_string_equal(lock->type, "rwsem");
	assert_int_equal(lock->contentions, 1);
	assert_int_equal(lock->wait_ns, MS(22));
	assert_int_equal(lock->slept_ns, MS(20));
	assert_int_equal(lock->holders.count, 1);
	assert_int_equal(lock->holders.items[0].tid, 11);
	assert_true(lock->holders.items[0].is_waker);
	assert_string_equal(lock->doings.items[0].state, "fs.journal");
	assert_near(lock->doings.items[0].share, 0.7);
	assert_string_equal(lock->doings.items[1].state, "cpu.kernel");
	assert_near(lock->doings.items[1].share, 0.3);
	assert_int_equal(lock->doings.count, 2);
	assert_string_equal(lock->waiters.items[0].frames.items[0].words, "down_write");
	assert_string_equal(lock->releases.items[0].frames.items[2].words, "up_write");
	assert_int_equal(lock->naming, LOCK_NAMED_CALLER);
	assert_string_equal(lock->name, "a directory's i_rwsem");
}

static void a_command_is_followed_in_all_its_threads(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;

	begin(&stream, WATCH_COMMAND);
	stream_wait(&stream, 11, 10, 30,
		    (struct event_wait){ .lock = KERNEL_LOCK,
					 .lock_flags = FLAG_MUTEX,
					 .waker_tid = 10,
					 .state = 2,
					 .syscall = 2 });
	stream_run(&stream, 10, 5, 31, 26);
	contend(&stream, 11, 10, 30, (struct event_lock){ .owner = 10, .flags = FLAG_MUTEX });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	assert_string_equal(report->watch.locks.items[0].doings.items[0].state, "cpu.kernel");
	assert_near(report->watch.locks.items[0].doings.items[0].share, 1);
}

static void strangers_waits_do_not_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;

	begin(&stream, WATCH_PROCESS);
	contend(&stream, 12, 0, 10, (struct event_lock){ .owner = 11, .flags = FLAG_MUTEX });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	assert_int_equal(report->watch.locks.count, 0);
}

static void a_wait_that_never_ended_counts_as_open(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;
	const struct lock *lock;

	begin(&stream, WATCH_MACHINE);
	stream_wait(&stream, 10, 40, 100,
		    (struct event_wait){ .lock = KERNEL_LOCK,
					 .lock_flags = FLAG_MUTEX,
					 .lock_owner = 11,
					 .flags = SPAN_OPEN_END,
					 .state = 2,
					 .syscall = 2 });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	lock = &report->watch.locks.items[0];
	assert_int_equal(lock->contentions, 1);
	assert_int_equal(lock->open, 1);
	assert_int_equal(lock->wait_ns, MS(60));
	assert_int_equal(lock->holders.items[0].tid, 11);
	assert_false(lock->holders.items[0].is_waker);
}

static void sleeps_stand_for_contentions_that_were_not_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;

	begin(&stream, WATCH_MACHINE);
	stream_wait(&stream, 10, 40, 45,
		    (struct event_wait){ .lock = KERNEL_LOCK, .state = 2, .syscall = 2 });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	assert_int_equal(report->watch.locks.items[0].contentions, 1);
	assert_int_equal(report->watch.locks.items[0].wait_ns, MS(5));
}

static void a_futex_is_a_lock_of_its_process(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;
	struct event_wait wait = {
		.lock = USER_LOCK, .state = 1, .syscall = SYSCALL_FUTEX, .waker_tid = 11
	};
	struct event_syscall call = {
		.head.time_ns = at(31), .start_ns = at(9), .tid = 10, .number = SYSCALL_FUTEX
	};
	const struct lock *lock;

	begin(&stream, WATCH_MACHINE);
	call.user_stack = stream_user_stack(&stream, "queue_push", "worker", "main", NULL);
	stream_wait(&stream, 10, 10, 30, wait);
	stream_add(&stream, EVENT_SYSCALL, &call, sizeof(call));
	stream_run(&stream, 11, 5, 31, 0);
	wait.flags = SPAN_CONDITION;
	stream_wait(&stream, 10, 50, 90, wait);
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);

	assert_int_equal(report->watch.locks.count, 1);
	lock = &report->watch.locks.items[0];
	assert_true(lock->is_user);
	assert_int_equal(lock->tgid, 10);
	assert_string_equal(lock->process, "waiter (10)");
	assert_string_equal(lock->name, "queue_push");
	assert_int_equal(lock->naming, LOCK_NAMED_CODE);
	assert_int_equal(lock->contentions, 1);
	assert_int_equal(lock->wait_ns, MS(20));
	assert_int_equal(lock->holders.items[0].tid, 11);
	assert_string_equal(lock->doings.items[0].state, "cpu.user");
	assert_int_equal(lock->waiters.count, 1);
	assert_true(is_noted(report,
			     "1 wait on a futex for something to happen or a timeout (40.0 ms)"));
}

/* A mutex's wait that nobody ended ran into its timeout; idle threads of a machine wait so. */
static void a_futex_that_nobody_let_go_is_no_lock(void **state)
{
	for (int is_process = 0; is_process < 2; is_process++) {
		owns(stream_free) struct stream stream = {};
		owns(lock_report_free) struct lock_report *report = NULL;
		struct event_wait wait = { .lock = USER_LOCK,
					   .state = 1,
					   .syscall = SYSCALL_FUTEX };

		begin(&stream, is_process ? WATCH_PROCESS : WATCH_MACHINE);
		stream_wait(&stream, 10, 10, 30, wait);
		wait.flags = SPAN_OPEN_END;
		stream_wait(&stream, 10, 40, 100, wait);
		stream_end(&stream, 100);
		report = report_of(&stream, LOCK_ORDER_WAIT);
		assert_int_equal(report->watch.locks.count, is_process);
		if (is_process)
			assert_int_equal(report->watch.locks.items[0].wait_ns, MS(60));
	}
}

static void told_names_are_used(void **state)
{
	static const struct {
		enum lock_name_kind kind;
		const char *text;
		enum lock_naming naming;
		const char *name;
	} rows[] = {
		{ LOCK_NAME_STATIC, "tasklist_lock", LOCK_NAMED_STATIC, "tasklist_lock" },
		{ LOCK_NAME_FIELD, "pipe_inode_info.mutex", LOCK_NAMED_FIELD,
		  "pipe_inode_info.mutex" },
		{ LOCK_NAME_MMAP, "", LOCK_NAMED_MMAP, "mmap_lock of waiter (10)" },
		{ LOCK_NAME_SLAB, "kmalloc-192", LOCK_NAMED_SLAB, "in a kmalloc-192" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(stream_free) struct stream stream = {};
		owns(lock_report_free) struct lock_report *report = NULL;

		begin(&stream, WATCH_MACHINE);
		name_lock(&stream, KERNEL_LOCK, rows[i].kind, 10, rows[i].text);
		name_lock(&stream, OTHER_LOCK, rows[i].kind, 10, "never waited for");
		contend(&stream, 10, 0, 10, (struct event_lock){ .flags = FLAG_MUTEX });
		stream_end(&stream, 100);
		report = report_of(&stream, LOCK_ORDER_WAIT);
		assert_int_equal(report->watch.locks.count, 1);
		assert_int_equal(report->watch.locks.items[0].naming, rows[i].naming);
		assert_string_equal(report->watch.locks.items[0].name, rows[i].name);
	}
}

/* Memory of a process that has ended is another one's later. */
static void a_lock_that_is_named_anew_is_another_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;
	struct event_lock_name later = {
		.head.time_ns = at(20), .lock = KERNEL_LOCK, .kind = LOCK_NAME_MMAP, .tgid = 11
	};

	begin(&stream, WATCH_MACHINE);
	name_lock(&stream, KERNEL_LOCK, LOCK_NAME_MMAP, 10, "");
	contend(&stream, 10, 0, 10, (struct event_lock){ .flags = FLAG_WRITE });
	stream_add(&stream, EVENT_LOCK_NAME, &later, sizeof(later));
	contend(&stream, 11, 30, 36, (struct event_lock){ .flags = FLAG_WRITE });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	assert_int_equal(report->watch.locks.count, 2);
	assert_string_equal(report->watch.locks.items[0].name, "mmap_lock of waiter (10)");
	assert_int_equal(report->watch.locks.items[0].wait_ns, MS(10));
	assert_string_equal(report->watch.locks.items[1].name, "mmap_lock of holder (11)");
}

static void locks_stand_in_the_order_asked_for(void **state)
{
	static const struct {
		enum lock_order order;
		uint64_t first;
	} rows[] = {
		{ LOCK_ORDER_WAIT, KERNEL_LOCK }, { LOCK_ORDER_CONTENTIONS, OTHER_LOCK },
		{ LOCK_ORDER_AVG, KERNEL_LOCK },  { LOCK_ORDER_MAX, KERNEL_LOCK },
		{ LOCK_ORDER_NAME, OTHER_LOCK },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(stream_free) struct stream stream = {};
		owns(lock_report_free) struct lock_report *report = NULL;

		begin(&stream, WATCH_MACHINE);
		name_lock(&stream, KERNEL_LOCK, LOCK_NAME_STATIC, 0, "z");
		name_lock(&stream, OTHER_LOCK, LOCK_NAME_STATIC, 0, "a");
		contend(&stream, 10, 0, 10, (struct event_lock){});
		contend(&stream, 10, 20, 21, (struct event_lock){ .lock = OTHER_LOCK });
		contend(&stream, 10, 30, 31, (struct event_lock){ .lock = OTHER_LOCK });
		stream_end(&stream, 100);
		report = report_of(&stream, rows[i].order);
		assert_int_equal(report->watch.locks.items[0].address, rows[i].first);
	}
}

/* In the verdict what its callers say in words is told, where they say more than "a mutex". */
static void the_verdict_calls_a_lock_as_told_where_nothing_says_more(void **state)
{
	static const struct {
		const char *function;
		const char *subject;
	} rows[] = {
		{ "__mutex_lock", "pipe_inode_info.mutex, held by holder" },
		{ "anon_pipe_write", "a pipe's mutex, held by holder" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(stream_free) struct stream stream = {};
		owns(verdict_free) struct verdict *verdict = NULL;
		uint64_t stack;

		begin(&stream, WATCH_PROCESS);
		name_lock(&stream, KERNEL_LOCK, LOCK_NAME_FIELD, 0, "pipe_inode_info.mutex");
		stack = stream_stack(&stream, rows[i].function, "some_caller", NULL);
		stream_run(&stream, 11, 0, 100, 100);
		stream_wait(&stream, 10, 0, 90,
			    (struct event_wait){ .lock = KERNEL_LOCK,
						 .lock_flags = FLAG_MUTEX,
						 .stack = stack,
						 .waker_tid = 11,
						 .state = 2,
						 .syscall = 1 });
		stream_run(&stream, 10, 90, 100, 0);
		stream_end(&stream, 100);
		verdict = stream_judge(&stream);
		assert_non_null(verdict_find(verdict, CAUSE_LOCK_KERNEL, rows[i].subject));
	}
}

/* More locks than there is room for are counted together, and holders beyond the most important
 * ones left out. */
static void memory_is_bounded(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(lock_report_free) struct lock_report *report = NULL;

	begin(&stream, WATCH_MACHINE);
	for (uint32_t i = 0; i < 10000; i++)
		contend(&stream, 10, i / 1000.0, i / 1000.0 + 1,
			(struct event_lock){ .lock = KERNEL_LOCK + i * 64ull });
	for (uint32_t i = 0; i < 200; i++)
		contend(&stream, 10, 20, 21, (struct event_lock){ .owner = 1000 + i });
	stream_end(&stream, 100);
	report = report_of(&stream, LOCK_ORDER_WAIT);
	assert_int_equal(report->watch.locks.count, 8192);
	assert_true(is_noted(report, "1,808 waits"));
	assert_int_equal(report->watch.locks.items[0].contentions, 201);
	assert_true(report->watch.locks.items[0].holders.count <= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contentions_of_a_kernel_lock_add_up),
		cmocka_unit_test(what_the_holder_did_is_told),
		cmocka_unit_test(a_command_is_followed_in_all_its_threads),
		cmocka_unit_test(strangers_waits_do_not_count),
		cmocka_unit_test(a_wait_that_never_ended_counts_as_open),
		cmocka_unit_test(sleeps_stand_for_contentions_that_were_not_told),
		cmocka_unit_test(a_futex_is_a_lock_of_its_process),
		cmocka_unit_test(a_futex_that_nobody_let_go_is_no_lock),
		cmocka_unit_test(told_names_are_used),
		cmocka_unit_test(a_lock_that_is_named_anew_is_another_one),
		cmocka_unit_test(locks_stand_in_the_order_asked_for),
		cmocka_unit_test(the_verdict_calls_a_lock_as_told_where_nothing_says_more),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
