/* Does the fold take whatever it is told, and tell the same of the same? */
#include "analyse/stuck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/printed.h"
#include "harness/test.h"
#include "unit/analyse/looked.h"
#include "view/stuck_json.h"

static char *print_report(struct stream *stream)
{
	owns(stuck_report_free) struct stuck_report *report = looked_report(stream);
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(view_stuck_json(report, printed.out), 0);
	return printed_end(&printed);
}

static void a_recording_without_looks_is_refused_with_the_remedy(void **state)
{
	owns(stuck_free) struct stuck *stuck = NULL;
	struct stuck_report *report = NULL;
	struct diag why = {};

	assert_int_equal(stuck_new(&(struct stuck_options){}, &stuck), 0);
	assert_int_equal(stuck_report_make(stuck, &report, &why), -ENODATA);
	assert_non_null(strstr(why.text, "slowpath stuck -o"));
}

static void what_was_missing_and_lost_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	stream_fact(&stream, "missing.user_stacks", "what threads do in their own code");
	stream_fact(&stream, "facility.look", "iter_task");
	stream_loss(&stream, LOSS_STACK, 12);
	looked_task(&stream, 1, 0, "one", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	report = looked_report(&stream);
	assert_tells(report->not_seen.items, report->not_seen.count, "in their own code");
	assert_tells(report->not_seen.items, report->not_seen.count, "kernel stacks of 1 sleeping");
	assert_tells(report->how.items, report->how.count, "look: iter_task");
	assert_int_equal(report->losses.count, 1);
	assert_int_equal(report->losses.items[0].count, 12);
}

static void a_single_look_is_said_to_be_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_once(&stream, 1, (struct event_thread){ .tid = 1, .state = 1 });
	report = looked_report(&stream);
	assert_int_equal(report->looks, 1);
	assert_tells(report->not_seen.items, report->not_seen.count, "but one look");
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)rand() % limit;
}

/* Nonsense of all kinds, with numbers that meet each other often. */
static void tell_nonsense(struct stream *stream)
{
	static const uint32_t STATES[] = { 0, 1, 2, 4, 8, 16, 32, 0x40, 0x102, 0x402 };
	uint64_t stacks[4] = { 0 };

	stacks[1] = stream_stack(stream, "futex_do_wait", "do_futex", NULL);
	stacks[2] = stream_stack(stream, "ep_poll", NULL);
	stacks[3] = stream_stack(stream, "folio_wait_bit_common", "filemap_fault", NULL);
	looked_begin(stream, below(3) ? 0 : 3);
	for (int i = 0; i < 40; i++)
		looked_task(stream, below(20), below(8), "nonsense", below(4));
	for (int i = 0; i < 60; i++) {
		struct event_thread thread = {
			.tid = below(24),
			.state = STATES[below(array_count(STATES))],
			.flags = below(32),
			.since_ns = below(2) ? AT(below(20000)) : 0,
			.stack = stacks[below(4)],
			.run_ns = below(3) ? 0 : MS(below(1000)),
			.syscall = (int32_t)below(400) - 2,
			.arguments = { below(9), below(300), below(24), below(2) },
			.lock = below(4) ? 0 : 0xffff888000001000,
			.lock_kind = below(9),
			.lock_owner = below(3) ? 0 : below(24),
			.exit_code = (int32_t)below(4000),
		};

		looked_once(stream, 1 + below(2), thread);
	}
	for (int i = 0; i < 60; i++)
		looked_relation(stream, below(24), (enum relation_kind)below(10), below(24),
				below(8), below(2) ? "name" : "");
	for (int i = 0; i < 10; i++)
		looked_log(stream, below(10000), below(24),
			   below(2) ? "kernel BUG at x.c:1!" : "Comm: nonsense Not tainted");
}

static void nonsense_is_told_and_twice_the_same(void **state)
{
	srand(4);
	for (int round = 0; round < 2000; round++) {
		owns(stream_free) struct stream stream = {};
		owns(own_free) char *one = NULL;
		owns(own_free) char *other = NULL;

		tell_nonsense(&stream);
		one = print_report(&stream);
		other = print_report(&stream);
		assert_string_equal(one, other);
	}
}

static void nothing_can_be_taken_after_the_report(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;
	owns(stuck_report_free) struct stuck_report *report = NULL;
	struct stuck_report *again = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "one", 0);
	looked_asleep(&stream, 1, 5000, (struct event_thread){});
	assert_int_equal(stuck_new(&(struct stuck_options){}, &stuck), 0);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(stuck_take(stuck, stream.items.items[i].event, NULL), 0);
	assert_int_equal(stuck_report_make(stuck, &report, NULL), 0);
	assert_int_equal(stuck_take(stuck, stream.items.items[0].event, NULL), 0);
	assert_int_equal(stuck_report_make(stuck, &again, NULL), -ENODATA);
	assert_null(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_without_looks_is_refused_with_the_remedy),
		cmocka_unit_test(what_was_missing_and_lost_is_told),
		cmocka_unit_test(a_single_look_is_said_to_be_one),
		cmocka_unit_test(nonsense_is_told_and_twice_the_same),
		cmocka_unit_test(nothing_can_be_taken_after_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
