/* What is the report? Who is stuck, worst first; who is in a deadlock; on which stacks all stand;
 * and what was not seen. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define PROCESSES_SHOWN 200u

/* Crashes of processes that are no more are told when they are at most so old; what the kernel
 * failed in may be held for longer. */
#define CRASH_RECENT_NS  (UINT64_C(120) * 1000000000u)
#define FAILED_RECENT_NS (UINT64_C(3600) * 1000000000u)

/* --- who is told --- */

static bool is_named(const struct stuck *stuck)
{
	return stuck->is_watched && stuck->watch.target != WATCH_MACHINE;
}

static bool is_told(const struct stuck *stuck, const struct process_seen *process)
{
	if (is_named(stuck))
		return process->is_target;
	return process->threads != NONE && stuck_row_is_told((enum stuck_row)process->row);
}

static uint64_t worst_stood_ns(const struct stuck *stuck, const struct process_seen *process)
{
	return process->worst == NONE ? 0 : thread_stood_ns(&stuck->threads.items[process->worst]);
}

static int compare_processes(const void *left, const void *right, void *context)
{
	const struct stuck *stuck = context;
	const struct process_seen *a = &stuck->processes.items[*(const uint32_t *)left];
	const struct process_seen *b = &stuck->processes.items[*(const uint32_t *)right];
	uint64_t a_ns = worst_stood_ns(stuck, a), b_ns = worst_stood_ns(stuck, b);

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	if (a_ns != b_ns)
		return a_ns > b_ns ? -1 : 1;
	return a->tgid < b->tgid ? -1 : a->tgid > b->tgid;
}

static int tell_process(struct stuck *stuck, const struct process_seen *process,
			struct stuck_report *report)
{
	struct stuck_process *told;

	if (report->processes.count >= PROCESSES_SHOWN && !stuck->options.is_all) {
		report->hidden_processes++;
		return 0;
	}
	told = array_push(&report->processes);
	return told ? process_tell(stuck, process, told) : -ENOMEM;
}

/* What may well be meant so is not counted as stuck. */
static enum stuck_class counted_class(enum stuck_row row)
{
	enum stuck_class class = stuck_row_class(row);

	return stuck_class_exit_status(class) && !stuck_row_is_told(row) ? STUCK_IDLE : class;
}

static int tell_processes(struct stuck *stuck, struct stuck_report *report)
{
	owns(own_free) uint32_t *order = calloc(stuck->processes.count + 1, sizeof(*order));
	size_t count = 0;
	int r = 0;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < stuck->processes.count; i++) {
		const struct process_seen *process = &stuck->processes.items[i];

		report->counts[counted_class((enum stuck_row)process->row)] +=
			process->thread_count != 0;
		report->processes_seen += process->thread_count != 0;
		report->threads += process->thread_count;
		if (is_told(stuck, process))
			order[count++] = i;
	}
	qsort_r(order, count, sizeof(*order), compare_processes, stuck);
	for (size_t i = 0; i < count && r == 0; i++)
		r = tell_process(stuck, &stuck->processes.items[order[i]], report);
	return r;
}

/* Is it a recent crash of one that is no more? */
static bool is_gone(const struct stuck *stuck, const struct klog_report *report)
{
	const struct thread_seen *thread = stuck_thread(stuck, report->tid);
	uint64_t recent_ns = report->kind == KLOG_USER     ? CRASH_RECENT_NS
			     : report->kind == KLOG_FAILED ? FAILED_RECENT_NS
							   : 0;

	if (!recent_ns || !report->tid || report->written_ns + recent_ns < stuck->end_ns)
		return false;
	return !thread || !thread_is_seen(thread) || (report->comm && report->comm != thread->comm);
}

/* One program that crashes over and over is told once: how often, and of the last time. */
static bool is_last_of_its_name(const struct stuck *stuck, size_t index, uint32_t *ret_count)
{
	const struct klog_report *reports = stuck->klog.reports.items;

	*ret_count = 0;
	for (size_t i = 0; i < stuck->klog.reports.count; i++) {
		if (reports[i].kind != reports[index].kind ||
		    reports[i].comm != reports[index].comm || !is_gone(stuck, &reports[i]))
			continue;
		*ret_count += reports[i].count;
		if (reports[i].written_ns > reports[index].written_ns ||
		    (reports[i].written_ns == reports[index].written_ns && i > index))
			return false;
	}
	return true;
}

static int tell_gone(struct stuck *stuck, struct stuck_report *report)
{
	int r = 0;

	for (size_t i = 0; i < stuck->klog.reports.count && r == 0 && !is_named(stuck); i++) {
		struct klog_report *klog = &stuck->klog.reports.items[i];
		struct stuck_process *told;
		uint32_t count;

		if (!is_gone(stuck, klog) || !is_last_of_its_name(stuck, i, &count))
			continue;
		klog->count = count;
		if (report->processes.count >= PROCESSES_SHOWN && !stuck->options.is_all) {
			report->hidden_processes++;
			continue;
		}
		told = array_push(&report->processes);
		r = told ? gone_tell(stuck, klog, told) : -ENOMEM;
	}
	return r;
}

/* What the log tells of those that are no more has its place among the others. */
static int compare_told(const void *left, const void *right)
{
	const struct stuck_process *a = left, *b = right;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void rank_processes(struct stuck_report *report)
{
	if (!report->processes.count)
		return;
	qsort(report->processes.items, report->processes.count, sizeof(*report->processes.items),
	      compare_told);
	report->exit_status =
		stuck_class_exit_status(stuck_row_class(report->processes.items[0].row));
}

/* --- what was not seen --- */

static int compare_facts(const void *left, const void *right, void *context)
{
	const struct names *names = context;
	const struct known_fact *a = left, *b = right;

	return strcmp(names_text(names, a->key), names_text(names, b->key));
}

static int tell_facts(struct stuck *stuck, struct stuck_report *report)
{
	static const char MISSING[] = "missing.", FACILITY[] = "facility.";
	int r = 0;

	if (stuck->facts.count)
		qsort_r(stuck->facts.items, stuck->facts.count, sizeof(*stuck->facts.items),
			compare_facts, &stuck->names);
	for (size_t i = 0; i < stuck->facts.count && r == 0; i++) {
		const char *key = names_text(&stuck->names, stuck->facts.items[i].key);
		const char *value = names_text(&stuck->names, stuck->facts.items[i].value);

		if (strncmp(key, MISSING, strlen(MISSING)) == 0)
			r = text_add(&report->not_seen, "%s", value);
		else if (strncmp(key, FACILITY, strlen(FACILITY)) == 0)
			r = text_add(&report->how, "%s: %s", key + strlen(FACILITY), value);
	}
	return r;
}

static int tell_looks(const struct stuck *stuck, struct stuck_report *report)
{
	uint32_t stackless = 0;
	int r = 0;

	if (report->looks < 2)
		r = text_add(
			&report->not_seen,
			"what moves: there was but one look at the threads; who has slept for a "
			"second or more is taken as unmoved");
	for (size_t i = 0; i < stuck->threads.count; i++) {
		const struct thread_seen *thread = &stuck->threads.items[i];

		stackless += thread_is_waiting(thread) && !thread->last.stack;
	}
	if (r == 0 && stackless)
		r = text_add(&report->not_seen, "the kernel stacks of %u sleeping threads",
			     stackless);
	if (r == 0 && stuck->klog.lines_left_out)
		r = text_add(&report->not_seen,
			     "%llu lines of the kernel's log, for which there was no room",
			     (unsigned long long)stuck->klog.lines_left_out);
	return r;
}

static int add_loss(struct stuck_report *report, const char *what, uint64_t count)
{
	struct loss_count *loss = count ? array_push(&report->losses) : NULL;

	if (!loss)
		return count ? -ENOMEM : 0;
	(void)snprintf(loss->what, sizeof(loss->what), "%s", what);
	loss->count = count;
	return 0;
}

static int tell_limits(struct stuck *stuck, struct stuck_report *report)
{
	int r = tell_facts(stuck, report);

	if (r == 0)
		r = tell_looks(stuck, report);
	for (uint32_t what = 0; what < STUCK_LOSSES && r == 0; what++)
		r = add_loss(report, event_loss_name(what), stuck->losses[what]);
	return r == 0 ? add_loss(report, event_loss_name(UINT32_MAX), stuck->other_losses) : r;
}

/* --- the whole --- */

static enum target_kind find_target(const struct stuck *stuck)
{
	if (stuck->watch.target == WATCH_PROCESS)
		return TARGET_PROCESS;
	return stuck->watch.target == WATCH_COMMAND ? TARGET_COMMAND : TARGET_MACHINE;
}

static void tell_watch(const struct stuck *stuck, struct stuck_report *report)
{
	report->target = find_target(stuck);
	report->pid = stuck->watch.pid;
	memcpy(report->name, stuck->watch.name, sizeof(stuck->watch.name));
	report->name[sizeof(report->name) - 1] = '\0';
	report->looks = stuck->last_look - stuck->first_look + 1;
	report->looked_ns = stuck->last_look_ns - stuck->first_look_ns;
	report->was_interrupted = stuck->end_flags & WATCH_END_INTERRUPTED;
}

static int judge(struct stuck *stuck)
{
	int r = threads_judge(stuck);

	if (r == 0)
		r = klog_read(&stuck->klog, &stuck->names);
	if (r == 0)
		r = edges_settle(stuck);
	if (r == 0)
		r = graph_settle(stuck);
	if (r == 0)
		rows_judge(stuck);
	return r;
}

static int tell(struct stuck *stuck, struct stuck_report *report)
{
	int r = tell_processes(stuck, report);

	tell_watch(stuck, report);
	if (r == 0)
		r = tell_gone(stuck, report);
	rank_processes(report);
	if (r == 0)
		r = circles_tell(stuck, report);
	if (r == 0)
		r = groups_tell(stuck, report);
	return r == 0 ? tell_limits(stuck, report) : r;
}

int stuck_report_make(struct stuck *stuck, struct stuck_report **ret, struct diag *why)
{
	owns(stuck_report_free) struct stuck_report *report = NULL;
	int r;

	if (!stuck->last_look || stuck->is_made)
		return diag_set(why, -ENODATA,
				"there are no looks at threads in it: make such a recording with "
				"'slowpath stuck -o FILE'");
	stuck->is_made = true;
	report = calloc(1, sizeof(*report));
	r = report ? judge(stuck) : -ENOMEM;
	if (r == 0)
		r = tell(stuck, report);
	if (r == 0 && stuck->names.is_out_of_memory)
		r = -ENOMEM;
	if (r < 0)
		return diag_set(why, r, "no memory left to tell what is stuck");
	*ret = give(report);
	return 0;
}
