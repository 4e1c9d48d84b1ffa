/* What report on files do the views' tests show? Made by hand, so that no analysis changes how it
 * looks. */
#include "unit/view/sample_files.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static struct latency latency_of(uint64_t count, uint64_t bytes, uint64_t p50_ns)
{
	return (struct latency){
		.count = count,
		.bytes = bytes,
		.total_ns = count * p50_ns,
		.min_ns = p50_ns / 2,
		.p50_ns = p50_ns,
		.p90_ns = p50_ns * 2,
		.p99_ns = p50_ns * 4,
		.p999_ns = p50_ns * 8,
		.max_ns = p50_ns * 16,
	};
}

static struct files_split split_of(uint64_t count, uint64_t total_ns)
{
	return (struct files_split){
		.count = count,
		.requests = count,
		.total_ns = total_ns,
		.ns = { total_ns / 10, total_ns / 10, total_ns / 2, 0,
			total_ns - total_ns / 5 - total_ns / 2 },
		.share = { 0.1, 0.1, 0.5, 0, 0.3 },
	};
}

static struct files_row *add_row(struct files_report *report, const char *file, const char *op,
				 const char *engine, struct latency latency)
{
	struct files_row *row = array_push(&report->rows);

	assert_non_null(row);
	row->cells[FILES_BY_FILE] = file;
	row->cells[FILES_BY_OP] = op;
	row->cells[FILES_BY_ENGINE] = engine;
	row->latency = latency;
	row->mean_ns = latency.total_ns / latency.count;
	row->is_tallied = true;
	return row;
}

static void add_rows(struct files_report *report)
{
	struct files_row *row =
		add_row(report, "/var/lib/postgresql/15/main/base/16384/2619_a_very_long_name",
			"read", "io_uring", latency_of(120000, 120000 * 8192ULL, US(110)));

	row->share = 0.71;
	row->device_share = 0.985;
	row->source = (struct files_source){ .device = 985, .unknown = 15 };
	row->completion = latency_of(119000, 0, US(120));
	row->split = split_of(985, MS(108));
	row = add_row(report, "/var/lib/postgresql/15/main/pg_wal/000000010000000000000042",
		      "fdatasync", "system call", latency_of(900, 0, MS(4)));
	row->share = 0.28;
	row->device_share = 0.4;
	row->source = (struct files_source){ .device = 400, .waited = 600 };
	row = add_row(report, "/tmp/\033[31mred\x9b", "write", "system call",
		      latency_of(3, 30, US(2)));
	row->share = 0.0001;
	row->source = (struct files_source){ .memory = 3 };
	row = add_row(report, "", "", "", latency_of(7, 0, US(1)));
	row->is_rest = true;
	row->device_share = -1;
	row->source = (struct files_source){ .unknown = 7 };
}

static struct files_slow *add_slow(struct files_report *report, const char *path,
				   const char *operation, uint64_t ns)
{
	struct files_slow *slow = array_push(&report->slow);

	assert_non_null(slow);
	*slow = (struct files_slow){
		.path = path,
		.operation = operation,
		.engine = "system call",
		.who = "postgres",
		.flags = "",
		.call = "fdatasync",
		.device = "",
		.tid = 4711,
		.id = 12,
		.at_ns = MS(800),
		.ns = ns,
		.depth = 1,
		.batch = 1,
	};
	return slow;
}

static void add_slowest(struct files_report *report)
{
	struct files_slow *slow =
		add_slow(report, "/var/lib/postgresql/15/main/pg_wal/000000010000000000000042",
			 "fdatasync", MS(64));

	slow->has_waited = true;
	slow->slept_ns = MS(60);
	slow->frames[0] = "jbd2_log_wait_commit";
	slow->frames[1] = "ext4_sync_file";
	slow = add_slow(report, "/var/lib/postgresql/15/main/base/16384/2619", "read", MS(12));
	slow->engine = "io_uring";
	slow->call = "io_uring_enter";
	slow->flags = "direct, handed to a worker";
	slow->device = "nvme0n1";
	slow->has_offset = true;
	slow->offset = 1234567168;
	slow->wanted = slow->result = 8192;
	slow->depth = 32;
	slow->batch = 4;
	slow->split = split_of(1, MS(12));
	slow = add_slow(report, "", "write", MS(3));
	slow->who = "";
	slow->call = "";
	slow->result = -5;
	slow->is_open = true;
}

struct files_report *sample_files(void)
{
	struct files_report *report = calloc(1, sizeof(*report));
	struct files_back *back;

	assert_non_null(report);
	report->target = TARGET_PROCESS;
	strcpy(report->name, "postgres");
	report->pid = 4711;
	report->window_ns = MS(10020);
	assert_int_equal(files_keys_read("file,op,engine", &report->keys), 0);
	strcpy(report->by, "file,op,engine");
	report->over_ns = MS(1);
	report->all = latency_of(120910, 983040000, US(150));
	report->all.errors = 2;
	report->source = (struct files_source){ 1385, 600, 3, 22 };
	report->split = split_of(985, MS(108));
	report->requests = 5000;
	report->linked = 4000;
	report->of_files = 900;
	report->slow_count = 17;
	report->hidden_rows = 3;
	report->hidden_count = 9;
	add_rows(report);
	add_slowest(report);
	back = array_push(&report->back);
	assert_non_null(back);
	*back = (struct files_back){ .path = "/var/lib/postgresql/15/main/base/16384/2619",
				     .device = "nvme0n1",
				     .by = "kworker/u#:#",
				     .writer = "postgres",
				     .writes = 900,
				     .latency = latency_of(900, 900 * 65536ULL, US(300)) };
	assert_int_equal(text_add(&report->notes, "not seen: faults on mapped files"), 0);
	return report;
}
