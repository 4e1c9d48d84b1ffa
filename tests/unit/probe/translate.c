/* Does a switch close the right spans, clipped to the watch, with the right one to blame? */
#include "probe/translate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"
#include "probe/lock_fields.h"
#include "probe/titles.h"

enum fixture {
	BEGIN = 1000,
	T1 = 11,
	T2 = 12,
	WAKER = 13,
};

struct heard {
	ARRAY(char *) events;
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;
	char **copy = array_push(&heard->events);

	if (!copy)
		abort();
	assert_true(event_is_sound(event, event->bytes));
	*copy = malloc(event->bytes);
	if (!*copy)
		abort();
	memcpy(*copy, event, event->bytes);
	return 0;
}

static void heard_free(struct heard *heard)
{
	for (size_t i = 0; i < heard->events.count; i++)
		free(heard->events.items[i]);
	array_free(&heard->events);
}

static size_t count_of(const struct heard *heard, enum event_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < heard->events.count; i++)
		count += ((const struct event *)(const void *)heard->events.items[i])->kind == kind;
	return count;
}

/* The first event of this kind, which must be there. */
static const void *first(const struct heard *heard, enum event_kind kind)
{
	for (size_t i = 0; i < heard->events.count; i++) {
		const struct event *event = (const void *)heard->events.items[i];

		if (event->kind == kind)
			return event;
	}
	fail_msg("no %s was told", event_kind_name(kind));
	abort();
}

static struct translator make(struct heard *heard)
{
	return (struct translator){
		.sink = { .take = hear, .self = heard },
		.begin_ns = BEGIN,
		.end_ns = UINT64_MAX,
		.sample_ns = 10,
		.told_ns = BEGIN,
	};
}

static void tell(struct translator *t, const void *wire, size_t bytes)
{
	struct diag why = {};

	assert_int_equal(translate(t, wire, bytes, &why), 0);
}

/* T1 leaves at 5000 and T2, blocked since 2000 and woken at 4000, gets its CPU. */
static struct wire_switch a_switch(void)
{
	return (struct wire_switch){
		.head = { .time_ns = 5000, .kind = WIRE_SWITCH_WAIT, .cpu = 3, .tid = T1 },
		.in_ns = 3000,
		.kernel_ns = 500,
		.irq_ns = 100,
		.out_ns = 2000,
		.wake_ns = 4000,
		.next_tid = T2,
		.waker_tid = WAKER,
		.prev_state = 1,
		.next_state = 2,
		.flags = WIRE_TOLD | WIRE_TOLD_PREV | WIRE_BLOCKED,
		.charged_ns = 1800,
		.syscall = 74,
		.wait = { .stack = 77, .fd = 5, .file_inode = 6, .file_dev = 7 },
	};
}

static void a_switch_closes_a_run_a_wait_and_a_stay_in_the_queue(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_queue *queue;
	const struct event_wait *wait;
	const struct event_run *run;

	tell(&t, &wire, sizeof(wire));
	run = first(&heard, EVENT_RUN);
	assert_int_equal(run->tid, T1);
	assert_int_equal(run->start_ns, 3000);
	assert_int_equal(run->head.time_ns, 5000);
	assert_int_equal(run->kernel_ns, 500);
	assert_int_equal(run->irq_ns, 100);
	assert_int_equal(run->next_tid, T2);
	assert_int_equal(run->charged_ns, 1800);
	assert_int_equal(run->flags, 0);
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->tid, T2);
	assert_int_equal(wait->start_ns, 2000);
	assert_int_equal(wait->end_ns, 4000);
	assert_int_equal(wait->waker_tid, WAKER);
	assert_int_equal(wait->stack, 77);
	assert_int_equal(wait->state, 2);
	assert_int_equal(wait->syscall, 74);
	assert_int_equal(wait->file_inode, 6);
	queue = first(&heard, EVENT_QUEUE);
	assert_int_equal(queue->start_ns, 4000);
	assert_int_equal(queue->head.time_ns, 5000);
	assert_int_equal(queue->prev_tid, T1);
}

static void an_interrupt_wakes_for_nobody(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_wait *wait;

	wire.flags |= WIRE_IRQ | WIRE_REQUEST_DONE;
	wire.wait.request = 99;
	tell(&t, &wire, sizeof(wire));
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->waker_tid, 0);
	assert_int_equal(wait->flags, SPAN_WOKEN_IRQ | SPAN_REQUEST);
	assert_int_equal(wait->request, 99);
}

static void a_sender_in_its_own_soft_interrupt_is_the_waker(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_wait *wait;

	wire.flags |= WIRE_SOFTIRQ | WIRE_SENT;
	tell(&t, &wire, sizeof(wire));
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->waker_tid, WAKER);
	assert_int_equal(wait->flags, SPAN_WOKEN_SOFTIRQ | SPAN_WAKER_SENT);
}

static void what_began_before_the_watch_is_clipped_to_it(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_wait *wait;
	const struct event_run *run;

	wire.in_ns = wire.out_ns = 0;
	wire.kernel_ns = 1 << 20;
	tell(&t, &wire, sizeof(wire));
	run = first(&heard, EVENT_RUN);
	assert_int_equal(run->start_ns, BEGIN);
	assert_int_equal(run->kernel_ns, 4000);
	assert_int_equal(run->flags, SPAN_OPEN_START);
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->start_ns, BEGIN);
	assert_int_equal(wait->flags, SPAN_OPEN_START);
}

static void a_wake_up_that_raced_with_going_to_sleep_makes_an_empty_wait(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_queue *queue;
	const struct event_wait *wait;

	wire.wake_ns = 1999;
	tell(&t, &wire, sizeof(wire));
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->start_ns, 2000);
	assert_int_equal(wait->end_ns, 2000);
	queue = first(&heard, EVENT_QUEUE);
	assert_int_equal(queue->start_ns, 2000);
}

static void a_preempted_thread_only_queued(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_queue *queue;

	wire.flags &= ~(unsigned int)WIRE_BLOCKED;
	wire.wake_ns = 0;
	wire.prev_state = 0;
	wire.throttled_ns = 1000;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_WAIT), 0);
	queue = first(&heard, EVENT_QUEUE);
	assert_int_equal(queue->start_ns, 2000);
	assert_int_equal(queue->throttled_ns, 1000);
	assert_int_equal(queue->flags, SPAN_PREEMPTED | SPAN_THROTTLED);
	assert_int_equal(((const struct event_run *)first(&heard, EVENT_RUN))->flags,
			 SPAN_PREEMPTED);
}

static void a_switch_from_nobody_tells_no_run(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();

	wire.head.tid = 0;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_RUN), 0);
	assert_int_equal(count_of(&heard, EVENT_WAIT), 1);
	assert_int_equal(count_of(&heard, EVENT_QUEUE), 1);
}

static void the_dead_are_told(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_task_end *end;

	wire.prev_state = 0x80;
	wire.exit_code = 11;
	tell(&t, &wire, sizeof(wire));
	end = first(&heard, EVENT_TASK_END);
	assert_non_null(end);
	assert_int_equal(end->tid, T1);
	assert_int_equal(end->exit_code, 11);
}

static void an_open_wait_ends_with_the_watch(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	const struct event_wait *wait;

	t.end_ns = 9000;
	wire.head.time_ns = 9999;
	wire.head.kind = WIRE_OPEN;
	wire.wake_ns = 0;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_RUN), 0);
	wait = first(&heard, EVENT_WAIT);
	assert_int_equal(wait->end_ns, 9000);
	assert_int_equal(wait->waker_tid, 0);
	assert_int_equal(wait->flags, SPAN_OPEN_END);
}

static void a_switch_outside_the_watch_tells_nothing(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();

	t.end_ns = 4999;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(heard.events.count, 0);
}

static void a_stack_keeps_its_frames(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_stack wire = {
		.head = { .kind = WIRE_STACK, .tid = 42 },
		.id = 5,
		.frames = 2,
		.address = { 0x1000, 0x2000 },
	};
	const struct event_stack *stack;

	assert_true(wire_is_dictionary(&wire.head));
	tell(&t, &wire, sizeof(wire));
	stack = first(&heard, EVENT_STACK);
	assert_int_equal(stack->frames, 2);
	assert_int_equal(stack->frame[1].address, 0x2000);
	assert_int_equal(stack->flags, STACK_USER);
	assert_int_equal(stack->tgid, 42);
}

static void a_stack_is_as_long_as_it_has_frames(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_stack wire = { .head = { .kind = WIRE_STACK }, .id = 5, .frames = WIRE_FRAMES };
	const struct event_stack *stack;
	struct diag why = {};

	wire.address[WIRE_FRAMES - 1] = 0x3000;
	assert_int_equal(translate(&t, &wire.head, sizeof(wire) - 8, &why), -EBADMSG);
	tell(&t, &wire, sizeof(wire));
	stack = first(&heard, EVENT_STACK);
	assert_int_equal(stack->frames, WIRE_FRAMES);
	assert_int_equal(stack->frame[WIRE_FRAMES - 1].address, 0x3000);

	wire.frames = 1;
	tell(&t, &wire, WIRE_STACK_BYTES(1));
	assert_int_equal(count_of(&heard, EVENT_STACK), 2);

	wire.frames = WIRE_FRAMES + 1;
	diag_clear(&why);
	assert_int_equal(translate(&t, &wire.head, sizeof(wire) + 8, &why), -EBADMSG);
}

/* T1 has run for 700, and is dead. */
static struct wire_usage a_usage(void)
{
	return (struct wire_usage){
		.head = { .time_ns = 5000, .kind = WIRE_USAGE, .tid = T1 },
		.times = { .run_ns = 700, .user_ns = 400, .kernel_ns = 300 },
		.exit_code = 9,
		.is_dead = 1,
	};
}

static void the_usage_of_the_dead_is_told_before_their_end(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_usage wire = a_usage();
	const struct event_task_end *end;
	const struct event_usage *usage;

	assert_false(wire_is_dictionary(&wire.head));
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(heard.events.count, 2);
	usage = (const void *)heard.events.items[0];
	assert_int_equal(usage->head.kind, EVENT_USAGE);
	assert_int_equal(usage->head.time_ns, 5000);
	assert_int_equal(usage->tid, T1);
	assert_int_equal(usage->run_ns, 700);
	assert_int_equal(usage->user_ns, 400);
	assert_int_equal(usage->kernel_ns, 300);
	end = (const void *)heard.events.items[1];
	assert_int_equal(end->head.kind, EVENT_TASK_END);
	assert_int_equal(end->tid, T1);
	assert_int_equal(end->exit_code, 9);
}

static void the_usage_of_the_living_ends_with_the_watch(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_usage wire = a_usage();
	const struct event_usage *usage;

	t.end_ns = 4000;
	wire.is_dead = 0;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(heard.events.count, 1);
	usage = first(&heard, EVENT_USAGE);
	assert_int_equal(usage->head.time_ns, 4000);
	assert_int_equal(usage->run_ns, 700);
}

static void a_file_keeps_its_name(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_file wire = {
		.head = { .kind = WIRE_FILE },
		.inode = 12,
		.dev = 0x700001,
		.fs_type = "ext4",
		.bytes = sizeof("journal.log"),
		.path = "journal.log",
	};
	const struct event_file *file;

	tell(&t, &wire, sizeof(wire));
	file = first(&heard, EVENT_FILE);
	assert_int_equal(file->name_bytes, strlen("journal.log"));
	assert_memory_equal(file->name, "journal.log", file->name_bytes);
	assert_string_equal(file->fs_type, "ext4");
}

/* What is told of a file whose names came in this order, from the last one upwards. */
static void assert_path(const char *names, size_t bytes, bool is_whole, const char *expected)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_file wire = {
		.head = { .kind = WIRE_FILE },
		.bytes = (uint16_t)bytes,
		.is_whole = is_whole,
	};
	const struct event_file *file;

	memcpy(wire.path, names, bytes);
	tell(&t, &wire, sizeof(wire));
	file = first(&heard, EVENT_FILE);
	assert_int_equal(file->name_bytes, strlen(expected));
	assert_memory_equal(file->name, expected, file->name_bytes);
}

static void a_path_is_told_from_the_root_downwards(void **state)
{
	assert_path("c\0bb\0a", 7, true, "a/bb/c");
	assert_path("c\0bb\0a", 7, false, ".../a/bb/c");
	assert_path("c", 2, true, "c");
	assert_path("c", 2, false, "c");
	assert_path("/", 2, false, "/");
	assert_path("", 0, false, "");
}

static void a_path_that_does_not_end_is_not_told(void **state)
{
	char names[WIRE_PATH];

	memset(names, 'x', sizeof(names));
	assert_path(names, sizeof(names), true, "");
	assert_path("ab\0cd", 5, true, "");
}

static void the_longest_path_fits(void **state)
{
	char names[WIRE_PATH] = {}, expected[WIRE_PATH + 8] = "...";

	for (size_t i = 0; i + 1 < sizeof(names); i += 2)
		names[i] = 'x';
	for (size_t i = 0; i < sizeof(names) / 2; i++)
		memcpy(expected + 3 + 2 * i, "/x", 3);
	assert_path(names, sizeof(names), false, expected);
}

static void an_operation_is_told_with_what_its_flags_mean(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_io wire = {
		.head = { .kind = WIRE_IO, .time_ns = 9000, .tid = T1 },
		.id = 7,
		.submit_ns = 2000,
		.start_ns = 3000,
		.result = -5,
		.offset = 4096,
		.wanted = 512,
		.inode = 12,
		.dev = 0x700001,
		.flags = IO_POSITIONED,
		.open_flags = O_DIRECT,
		.depth = 32,
		.requests = 2,
		.syscall = -1,
		.batch = 4,
		.engine = IO_URING,
		.operation = IO_READ,
	};
	const struct event_io *io;

	tell(&t, &wire, sizeof(wire));
	io = first(&heard, EVENT_IO);
	assert_int_equal(io->head.time_ns, 9000);
	assert_int_equal(io->id, 7);
	assert_int_equal(io->submit_ns, 2000);
	assert_int_equal(io->start_ns, 3000);
	assert_int_equal(io->result, -5);
	assert_int_equal(io->offset, 4096);
	assert_int_equal(io->wanted, 512);
	assert_int_equal(io->inode, 12);
	assert_int_equal(io->dev, 0x700001);
	assert_int_equal(io->tid, T1);
	assert_int_equal(io->flags, IO_POSITIONED | IO_DIRECT);
	assert_int_equal(io->depth, 32);
	assert_int_equal(io->requests, 2);
	assert_int_equal(io->syscall, -1);
	assert_int_equal(io->batch, 4);
	assert_int_equal(io->engine, IO_URING);
	assert_int_equal(io->operation, IO_READ);
}

static void an_operation_that_ended_outside_the_watch_is_not_told(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_io wire = { .head = { .kind = WIRE_IO, .time_ns = BEGIN - 1 } };

	tell(&t, &wire, sizeof(wire));
	assert_int_equal(heard.events.count, 0);
}

static struct lock_field two_fields[] = {
	{ .cache = "inode_cache", .offset = 16, .kind = LOCK_FIELD_RWSEM, .name = "inode.i_rwsem" },
	{ .cache = "inode_cache", .offset = 80, .kind = LOCK_FIELD_RWSEM, .name = "inode.i_other" },
};
static const struct lock_fields FIELDS = { .items = { two_fields, 2, 2 } };

static void a_lock_in_an_object_is_named_where_that_is_certain(void **state)
{
	static const struct {
		uint32_t offset, offset_min, is_shared;
		enum lock_name_kind kind;
		const char *name;
	} rows[] = {
		{ 16, 16, 0, LOCK_NAME_FIELD, "inode.i_rwsem" },
		{ 16, 99, 0, LOCK_NAME_FIELD, "inode.i_rwsem" },
		{ 99, 80, 0, LOCK_NAME_FIELD, "inode.i_other" },
		{ 16, 80, 0, LOCK_NAME_SLAB, "inode_cache" },
		{ 99, 98, 0, LOCK_NAME_SLAB, "inode_cache" },
		{ 16, 16, 1, LOCK_NAME_SLAB, "inode_cache" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(heard_free) struct heard heard = {};
		struct translator t = make(&heard);
		struct wire_lock_name wire = {
			.head = { .kind = WIRE_LOCK_NAME },
			.lock = 0xffff888100000010ull,
			.flags = 4,
			.is_shared = rows[i].is_shared,
			.offset = rows[i].offset,
			.offset_min = rows[i].offset_min,
			.cache = "inode_cache",
		};
		const struct event_lock_name *name;

		t.lock_fields = &FIELDS;
		assert_true(wire_is_dictionary(&wire.head));
		tell(&t, &wire, sizeof(wire));
		name = first(&heard, EVENT_LOCK_NAME);
		assert_true(name->lock == wire.lock);
		assert_int_equal(name->kind, rows[i].kind);
		assert_int_equal(name->name_bytes, strlen(rows[i].name));
		assert_memory_equal(name->name, rows[i].name, name->name_bytes);
	}
}

static void a_process_names_its_own_mmap_lock(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_lock_name wire = { .head = { .kind = WIRE_LOCK_NAME, .tid = T1 }, .lock = 7 };
	const struct event_lock_name *name;

	tell(&t, &wire, sizeof(wire));
	name = first(&heard, EVENT_LOCK_NAME);
	assert_int_equal(name->kind, LOCK_NAME_MMAP);
	assert_int_equal(name->tgid, T1);
	assert_int_equal(name->name_bytes, 0);
}

static struct wire_syscall a_call(uint64_t start_ns, uint64_t end_ns, uint32_t flags)
{
	return (struct wire_syscall){
		.head = { .time_ns = end_ns, .kind = WIRE_SYSCALL, .tid = T1 },
		.start_ns = start_ns,
		.result = 5,
		.number = 1,
		.size = 9,
		.fd = -1,
		.flags = flags,
	};
}

static void a_call_tells_whether_it_is_whole(void **state)
{
	static const struct {
		uint64_t start_ns;
		uint32_t wire;
		uint32_t flags;
	} cases[] = {
		{ 2000, 0, 0 },
		{ 0, WIRE_CALL_BARE, SPAN_OPEN_START },
		{ 2000, WIRE_CALL_OPEN, SPAN_OPEN_END },
		{ 0, WIRE_CALL_OPEN, SPAN_OPEN_START | SPAN_OPEN_END },
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		owns(heard_free) struct heard heard = {};
		struct translator t = make(&heard);
		struct wire_syscall wire = a_call(cases[i].start_ns, 3000, cases[i].wire);
		const struct event_syscall *call;

		tell(&t, &wire, sizeof(wire));
		call = first(&heard, EVENT_SYSCALL);
		assert_int_equal(call->flags, cases[i].flags);
		assert_int_equal(call->start_ns, cases[i].start_ns ? 2000 : BEGIN);
		assert_int_equal(call->result, 5);
		assert_int_equal(call->size, 9);
	}
}

static void calls_that_outlast_the_watch_end_with_it_and_others_are_not_of_it(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_syscall open = a_call(2000, 9000, WIRE_CALL_OPEN);
	struct wire_syscall late = a_call(2000, 9000, 0);
	const struct event_syscall *call;

	t.end_ns = 4000;
	tell(&t, &late, sizeof(late));
	assert_int_equal(heard.events.count, 0);
	tell(&t, &open, sizeof(open));
	call = first(&heard, EVENT_SYSCALL);
	assert_int_equal(call->head.time_ns, 4000);
}

static void a_short_record_is_refused(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_switch wire = a_switch();
	struct diag why = {};

	assert_int_equal(translate(&t, &wire.head, sizeof(wire.head), &why), -EBADMSG);
	wire.head.kind = 999;
	diag_clear(&why);
	assert_int_equal(translate(&t, &wire.head, sizeof(wire), &why), -EBADMSG);
	assert_int_equal(heard.events.count, 0);
}

static void a_signal_is_told_in_its_place(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_signal wire = {
		.head = { .time_ns = 5000, .kind = WIRE_SIGNAL, .tid = T1 },
		.address = 16,
		.user_stack = 77,
		.core_limit = 4096,
		.signal = 11,
		.code = 1,
		.flags = SIGNAL_ADDRESS,
		.sender = T2,
	};
	const struct event_signal *signal;

	tell(&t, &wire, sizeof(wire));
	signal = first(&heard, EVENT_SIGNAL);
	assert_int_equal(signal->head.time_ns, 5000);
	assert_int_equal(signal->tid, T1);
	assert_int_equal(signal->signal, 11);
	assert_int_equal(signal->code, 1);
	assert_int_equal(signal->flags, SIGNAL_ADDRESS);
	assert_int_equal(signal->address, 16);
	assert_int_equal(signal->user_stack, 77);
	assert_int_equal(signal->core_limit, 4096);
	assert_int_equal(signal->sender, T2);

	/* Before the watch. */
	wire.head.time_ns = BEGIN - 1;
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_SIGNAL), 1);
}

static void the_workqueue_of_a_worker_is_its_title(void **state)
{
	owns(heard_free) struct heard heard = {};
	struct translator t = make(&heard);
	struct wire_title wire = { .head = { .kind = WIRE_TITLE, .time_ns = 5000, .tid = T1 } };
	const struct event_title *title;

	/* It may fill its room to the end. */
	memset(wire.text, 'x', sizeof(wire.text));
	tell(&t, &wire, sizeof(wire));
	title = first(&heard, EVENT_TITLE);
	assert_int_equal(title->head.time_ns, 5000);
	assert_int_equal(title->tid, T1);
	assert_int_equal(title->text_bytes, sizeof(wire.text));
	assert_memory_equal(title->text, wire.text, sizeof(wire.text));
	assert_int_equal(t.told_ns, 5000);
}

static struct wire_task process_wire(uint32_t tgid, enum wire_kind kind)
{
	return (struct wire_task){ .head = { .kind = kind, .time_ns = 2000, .tid = tgid },
				   .tgid = tgid };
}

static void a_process_is_told_with_its_title_until_it_runs_another_program(void **state)
{
	owns(heard_free) struct heard heard = {};
	owns(titles_free) struct titles titles = {};
	struct translator t = make(&heard);
	struct wire_task wire = process_wire(T1, WIRE_TASK);

	t.titles = &titles;
	assert_int_equal(titles_add(&titles, T1, "nginx: worker process"), 0);
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_TITLE), 1);
	wire = process_wire(T2, WIRE_TASK);
	tell(&t, &wire, sizeof(wire));
	wire = process_wire(T1, WIRE_EXEC);
	tell(&t, &wire, sizeof(wire));
	assert_int_equal(count_of(&heard, EVENT_TASK), 3);
	assert_int_equal(count_of(&heard, EVENT_TITLE), 1);
}

static void a_call_is_told_with_its_begin_and_nothing_of_its_inside(void **state)
{
	struct wire_call wire = {
		.head = { .time_ns = BEGIN + 50, .kind = WIRE_CALL, .cpu = 1, .tid = T1 },
		.start_ns = BEGIN + 20,
		.function = 0xffffffff81000000,
		.depth = 2,
	};
	owns(heard_free) struct heard heard = {};
	struct translator translator = {
		.sink = { .take = hear, .self = &heard },
		.begin_ns = BEGIN,
		.end_ns = UINT64_MAX,
	};
	const struct event_call *call;
	struct diag why = {};

	assert_int_equal(translate(&translator, &wire.head, sizeof(wire), &why), 0);
	call = first(&heard, EVENT_CALL);
	assert_int_equal(call->start_ns, BEGIN + 20);
	assert_int_equal(call->duration_ns, 30);
	assert_int_equal(call->unknown_ns, 0);
	assert_int_equal(call->self_ns, 0);
	assert_int_equal(call->address, wire.function);
	assert_int_equal(call->depth, 2);
	heard_free(&heard);
	wire.depth = 0;
	assert_int_equal(translate(&translator, &wire.head, sizeof(wire), &why), 0);
	call = first(&heard, EVENT_CALL);
	assert_int_equal(call->unknown_ns, 30);
	assert_int_equal(call->tid, T1);
}

static void what_a_call_spent_in_a_callee_is_told_with_the_calls_begin(void **state)
{
	struct wire_callee wire = {
		.head = { .time_ns = BEGIN + 50, .kind = WIRE_CALLEE, .cpu = 1, .tid = T1 },
		.start_ns = BEGIN + 20,
		.ns = 25,
		.max_ns = 20,
		.callee = 3,
		.count = 2,
		.is_unsure = 1,
	};
	owns(heard_free) struct heard heard = {};
	struct translator translator = {
		.sink = { .take = hear, .self = &heard },
		.begin_ns = BEGIN,
		.end_ns = UINT64_MAX,
	};
	const struct event_callee *callee;
	struct diag why = {};

	assert_int_equal(translate(&translator, &wire.head, sizeof(wire), &why), 0);
	callee = first(&heard, EVENT_CALLEE);
	assert_int_equal(callee->head.time_ns, BEGIN + 50);
	assert_int_equal(callee->start_ns, BEGIN + 20);
	assert_int_equal(callee->ns, 25);
	assert_int_equal(callee->max_ns, 20);
	assert_int_equal(callee->tid, T1);
	assert_int_equal(callee->callee, 3);
	assert_int_equal(callee->count, 2);
	assert_int_equal(callee->flags, CALLEE_UNSURE);
}

/* What a virtual CPU was told to have left its guest for; the caller's. */
static struct event_guest_exit guest_exit_of(struct wire_guest_exit wire, uint64_t end_ns)
{
	owns(heard_free) struct heard heard = {};
	struct translator translator = {
		.sink = { .take = hear, .self = &heard },
		.begin_ns = BEGIN,
		.end_ns = end_ns,
	};
	struct diag why = {};

	wire.head.kind = WIRE_GUEST_EXIT;
	wire.head.tid = T1;
	assert_int_equal(translate(&translator, &wire.head, sizeof(wire), &why), 0);
	return *(const struct event_guest_exit *)first(&heard, EVENT_GUEST_EXIT);
}

static void an_exit_of_a_guest_has_the_programs_part_and_the_halted_one(void **state)
{
	struct wire_guest_exit wire = {
		.head = { .time_ns = BEGIN + 50 },
		.start_ns = BEGIN + 10,
		.guest_ns = 7,
		.why = { .user_ns = BEGIN + 30,
			 .halted_ns = 25,
			 .vcpu = 3,
			 .reason = 0x7b,
			 .user_reason = 2,
			 .isa = GUEST_ISA_SVM,
			 .flags = GUEST_EXIT_USER | GUEST_EXIT_HALTED | GUEST_EXIT_VCPU |
				  GUEST_EXIT_GUEST },
	};
	struct event_guest_exit exit = guest_exit_of(wire, UINT64_MAX);

	assert_int_equal(exit.head.time_ns, BEGIN + 50);
	assert_int_equal(exit.start_ns, BEGIN + 10);
	assert_int_equal(exit.guest_ns, 7);
	assert_int_equal(exit.user_ns, 20);
	assert_int_equal(exit.halted_ns, 20); /* the parts are no more than the whole */
	assert_int_equal(exit.user_reason, 2);
	assert_int_equal(exit.reason, 0x7b);
	assert_int_equal(exit.vcpu, 3);
	assert_int_equal(exit.isa, GUEST_ISA_SVM);
	assert_int_equal(exit.tid, T1);
	wire.why.user_error = -EINTR;
	assert_int_equal(guest_exit_of(wire, UINT64_MAX).user_reason, 10);
	wire.why.user_error = -EFAULT;
	assert_int_equal(guest_exit_of(wire, UINT64_MAX).user_reason, 0);
}

static void an_exit_of_a_guest_ends_with_the_watch(void **state)
{
	struct wire_guest_exit wire = {
		.head = { .time_ns = BEGIN + 50 },
		.start_ns = BEGIN + 10,
		.why = { .user_ns = BEGIN + 45, .flags = GUEST_EXIT_USER | GUEST_EXIT_OPEN_END },
	};
	struct event_guest_exit exit = guest_exit_of(wire, BEGIN + 40);

	assert_int_equal(exit.head.time_ns, BEGIN + 40);
	assert_int_equal(exit.user_ns, 0);
	assert_true(exit.flags & GUEST_EXIT_OPEN_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_closes_a_run_a_wait_and_a_stay_in_the_queue),
		cmocka_unit_test(an_interrupt_wakes_for_nobody),
		cmocka_unit_test(a_sender_in_its_own_soft_interrupt_is_the_waker),
		cmocka_unit_test(what_began_before_the_watch_is_clipped_to_it),
		cmocka_unit_test(a_wake_up_that_raced_with_going_to_sleep_makes_an_empty_wait),
		cmocka_unit_test(a_preempted_thread_only_queued),
		cmocka_unit_test(a_switch_from_nobody_tells_no_run),
		cmocka_unit_test(the_dead_are_told),
		cmocka_unit_test(an_open_wait_ends_with_the_watch),
		cmocka_unit_test(a_switch_outside_the_watch_tells_nothing),
		cmocka_unit_test(a_stack_keeps_its_frames),
		cmocka_unit_test(a_stack_is_as_long_as_it_has_frames),
		cmocka_unit_test(the_usage_of_the_dead_is_told_before_their_end),
		cmocka_unit_test(the_usage_of_the_living_ends_with_the_watch),
		cmocka_unit_test(a_file_keeps_its_name),
		cmocka_unit_test(a_path_is_told_from_the_root_downwards),
		cmocka_unit_test(a_path_that_does_not_end_is_not_told),
		cmocka_unit_test(the_longest_path_fits),
		cmocka_unit_test(an_operation_is_told_with_what_its_flags_mean),
		cmocka_unit_test(an_operation_that_ended_outside_the_watch_is_not_told),
		cmocka_unit_test(a_lock_in_an_object_is_named_where_that_is_certain),
		cmocka_unit_test(a_process_names_its_own_mmap_lock),
		cmocka_unit_test(a_call_tells_whether_it_is_whole),
		cmocka_unit_test(calls_that_outlast_the_watch_end_with_it_and_others_are_not_of_it),
		cmocka_unit_test(a_short_record_is_refused),
		cmocka_unit_test(a_signal_is_told_in_its_place),
		cmocka_unit_test(the_workqueue_of_a_worker_is_its_title),
		cmocka_unit_test(a_process_is_told_with_its_title_until_it_runs_another_program),
		cmocka_unit_test(a_call_is_told_with_its_begin_and_nothing_of_its_inside),
		cmocka_unit_test(what_a_call_spent_in_a_callee_is_told_with_the_calls_begin),
		cmocka_unit_test(an_exit_of_a_guest_has_the_programs_part_and_the_halted_one),
		cmocka_unit_test(an_exit_of_a_guest_ends_with_the_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
