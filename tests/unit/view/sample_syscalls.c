/* What report of system calls do the views' tests show? Made by hand, so that no analysis changes
 * how it looks. */
#include "unit/view/sample_syscalls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static const struct wait_waker NOBODY = {
	.kind = WAKER_NONE, .name = "", .role = "", .device = ""
};
static const struct wait_waker JOURNAL = {
	.name = "jbd2/vda-8", .role = "", .device = "", .tid = 77
};
static const struct wait_waker DISK = {
	.kind = WAKER_INTERRUPT, .name = "", .role = "", .device = "vda"
};

static struct syscall_row *add_row(struct syscall_report *report, const char *syscall,
				   uint64_t count, uint64_t avg_ns)
{
	struct syscall_row *row = array_push(&report->rows);

	assert_non_null(row);
	row->syscall = syscall;
	row->name = "postgres";
	row->pid = 4711;
	row->times = (struct latency){
		.count = count,
		.total_ns = count * avg_ns,
		.min_ns = avg_ns / 4,
		.p50_ns = avg_ns * 9 / 10,
		.p90_ns = avg_ns * 2,
		.p99_ns = avg_ns * 3,
		.p999_ns = avg_ns * 5,
		.max_ns = avg_ns * 8,
	};
	row->times.doubling[10] = count;
	row->avg_ns = avg_ns;
	report->count += count;
	report->total_ns += row->times.total_ns;
	return row;
}

static void add_error(struct syscall_report *report, struct syscall_row *row, int32_t error,
		      const char *name, uint64_t count)
{
	struct syscall_error *place = array_push(&row->errors);

	assert_non_null(place);
	*place = (struct syscall_error){ .error = error, .name = name, .count = count };
	row->times.errors += count;
	report->errors += count;
}

static void add_rows(struct syscall_report *report)
{
	struct syscall_row *row = add_row(report, "fsync", 213, MS(38));

	row->unreturned = 1;
	row = add_row(report, "pread64", 1234567, US(2));
	row->times.bytes = 1234567ULL * 8192;
	add_error(report, row, 11, "EAGAIN", 1200);
	add_error(report, row, 4, "EINTR", 34);
	row->begun_before = 2;
	row = add_row(report, "openat", 9000, US(5));
	add_error(report, row, 2, "ENOENT", 8000);
	add_error(report, row, 4000, "", 2);
	row = add_row(report, "read", 700, US(3));
	row->name = "x\033[2J";
	row->pid = 0;
	row->tid = 12;
	row->times.bytes = row->times.p50_ns = row->times.min_ns = SYSCALL_UNKNOWN;
	add_error(report, row, 0, "", 7);
	row = add_row(report, "", 40, US(1));
	row->is_rest = true;
	row->name = "";
	row->pid = 0;
	for (size_t i = 0; i < report->rows.count; i++) {
		row = &report->rows.items[i];
		row->share = (double)row->times.total_ns / (double)report->total_ns;
		row->error_share = (double)row->times.errors / (double)row->times.count;
		report->begun_before += row->begun_before;
		report->unreturned += row->unreturned;
	}
}

static struct syscall_slow *add_slow(struct syscall_report *report, struct syscall_slow slow)
{
	struct syscall_slow *place = array_push(&report->slow);

	assert_non_null(place);
	slow.error = slow.error ?: "";
	slow.file = slow.file ?: "";
	slow.rest_ns = slow.ns;
	*place = slow;
	return place;
}

static void add_wait(struct syscall_slow *slow, struct syscall_wait wait)
{
	struct syscall_wait *place = array_push(&slow->waits);

	assert_non_null(place);
	wait.what = wait.what ?: "";
	wait.function = wait.function ?: "";
	if (!wait.waker.name)
		wait.waker = NOBODY;
	slow->rest_ns -= wait.ns;
	*place = wait;
}

static void add_frames(struct syscall_slow *slow, size_t count)
{
	static const char *const NAMES[] = { "fsync", "XLogFlush", "RecordTransactionCommit", "" };

	for (size_t i = 0; i < count; i++) {
		const char **place = array_push(&slow->frames);

		assert_non_null(place);
		*place = NAMES[i % 4];
	}
}

static void add_longest(struct syscall_report *report)
{
	struct syscall_slow *slow = add_slow(report, (struct syscall_slow){ .syscall = "fsync",
									    .tid = 4711,
									    .pid = 4711,
									    .name = "postgres",
									    .start_ns = MS(2500),
									    .ns = MS(300),
									    .fd = 7,
									    .file = "00000001" });

	add_wait(slow, (struct syscall_wait){ .cause = CAUSE_FS_JOURNAL,
					      .what = "a commit of the ext4 journal",
					      .function = "jbd2_log_wait_commit",
					      .waker = JOURNAL,
					      .count = 1,
					      .ns = MS(200) });
	add_wait(slow, (struct syscall_wait){ .cause = CAUSE_DISK_DEVICE,
					      .what = "page I/O",
					      .function = "folio_wait_bit_common",
					      .waker = DISK,
					      .count = 12,
					      .ns = MS(60) });
	add_wait(slow, (struct syscall_wait){ .is_queue = true, .count = 1, .ns = MS(30) });
	add_frames(slow, 10);
	slow = add_slow(report, (struct syscall_slow){ .syscall = "read",
						       .tid = 12,
						       .name = "x\033[2J",
						       .ns = MS(250),
						       .is_open = true,
						       .has_begun_before = true,
						       .fd = 3,
						       .file = "a\nb" });
	add_wait(slow, (struct syscall_wait){ .count = 1, .ns = MS(250), .is_open = true });
	(void)add_slow(report, (struct syscall_slow){ .syscall = "pwrite64",
						      .tid = 4712,
						      .pid = 4711,
						      .name = "postgres",
						      .start_ns = MS(1),
						      .ns = MS(3),
						      .result = 4096,
						      .size = 8192,
						      .fd = 9 });
	(void)add_slow(report, (struct syscall_slow){ .syscall = "openat",
						      .tid = 4712,
						      .pid = 4711,
						      .name = "",
						      .start_ns = MS(9),
						      .ns = MS(2),
						      .result = -2,
						      .error = "ENOENT",
						      .fd = -1 });
}

struct syscall_report *sample_syscalls(void)
{
	struct syscall_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->subject = calloc(1, sizeof(*report->subject));
	assert_non_null(report->subject);
	report->subject->target = TARGET_PROCESS;
	report->subject->pid = 4711;
	report->subject->cpus = 8;
	report->subject->window_ns = MS(10000);
	(void)snprintf(report->subject->name, sizeof(report->subject->name), "postgres");
	assert_int_equal(syscall_keys_read("process,syscall", &report->keys), 0);
	(void)snprintf(report->by, sizeof(report->by), "process,syscall");
	add_rows(report);
	add_longest(report);
	report->per_second = (double)report->count / 10;
	report->is_counted = true;
	report->lost = 3;
	report->over_ns = MS(1);
	report->idle_count = 40;
	report->idle_ns = MS(9000);
	assert_int_equal(text_add(&report->notes, "Lost: %d stacks.", 9), 0);
	return report;
}
