/* Does each kind of event get what it lacks, and does all else pass untouched? */
#include <errno.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/heard.h"

static void the_work_of_a_request_is_named(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	struct event_request request = {
		.head = { .bytes = sizeof(request), .kind = EVENT_REQUEST, .time_ns = 3 },
		.id = 5,
		.work_address = 0xffffffff81000300,
	};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), 0);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 1, "panic", "");
	request.work = 1;
	assert_memory_equal(event_at(&setup, 1, EVENT_REQUEST), &request, sizeof(request));

	setup.heard.count = 0;
	request.work = 0;
	request.work_address = 0;
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), 0);
	assert_int_equal(setup.heard.count, 1);
	assert_memory_equal(event_at(&setup, 0, EVENT_REQUEST), &request, sizeof(request));
	stop(&setup);
}

static void the_function_of_a_call_is_named_each_time(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	struct event_call call = {
		.head = { .bytes = sizeof(call), .kind = EVENT_CALL, .time_ns = 3 },
		.address = 0xffffffff81000300,
	};

	start(&setup);
	for (int i = 0; i < 2; i++)
		assert_int_equal(namer_take(setup.namer, &call.head, NULL), 0);
	/* One that has no address has its name already. */
	call.address = 0;
	assert_int_equal(namer_take(setup.namer, &call.head, NULL), 0);
	assert_int_equal(setup.heard.count, 4);
	assert_symbol(&setup, 0, 1, "panic", "");
	assert_memory_equal(event_at(&setup, 3, EVENT_CALL), &call, sizeof(call));
	call.address = 0xffffffff81000300;
	call.symbol = 1;
	assert_memory_equal(event_at(&setup, 1, EVENT_CALL), &call, sizeof(call));
	assert_memory_equal(event_at(&setup, 2, EVENT_CALL), &call, sizeof(call));
	stop(&setup);
}

static void a_mapping_whose_path_does_not_fit_is_refused(void **state)
{
	struct event_mapping mapping = {
		.head = { .bytes = sizeof(mapping), .kind = EVENT_MAPPING },
		.path_bytes = 9,
	};
	struct setup setup = {};
	struct diag why = {};

	start_recorded(&setup);
	assert_int_equal(namer_take(setup.namer, &mapping.head, &why), -EBADMSG);
	assert_int_equal(why.code, -EBADMSG);
	stop(&setup);
}

static void other_events_pass_untouched(void **state)
{
	struct setup setup = { 0 };
	struct event_run run = {
		.head = { .bytes = sizeof(run), .kind = EVENT_RUN, .time_ns = 3 },
		.tid = 7,
	};
	struct event unknown = { .bytes = sizeof(unknown), .kind = 9999 };

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &run.head, NULL), 0);
	assert_int_equal(namer_take(setup.namer, &unknown, NULL), 0);
	assert_memory_equal(event_at(&setup, 0, EVENT_RUN), &run, sizeof(run));
	assert_int_equal(setup.heard.count, 2);
	stop(&setup);
}

static void a_stack_whose_frames_do_not_fit_is_refused(void **state)
{
	struct setup setup = { 0 };
	struct event_stack stack = {
		.head = { .bytes = sizeof(stack), .kind = EVENT_STACK },
		.frames = 1,
	};
	struct diag why = {};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &stack.head, &why), -EBADMSG);
	assert_int_equal(why.code, -EBADMSG);
	assert_int_equal(setup.heard.count, 0);
	stop(&setup);
}

/* How many frames came out last, and what was told to be missing. */
struct lacks {
	uint32_t frames;
	char missing[256];
};

static int hear_lacks(void *self, const struct event *event, struct diag *why)
{
	struct lacks *lacks = self;

	if (event->kind == EVENT_STACK)
		lacks->frames = ((const struct event_stack *)event)->frames;
	if (event->kind == EVENT_FACT) {
		const struct event_fact *fact = (const struct event_fact *)event;

		assert_true(fact->key_bytes + fact->value_bytes < sizeof(lacks->missing));
		assert_memory_equal(fact->text, "missing.", 8);
		memcpy(lacks->missing, fact->text, fact->key_bytes + fact->value_bytes);
	}
	return 0;
}

static void a_stack_that_stands_still_is_cut_and_counted(void **state)
{
	struct lacks lacks = {};
	struct fake fake = {};
	const struct symbol_source source = fake_source(&fake);
	const struct event_sink next = { .take = hear_lacks, .self = &lacks };
	struct namer *namer = NULL;
	union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + 127 * sizeof(struct event_frame)];
	} still = { .stack = { .head = { .bytes = sizeof(still), .kind = EVENT_STACK },
			       .flags = STACK_USER,
			       .tgid = 7,
			       .frames = 127 } };
	struct event_watch_end end = { .head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END } };

	for (uint32_t i = 0; i < still.stack.frames; i++)
		still.stack.frame[i].address = i ? 0x400100 : 0x400200;
	assert_int_equal(namer_new(&source, &next, &namer), 0);
	assert_int_equal(namer_take(namer, &still.stack.head, NULL), 0);
	assert_int_equal(lacks.frames, 2);
	still.stack.flags = 0;
	assert_int_equal(namer_take(namer, &still.stack.head, NULL), 0);
	assert_int_equal(lacks.frames, 127); /* the kernel's are unwound otherwise */
	memset(lacks.missing, 0, sizeof(lacks.missing));
	assert_int_equal(namer_take(namer, &end.head, NULL), 0);
	assert_non_null(strstr(lacks.missing, "missing.still_stacks"));
	assert_non_null(strstr(lacks.missing, "(there were 1;"));
	namer_free(&namer);
}

static void what_the_next_one_answers_is_answered(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT },
			       .heard = { .answer = -ENOSPC } };
	struct event_request request = {
		.head = { .bytes = sizeof(request), .kind = EVENT_REQUEST },
		.work_address = 0xffffffff81000110,
	};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), -ENOSPC);
	assert_int_equal(setup.heard.count, 1);
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_work_of_a_request_is_named),
		cmocka_unit_test(the_function_of_a_call_is_named_each_time),
		cmocka_unit_test(a_mapping_whose_path_does_not_fit_is_refused),
		cmocka_unit_test(other_events_pass_untouched),
		cmocka_unit_test(a_stack_whose_frames_do_not_fit_is_refused),
		cmocka_unit_test(a_stack_that_stands_still_is_cut_and_counted),
		cmocka_unit_test(what_the_next_one_answers_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
