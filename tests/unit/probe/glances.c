/* Is a span of which a part was told told to its end exactly once? */
#include "probe/glances.h"

#include <string.h>

#include "harness/test.h"
#include "probe/translate.h"

enum fixture {
	BEGIN = 1000,
	T1 = 11,
	T2 = 12,
};

/* What was told of a thread, summed: any gap or anything told twice shows. */
struct heard {
	uint64_t run_ns;
	uint64_t kernel_ns;
	uint64_t wait_ns;
	uint64_t queue_ns;
	uint64_t throttled_ns;
	uint64_t end_ns;
	uint32_t tid;
	unsigned int open;  /* spans that were told while they lasted */
	unsigned int ended; /* and waits to whose end somebody is told */
};

static void add_span(struct heard *heard, uint64_t start_ns, uint64_t end_ns, uint32_t flags)
{
	/* Each begins where the last one ended. */
	if (heard->end_ns)
		assert_int_equal(start_ns, heard->end_ns);
	assert_true(end_ns >= start_ns);
	heard->end_ns = end_ns;
	heard->open += !!(flags & SPAN_OPEN_END);
}

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;
	const struct event_run *run = (const void *)event;
	const struct event_wait *wait = (const void *)event;
	const struct event_queue *queue = (const void *)event;

	if (event->kind == EVENT_RUN && run->tid == heard->tid) {
		add_span(heard, run->start_ns, event->time_ns, run->flags);
		heard->run_ns += event->time_ns - run->start_ns;
		heard->kernel_ns += run->kernel_ns;
	} else if (event->kind == EVENT_WAIT && wait->tid == heard->tid) {
		add_span(heard, wait->start_ns, wait->end_ns, wait->flags);
		heard->wait_ns += wait->end_ns - wait->start_ns;
		heard->ended += !(wait->flags & SPAN_OPEN_END);
	} else if (event->kind == EVENT_QUEUE && queue->tid == heard->tid) {
		assert_true(event->time_ns >= queue->start_ns);
		add_span(heard, queue->start_ns, event->time_ns, queue->flags);
		heard->queue_ns += event->time_ns - queue->start_ns;
		heard->throttled_ns += queue->throttled_ns;
	}
	return 0;
}

struct fixtures {
	struct glances glances;
	struct heard heard;
	struct translator t;
};

static void begin(struct fixtures *f, uint32_t tid)
{
	*f = (struct fixtures){ .heard = { .tid = tid } };
	f->t = (struct translator){
		.sink = { .take = hear, .self = &f->heard },
		.begin_ns = BEGIN,
		.end_ns = UINT64_MAX,
		.sample_ns = 10,
		.told_ns = BEGIN,
		.glances = &f->glances,
	};
}

static void tell(struct fixtures *f, struct wire_switch wire)
{
	struct diag why = {};

	assert_int_equal(translate(&f->t, &wire.head, sizeof(wire), &why), 0);
}

static struct wire_switch a_glance(uint64_t now, struct wire_switch wire)
{
	wire.head = (struct wire){ .time_ns = now, .kind = WIRE_OPEN };
	wire.flags |= WIRE_TOLD;
	wire.wait.fd = -1;
	return wire;
}

/* T1 left at 2000. */
static struct wire_switch a_wait_at(uint64_t now)
{
	return a_glance(now, (struct wire_switch){ .out_ns = 2000,
						   .next_tid = T1,
						   .next_state = 1,
						   .flags = WIRE_BLOCKED });
}

/* It is woken then, and gets a CPU at 9000. */
static struct wire_switch its_end(uint64_t wake_ns)
{
	return (struct wire_switch){
		.head = { .time_ns = 9000, .kind = WIRE_SWITCH_WAIT, .tid = T2 },
		.out_ns = 2000,
		.wake_ns = wake_ns,
		.next_tid = T1,
		.next_state = 1,
		.flags = WIRE_TOLD | WIRE_BLOCKED,
		.wait = { .fd = -1 },
	};
}

static void a_wait_is_told_piece_by_piece(void **state)
{
	struct fixtures f;

	begin(&f, T1);
	tell(&f, a_wait_at(3000));
	tell(&f, a_wait_at(4000));
	assert_int_equal(f.heard.open, 2);
	assert_int_equal(f.heard.wait_ns, 2000);
	tell(&f, its_end(8000));
	assert_int_equal(f.heard.wait_ns, 6000);
	assert_int_equal(f.heard.queue_ns, 1000);
	assert_int_equal(f.heard.ended, 1);
	assert_int_equal(f.glances.items.count, 0);
	glances_free(&f.glances);
}

static void a_wait_that_is_over_when_it_is_looked_at_is_told_once(void **state)
{
	struct wire_switch woken = a_wait_at(5000);
	struct fixtures f;

	begin(&f, T1);
	woken.flags &= ~(uint32_t)WIRE_BLOCKED;
	woken.wake_ns = 4000;
	tell(&f, woken);
	assert_int_equal(f.heard.wait_ns, 2000);
	assert_int_equal(f.heard.queue_ns, 1000);
	woken.head.time_ns = 6000;
	tell(&f, woken);
	tell(&f, its_end(4000));
	assert_int_equal(f.heard.wait_ns, 2000);
	assert_int_equal(f.heard.queue_ns, 5000);
	assert_int_equal(f.heard.end_ns, 9000);
	assert_int_equal(f.heard.ended, 1);
	glances_free(&f.glances);
}

/* The programs look at the clock first, and at the thread a moment later. */
static void a_wake_up_amid_the_look_is_no_time_from_the_future(void **state)
{
	struct wire_switch woken = a_wait_at(5000);
	struct fixtures f;

	begin(&f, T1);
	woken.flags &= ~(uint32_t)WIRE_BLOCKED;
	woken.wake_ns = 5100;
	tell(&f, woken);
	assert_int_equal(f.heard.wait_ns, 3000);
	assert_int_equal(f.heard.queue_ns, 0);
	tell(&f, its_end(5100));
	assert_int_equal(f.heard.wait_ns, 3100);
	assert_int_equal(f.heard.queue_ns, 3900);
	glances_free(&f.glances);
}

static void a_span_that_began_amid_the_look_is_not_told_yet(void **state)
{
	struct fixtures f;

	begin(&f, T1);
	tell(&f, a_wait_at(1900));
	assert_int_equal(f.heard.wait_ns, 0);
	assert_int_equal(f.glances.items.count, 0);
	tell(&f, its_end(8000));
	assert_int_equal(f.heard.wait_ns, 6000);
	glances_free(&f.glances);
}

static struct wire_switch a_run_at(uint64_t now, uint64_t kernel_ns)
{
	return a_glance(now, (struct wire_switch){ .in_ns = 2000,
						   .kernel_ns = kernel_ns,
						   .next_tid = T1,
						   .flags = WIRE_RUNNING });
}

static void a_run_is_told_piece_by_piece_with_its_part_in_the_kernel(void **state)
{
	struct wire_switch end = {
		.head = { .time_ns = 9000, .kind = WIRE_SWITCH, .tid = T1 },
		.in_ns = 2000,
		.kernel_ns = 2500,
		.prev_state = 1,
		.flags = WIRE_TOLD_PREV,
	};
	struct fixtures f;

	begin(&f, T1);
	tell(&f, a_run_at(3000, 200));
	tell(&f, a_run_at(5000, 1200));
	assert_int_equal(f.heard.run_ns, 3000);
	assert_int_equal(f.heard.kernel_ns, 1200);
	assert_int_equal(f.heard.open, 2);
	tell(&f, end);
	assert_int_equal(f.heard.run_ns, 7000);
	assert_int_equal(f.heard.kernel_ns, 2500);
	assert_int_equal(f.glances.items.count, 0);
	glances_free(&f.glances);
}

static void a_stay_in_the_queue_is_told_piece_by_piece_with_its_throttled_part(void **state)
{
	struct wire_switch end = {
		.head = { .time_ns = 9000, .kind = WIRE_SWITCH, .tid = T2 },
		.out_ns = 2000,
		.next_tid = T1,
		.throttled_ns = 600,
		.flags = WIRE_TOLD,
	};
	struct fixtures f;

	begin(&f, T1);
	tell(&f, a_glance(4000, (struct wire_switch){
					.out_ns = 2000, .throttled_ns = 500, .next_tid = T1 }));
	tell(&f, end);
	assert_int_equal(f.heard.queue_ns, 7000);
	assert_int_equal(f.heard.throttled_ns, 600);
	assert_int_equal(f.heard.wait_ns, 0);
	glances_free(&f.glances);
}

/* The same number as before, and another wait. */
static void another_wait_is_not_taken_for_the_one_that_was_seen(void **state)
{
	struct wire_switch later = its_end(8000);
	struct fixtures f;

	begin(&f, T1);
	tell(&f, a_wait_at(3000));
	later.out_ns = 6000;
	f.heard.end_ns = 0;
	tell(&f, later);
	assert_int_equal(f.heard.wait_ns, 1000 + 2000);
	assert_int_equal(f.glances.items.count, 0);
	glances_free(&f.glances);
}

static void rows_are_found_when_others_have_gone(void **state)
{
	struct glances glances = {};

	for (uint32_t tid = 1; tid <= 100; tid++) {
		struct wire_switch wire = a_wait_at(3000);

		wire.next_tid = tid;
		assert_int_equal(glances_take(&glances, &wire), 1);
	}
	for (uint32_t tid = 1; tid <= 100; tid += 2) {
		struct wire_switch wire = its_end(8000), rest;

		wire.head.tid = 1000;
		wire.next_tid = tid;
		assert_true(glances_cut(&glances, &wire, sizeof(wire), &rest));
		assert_int_equal(rest.out_ns, 3000);
		assert_false(glances_cut(&glances, &wire, sizeof(wire), &rest));
	}
	assert_int_equal(glances.items.count, 50);
	for (uint32_t tid = 2; tid <= 100; tid += 2) {
		struct wire_switch wire = a_wait_at(4000);

		wire.next_tid = tid;
		assert_int_equal(glances_take(&glances, &wire), 1);
		assert_int_equal(wire.out_ns, 3000);
	}
	glances_free(&glances);
}

/* Only what lasts since an earlier look is worth asking for; here nobody is there to be asked. */
static void nobody_is_asked_about_a_wait_that_was_seen_once(void **state)
{
	struct glances glances = {};
	struct owners owners = {};
	struct owned_futex futex;
	struct wire_switch wire = a_wait_at(3000);

	assert_int_equal(glances_take(&glances, &wire), 1);
	owners_give_time(&owners, 1000000000);
	assert_false(glances_futex(&glances, &owners, T1, &futex));
	assert_null(owners.guard);
	assert_false(glances_futex(&glances, &owners, T2, &futex));
	owners_end(&owners);
	glances_free(&glances);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_is_told_piece_by_piece),
		cmocka_unit_test(a_wait_that_is_over_when_it_is_looked_at_is_told_once),
		cmocka_unit_test(a_wake_up_amid_the_look_is_no_time_from_the_future),
		cmocka_unit_test(a_span_that_began_amid_the_look_is_not_told_yet),
		cmocka_unit_test(a_run_is_told_piece_by_piece_with_its_part_in_the_kernel),
		cmocka_unit_test(
			a_stay_in_the_queue_is_told_piece_by_piece_with_its_throttled_part),
		cmocka_unit_test(another_wait_is_not_taken_for_the_one_that_was_seen),
		cmocka_unit_test(rows_are_found_when_others_have_gone),
		cmocka_unit_test(nobody_is_asked_about_a_wait_that_was_seen_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
