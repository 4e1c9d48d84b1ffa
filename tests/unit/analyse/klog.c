/* Is the kernel's log read right? The texts are real ones. */
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

struct told {
	uint32_t tid;
	const char *text;
};

static struct stuck *read_lines(struct stream *stream, const struct told *lines, size_t count)
{
	looked_begin(stream, 0);
	looked_task(stream, 1, 0, "init", 0);
	looked_asleep(stream, 1, 5000, (struct event_thread){});
	for (size_t i = 0; i < count; i++)
		looked_log(stream, (double)i * 0.01, lines[i].tid, lines[i].text);
	return looked_judge(stream);
}

static const struct klog_report *report_of(const struct stuck *stuck, enum klog_kind kind,
					   uint32_t tid, const char *comm)
{
	const struct klog_report *report = klog_find(&stuck->klog, kind, tid);

	assert_non_null(report);
	assert_string_equal(names_text(&stuck->names, report->comm), comm);
	return report;
}

static void an_oops_is_one_report_and_of_the_thread_that_a_later_line_names(void **state)
{
	static const struct told LINES[] = {
		{ 0, "BUG: kernel NULL pointer dereference, address: 0000000000000008" },
		{ 0, "#PF: supervisor read access in kernel mode" },
		{ 0, "Oops: 0000 [#1] PREEMPT SMP PTI" },
		{ 4711, "CPU: 1 PID: 4711 Comm: txg_sync Tainted: P           OE      6.1.0" },
		{ 0, "RIP: 0010:dbuf_write_ready+0x42/0x2f0 [zfs]" },
		{ 0, "---[ end trace 0000000000000000 ]---" },
		{ 0, "EXT4-fs (vda1): mounted filesystem" },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));
	const struct klog_report *report = report_of(stuck, KLOG_FAILED, 4711, "txg_sync");

	assert_int_equal(stuck->klog.reports.count, 1);
	assert_int_equal(report->first, 0);
	assert_int_equal(report->last, 5);
}

static void a_failed_assertion_of_zfs_is_a_failure(void **state)
{
	static const struct told LINES[] = {
		{ 0, "VERIFY3(0 == remove_reference(hdr, tag)) failed (0 == 1)" },
		{ 0, "PANIC at arc.c:6984:arc_release()" },
		{ 812, "Showing stack for process 812" },
		{ 812, "CPU: 0 PID: 812 Comm: z_wr_iss Tainted: P           OE" },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));

	(void)report_of(stuck, KLOG_FAILED, 812, "z_wr_iss");
	assert_int_equal(stuck->klog.reports.count, 1);
}

static void hung_tasks_are_counted(void **state)
{
	static const struct told LINES[] = {
		{ 77, "INFO: task my worker:77 blocked for more than 120 seconds." },
		{ 0, "      Not tainted 6.1.0-18-amd64 #1 Debian 6.1.76-1" },
		{ 77, "INFO: task my worker:77 blocked for more than 241 seconds." },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));

	assert_int_equal(report_of(stuck, KLOG_HUNG, 77, "my worker")->count, 2);
}

static void a_crash_of_a_program_is_none_of_the_kernel(void **state)
{
	static const struct told LINES[] = {
		{ 55,
		  "crash[55]: segfault at 0 ip 000055d0 sp 00007ffe error 6 in crash[55d0+1000]" },
		{ 56,
		  "traps: python3[56] general protection fault ip:7f00 sp:7ffe error:0 in libc.so.6" },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));

	(void)report_of(stuck, KLOG_USER, 55, "crash");
	(void)report_of(stuck, KLOG_USER, 56, "python3");
	assert_null(klog_find(&stuck->klog, KLOG_FAILED, 56));
}

static void a_soft_lockup_names_who_keeps_the_cpu(void **state)
{
	static const struct told LINES[] = {
		{ 0, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [stress:900]" },
		{ 900, "CPU: 0 PID: 900 Comm: stress Not tainted 6.1.0" },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));

	(void)report_of(stuck, KLOG_STALL, 900, "stress");
}

static void what_the_log_tells_of_a_former_owner_of_the_number_is_not_believed(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = NULL;

	looked_begin(&stream, 0);
	looked_task(&stream, 55, 0, "another", 0);
	looked_asleep(&stream, 55, 5000, (struct event_thread){});
	looked_log(&stream, 1, 55, "kernel BUG at fs/inode.c:1!");
	looked_log(&stream, 1.1, 55, "CPU: 0 PID: 55 Comm: culprit Not tainted 6.1.0");
	stuck = looked_judge(&stream);
	assert_non_null(klog_find(&stuck->klog, KLOG_FAILED, 55));
	assert_null(thread_report(stuck, stuck_thread(stuck, 55), KLOG_FAILED));
	assert_int_equal(stuck_thread(stuck, 55)->row, ROW_ASLEEP);
}

static void harmless_lines_are_no_reports(void **state)
{
	static const struct told LINES[] = {
		{ 0, "EXT4-fs (vda1): re-mounted. Opts: errors=remount-ro" },
		{ 0, "audit: type=1400 apparmor=\"DENIED\" comm=\"BUG\"" },
		{ 0, "" },
	};
	owns(stream_free) struct stream stream = {};
	owns(stuck_free) struct stuck *stuck = read_lines(&stream, LINES, array_count(LINES));

	assert_int_equal(stuck->klog.reports.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_oops_is_one_report_and_of_the_thread_that_a_later_line_names),
		cmocka_unit_test(a_failed_assertion_of_zfs_is_a_failure),
		cmocka_unit_test(hung_tasks_are_counted),
		cmocka_unit_test(a_crash_of_a_program_is_none_of_the_kernel),
		cmocka_unit_test(a_soft_lockup_names_who_keeps_the_cpu),
		cmocka_unit_test(
			what_the_log_tells_of_a_former_owner_of_the_number_is_not_believed),
		cmocka_unit_test(harmless_lines_are_no_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
