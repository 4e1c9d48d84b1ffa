/* What does the live screen of the views' tests show? Built by hand, as analyse would build it. */
#include "unit/view/sample_top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS UINT64_C(1000000)

/* The item, which memory was there for: a test cannot go on without. */
static void *have(void *item)
{
	if (!item)
		abort();
	return item;
}

static struct top_thread *add_thread(struct top_report *report, uint32_t tid, const char *name,
				     uint64_t lost_ns, enum cause cause)
{
	struct top_thread *thread = have(array_push(&report->threads));

	*thread = (struct top_thread){ .tid = tid, .tgid = tid, .lost_ns = lost_ns };
	thread->heaviest.cause = cause;
	thread->heaviest.ns = lost_ns;
	thread->heaviest.is_lost = lost_ns > 0;
	(void)snprintf(thread->name, sizeof(thread->name), "%s", name);
	(void)snprintf(thread->process, sizeof(thread->process), "%s", name);
	return thread;
}

static void add_threads(struct top_report *report)
{
	struct top_thread *thread =
		add_thread(report, 4242, "postgres", 4950 * MS, CAUSE_FS_JOURNAL);

	thread->heaviest.culprit = subject_say("process", "jbd2/vda-8 (77)");
	thread->cpu_ns = 20 * MS;
	thread->wait_ns = 7200 * MS;
	thread->wait_is_older = true;
	thread = add_thread(report, 4243, "evil\033[2J\nname\xff", 2500 * MS, CAUSE_LOCK_USER);
	thread->heaviest.culprit =
		subject_say("lock", "futex 0x7f00, held by \033]0;x\007\u202e日本");
	thread->cpu_ns = 2400 * MS;
	thread = add_thread(report, 77, "jbd2/vda-8", 1200 * MS, CAUSE_DISK_DEVICE);
	thread->is_kernel = true;
	thread->heaviest.culprit = subject_say("device", "vda");
	thread = add_thread(report, 9, "rcu_preempt", 3 * MS, CAUSE_UNKNOWN);
	thread->unknown_ns = 3 * MS;
	thread->is_kernel = true;
	thread = add_thread(report, 4999, "burner", 0, CAUSE_CPU_USER);
	thread->heaviest.culprit = subject_say("function", "spin");
	thread->cpu_ns = 5000 * MS;
	thread = add_thread(report, 5000, "sleeper", 0, CAUSE_WAIT_SLEEP);
	thread->idle_ns = 5000 * MS;
	thread->wait_ns = 5000 * MS;
	thread->wait_is_idle = true;
}

static void add_disk(struct top_report *report, const char *name, uint64_t writes)
{
	struct top_disk *disk = have(array_push(&report->disks));

	*disk = (struct top_disk){
		.reads = 3,
		.read_bytes = 12288,
		.writes = writes,
		.write_bytes = writes * 16384,
		.wait_ns = (writes + 3) * 2 * MS,
		.longest_ns = 61 * MS,
		.busy_ns = writes ? 4100 * MS : TOP_UNKNOWN,
	};
	(void)snprintf(disk->name, sizeof(disk->name), "%s", name);
}

static void add_culprits(struct top_report *report)
{
	struct top_culprit *culprit = have(array_push(&report->culprits));

	*culprit = (struct top_culprit){ .cause = CAUSE_FS_JOURNAL,
					 .culprit = subject_say("process", "jbd2/vda-8 (77)"),
					 .lost_ns = 14850 * MS,
					 .threads = 3 };
	culprit = have(array_push(&report->culprits));
	*culprit = (struct top_culprit){ .cause = CAUSE_LOCK_USER,
					 .culprit = subject_say("lock", "a\033[31m lock"),
					 .lost_ns = 2500 * MS,
					 .threads = 1 };
}

static struct top_report *make_report(void)
{
	struct top_report *report = have(calloc(1, sizeof(*report)));

	*report = (struct top_report){
		.window_ns = 5000 * MS,
		.age_ns = 65000 * MS,
		.target = TARGET_MACHINE,
		.machine = { .cpus = 2,
			     .user_ns = 3300 * MS,
			     .system_ns = 1200 * MS,
			     .steal_ns = TOP_UNKNOWN,
			     .idle_ns = 5500 * MS,
			     .cpu_some_ns = 500 * MS,
			     .io_some_ns = 4000 * MS,
			     .io_full_ns = 1000 * MS,
			     .memory_some_ns = 0,
			     .memory_full_ns = TOP_UNKNOWN },
		.lost_ns = 8653 * MS,
		.lost_events = 12,
	};
	add_threads(report);
	add_disk(report, "vda", 400);
	add_disk(report, "vdb", 0);
	add_culprits(report);
	assert_int_equal(text_add(&report->not_seen,
				  "threads that did not run during the watch, and what each thread "
				  "did when it ended"),
			 0);
	return report;
}

static void add_link(struct top_cause *cause, const char *who, uint32_t tid, const char *state,
		     const char *detail)
{
	struct link *link = have(array_push(&cause->chain));

	*link = (struct link){ .tid = tid };
	(void)snprintf(link->who, sizeof(link->who), "%s", who);
	(void)snprintf(link->state, sizeof(link->state), "%s", state);
	(void)snprintf(link->detail, sizeof(link->detail), "%s", detail);
}

static void add_stack(struct top_detail *detail, bool is_running, uint64_t ns, size_t frames)
{
	struct top_stack *stack = have(array_push(&detail->stacks));

	*stack = (struct top_stack){ .is_running = is_running, .ns = ns };
	for (size_t i = 0; i < frames; i++)
		assert_int_equal(text_add(&stack->frames, i == 1 ? "\033c%zu" : "function_%zu", i),
				 0);
	stack->more = frames ? 7 : 0;
}

static struct top_detail *make_detail(const struct top_report *report)
{
	struct top_detail *detail = have(calloc(1, sizeof(*detail)));
	struct top_cause *cause = have(array_push(&detail->causes));
	struct top_file *file = have(array_push(&detail->files));

	detail->thread = report->threads.items[0];
	detail->thread.unknown_ns = 50 * MS;
	detail->thread.idle_ns = 30 * MS;
	*cause = (struct top_cause){ .cause = CAUSE_FS_JOURNAL,
				     .culprit = subject_say("process", "jbd2/vda-8 (77)"),
				     .ns = 4900 * MS,
				     .is_lost = true };
	add_link(cause, "postgres", 4242, "fs.journal", "jbd2_log_wait_commit");
	add_link(cause, "jbd2/vda-8", 77, "fs.sync", "");
	add_link(cause, "vda", 0, "disk.device", "flush");
	cause = have(array_push(&detail->causes));
	*cause = (struct top_cause){ .cause = CAUSE_UNKNOWN, .ns = 50 * MS, .is_lost = true };
	add_stack(detail, false, 4900 * MS, 4);
	add_stack(detail, true, 20 * MS, 0);
	*file = (struct top_file){ .lost_ns = 4900 * MS, .fs_type = "ext4" };
	(void)snprintf(file->name, sizeof(file->name), "wal\r\033[Hlog");
	*(struct top_disk *)have(array_push(&detail->disks)) = report->disks.items[0];
	return detail;
}

void sample_top_choose(struct sample_top *sample, const struct top_state *state)
{
	const struct top_choice choice = { .order = state->order,
					   .with_idle = state->with_idle,
					   .filter = state->filter };

	assert_int_equal(top_rows_choose(&sample->rows, sample->report, &choice), 0);
}

void sample_top_make(struct sample_top *sample)
{
	*sample = (struct sample_top){ .report = make_report() };
	sample->detail = make_detail(sample->report);
	sample->model = (struct top_model){ .report = sample->report,
					    .rows = &sample->rows,
					    .detail = sample->detail };
	sample_top_choose(sample, &(struct top_state){});
}

void sample_top_free(struct sample_top *sample)
{
	top_report_free(&sample->report);
	top_detail_free(&sample->detail);
	top_rows_free(&sample->rows);
}
