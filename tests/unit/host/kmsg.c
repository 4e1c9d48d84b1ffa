/* Is it seen whom a line of the kernel's log is about, in all the shapes in which it says so? */
#include "host/kmsg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void a_record_has_a_level_a_time_and_a_text(void **state)
{
	static const char RECORD[] = "6,339,5140900,-;NET: Registered protocol family 10\n"
				     " SUBSYSTEM=net\n";
	struct kmsg_line line;

	assert_int_equal(kmsg_parse(RECORD, sizeof(RECORD) - 1, &line), 0);
	assert_int_equal(line.level, 6);
	assert_int_equal(line.written_ns, 5140900000ULL);
	assert_string_equal(line.text, "NET: Registered protocol family 10");
	assert_int_equal(line.text_bytes, strlen(line.text));
	assert_int_equal(line.tid, 0);
	free(line.text);
}

/* The facility stands above the level's three bits; some kernels add who printed it. */
static void what_user_space_logged_has_a_level_too(void **state)
{
	static const char RECORD[] = "30,1,2,-,caller=T1;systemd[1]: a\\x09tab and \\x5c and \\xzz";
	struct kmsg_line line;

	assert_int_equal(kmsg_parse(RECORD, sizeof(RECORD) - 1, &line), 0);
	assert_int_equal(line.level, 6);
	assert_string_equal(line.text, "systemd[1]: a\ttab and \\ and \\xzz");
	free(line.text);
}

static void nonsense_is_no_record(void **state)
{
	static const char *const RECORDS[] = { "", ";", "6,1", "6,1,2,-", "a,b,c;d", "6;text" };

	for (size_t i = 0; i < sizeof(RECORDS) / sizeof(RECORDS[0]); i++) {
		struct kmsg_line line;

		assert_int_equal(kmsg_parse(RECORDS[i], strlen(RECORDS[i]), &line), -EBADMSG);
	}
}

static void expect(uint32_t tid, const char *text)
{
	assert_int_equal(kmsg_find_tid(text), tid);
}

static void a_hung_task_is_found(void **state)
{
	expect(77, "INFO: task txg_sync:77 blocked for more than 120 seconds.");
	expect(4711, "INFO: task a: b:c:4711 blocked for more than 245 seconds.");
	expect(9, "INFO: task cp:9 <writer> blocked on an rw-semaphore likely owned by task mv:10");
	expect(9, "INFO: task cp:9 is blocked on a mutex likely owned by task mv:10.");
}

static void a_crash_is_found(void **state)
{
	expect(123,
	       "crash[123]: segfault at 0 ip 000055d5 sp 00007ffc error 4 in crash[55d5+1000]");
	expect(123, "traps: crash[123] general protection fault ip:55d5 sp:7ffc error:0 in crash");
	expect(123, "traps: crash[123] trap invalid opcode ip:55d5 sp:7ffc error:0 in crash");
	expect(123, "a[b] c[123]: segfault at 0");
}

static void an_oops_is_found(void **state)
{
	expect(1234, "CPU: 1 PID: 1234 Comm: zfs Tainted: P           O       6.1.0");
	expect(1234, "CPU: 0 UID: 0 PID: 1234 Comm: mount Not tainted 6.18.0 #1");
	expect(1234, "task:sync            state:D stack:0     pid:1234  tgid:1234  ppid:1");
	expect(555, "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [spin:r:555]");
}

static void who_was_killed_for_memory_is_found(void **state)
{
	expect(42, "Out of memory: Killed process 42 (hog) total-vm:1kB, anon-rss:1kB");
	expect(42, "Memory cgroup out of memory: Killed process 42 (hog)");
}

static void other_lines_are_about_nobody(void **state)
{
	expect(0, "");
	expect(0, "XFS (loop0): Ending clean mount");
	expect(0, "INFO: task ");
	expect(0, "INFO: task x:y");
	expect(0, "]: segfault at 0");
	expect(0, "x[]: segfault at 0");
	expect(0, " PID: x");
	expect(0, "x[99999999999]: segfault at 0");
}

static int count(void *self, const struct kmsg_line *line)
{
	size_t *lines = self;

	++*lines;
	return 0;
}

static void the_log_is_read_without_waiting_for_more(void **state)
{
	owns(kmsg_free) struct kmsg *kmsg = NULL;
	size_t first = 0, second = 0;
	uint64_t dropped = 0;

	if (kmsg_open(&kmsg, NULL) < 0)
		skip();
	assert_int_equal(kmsg_read(kmsg, count, &first, &dropped), 0);
	assert_true(first <= KMSG_LINES_MAX);
	assert_int_equal(kmsg_read(kmsg, count, &second, &dropped), 0);
	assert_true(second <= first || first == 0 || dropped == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_a_level_a_time_and_a_text),
		cmocka_unit_test(what_user_space_logged_has_a_level_too),
		cmocka_unit_test(nonsense_is_no_record),
		cmocka_unit_test(a_hung_task_is_found),
		cmocka_unit_test(a_crash_is_found),
		cmocka_unit_test(an_oops_is_found),
		cmocka_unit_test(who_was_killed_for_memory_is_found),
		cmocka_unit_test(other_lines_are_about_nobody),
		cmocka_unit_test(the_log_is_read_without_waiting_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
