/* Are locks that are variables of the kernel named, once and before their use? */
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/heard.h"

static void take_lock(struct setup *setup, uint64_t lock)
{
	struct event_lock event = {
		.head = { .bytes = sizeof(event), .kind = EVENT_LOCK, .time_ns = 9 },
		.lock = lock,
	};

	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &event.head, NULL), 0);
	assert_memory_equal(event_at(setup, setup->heard.count - 1, EVENT_LOCK), &event,
			    sizeof(event));
}

static void assert_lock_name(const struct setup *setup, uint64_t lock, const char *name)
{
	const struct event_lock_name *event = event_at(setup, 0, EVENT_LOCK_NAME);

	assert_int_equal(setup->heard.count, 2);
	assert_true(event->lock == lock);
	assert_int_equal(event->kind, LOCK_NAME_STATIC);
	assert_int_equal(event->name_bytes, strlen(name));
	assert_memory_equal(event->name, name, strlen(name));
}

static void locks_that_are_variables_are_named_once_before_their_use(void **state)
{
	struct setup setup = { .fake = { .kallsyms = "ffffffff81000100 T vfs_read\n"
						     "ffffffff82000000 D tasklist_lock\n"
						     "ffffffff82000040 b init_mm\n"
						     "ffffffff82000400 B _end\n"
						     "ffffffffc0001000 d pool\t[zfs]\n"
						     "ffffffffc0001100 d last\t[zfs]\n" } };
	struct event_wait wait = {
		.head = { .bytes = sizeof(wait), .kind = EVENT_WAIT, .time_ns = 9 },
		.lock = 0xffffffff82000060,
	};

	start(&setup);
	take_lock(&setup, 0xffffffff82000000);
	assert_int_equal(setup.heard.count, 1); /* no stack has wanted the symbols so far */
	take_stack(&setup, 1, 0, (const uint64_t[FRAMES_MAX]){ 0xffffffff81000110 });
	take_lock(&setup, 0xffffffff82000000);
	assert_lock_name(&setup, 0xffffffff82000000, "tasklist_lock");
	take_lock(&setup, 0xffffffff82000000);
	assert_int_equal(setup.heard.count, 1);
	take_lock(&setup, 0xffffffffc0001008);
	assert_lock_name(&setup, 0xffffffffc0001008, "pool+0x8 [zfs]");
	take_lock(&setup, 0xffff888100000000); /* in the heap */
	assert_int_equal(setup.heard.count, 1);
	take_lock(&setup, 0xffffffff81000110); /* code */
	assert_int_equal(setup.heard.count, 1);

	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &wait.head, NULL), 0);
	assert_lock_name(&setup, wait.lock, "init_mm+0x20");
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_that_are_variables_are_named_once_before_their_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
