/* Is it seen in /proc/locks who waits for whose lock? */
#include "host/file_locks.h"

#include <string.h>

#include "harness/test.h"

static void those_below_a_lock_wait_for_who_holds_it(void **state)
{
	static const char TEXT[] = "1: POSIX  ADVISORY  WRITE 100 fe:01:332835 0 EOF\n"
				   "1: -> POSIX  ADVISORY  WRITE 200 fe:01:332835 0 EOF\n"
				   "1:  -> POSIX  ADVISORY  READ  300 fe:01:332835 10 20\n"
				   "2: FLOCK  ADVISORY  WRITE 400 00:2a:77 0 EOF\n";
	owns(file_locks_free) struct file_locks locks = {};

	assert_int_equal(file_locks_parse(TEXT, &locks), 0);
	assert_int_equal(locks.waits.count, 2);
	assert_int_equal(locks.waits.items[0].waiter, 200);
	assert_int_equal(locks.waits.items[0].holder, 100);
	assert_int_equal(locks.waits.items[0].dev, 0xfe << 20 | 1);
	assert_int_equal(locks.waits.items[0].inode, 332835);
	assert_string_equal(locks.waits.items[0].kind, "POSIX");
	assert_int_equal(locks.waits.items[1].waiter, 300);
	assert_int_equal(locks.waits.items[1].holder, 100);
}

/* An open file's lock belongs to no process; who has no number in this namespace is told as 0. */
static void a_lock_may_have_no_process(void **state)
{
	static const char TEXT[] = "1: OFDLCK ADVISORY  WRITE -1 00:01:5 0 EOF\n"
				   "1: -> OFDLCK ADVISORY  WRITE -1 00:01:5 0 EOF\n"
				   "1: -> POSIX  ADVISORY  WRITE 9 00:01:5 0 EOF\n"
				   "2: POSIX  ADVISORY  WRITE 0 00:01:6 0 EOF\n"
				   "2: -> POSIX  ADVISORY  WRITE 10 00:01:6 0 EOF\n";
	owns(file_locks_free) struct file_locks locks = {};

	assert_int_equal(file_locks_parse(TEXT, &locks), 0);
	assert_int_equal(locks.waits.count, 1);
	assert_int_equal(locks.waits.items[0].waiter, 9);
	assert_int_equal(locks.waits.items[0].holder, FILE_LOCK_NO_HOLDER);
}

static void nothing_is_made_of_nonsense(void **state)
{
	owns(file_locks_free) struct file_locks locks = {};

	assert_int_equal(file_locks_parse("", &locks), 0);
	assert_int_equal(
		file_locks_parse("\n\nhello\n1:\n1: ->\n3: -> POSIX ADVISORY WRITE 5 1:1:1\n"
				 "1: LEASE ACTIVE READ x 1:2:3",
				 &locks),
		0);
	assert_int_equal(locks.waits.count, 0);
}

static void this_machines_locks_are_read(void **state)
{
	owns(file_locks_free) struct file_locks locks = {};

	assert_int_equal(file_locks_read(&locks), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_below_a_lock_wait_for_who_holds_it),
		cmocka_unit_test(a_lock_may_have_no_process),
		cmocka_unit_test(nothing_is_made_of_nonsense),
		cmocka_unit_test(this_machines_locks_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
