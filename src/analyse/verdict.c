/* What is the verdict? The ledger by weight, each entry with its share and confidence. */
#include "analyse/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/crash.h"
#include "analyse/kernel_failure.h"
#include "analyse/words.h"
#include "finding/format.h"

/* Findings lighter than this, or further down, get no evidence: nobody would read it. */
#define EVIDENCE_SHARE_MIN 0.001
#define EVIDENCE_MAX       64u

#define LOSS_LOW_SHARE    0.01
#define UNKNOWN_LOW_SHARE 0.2
#define SAMPLES_LOW       5u
#define SAMPLES_MEDIUM    20u

/* A target that is busy for less than this share of one CPU's time is "only idle". */
#define IDLE_BUSY_SHARE 0.01

/* A finding on its way: with what it is ranked by. */
struct row {
	const struct entry *entry;
	struct subject subject;
};

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order;

	if (a->entry->ns != b->entry->ns)
		return a->entry->ns > b->entry->ns ? -1 : 1;
	order = strcmp(cause_id((enum cause)a->entry->cause),
		       cause_id((enum cause)b->entry->cause));
	if (!order)
		order = strcmp(a->subject.name, b->subject.name);
	return order ? order
		     : (a->entry->tgid > b->entry->tgid) - (a->entry->tgid < b->entry->tgid);
}

/* Runs whose end was never told become user and kernel time as all runs of their thread. */
static int split_runs(struct analysis *analysis)
{
	struct ledger *ledger = &analysis->ledger;
	int r = 0;

	for (size_t i = 0; i < ledger->entries.count && r == 0; i++) {
		const struct entry *entry = &ledger->entries.items[i];
		const struct thread *thread = NULL;
		uint64_t known_ns = 0, kernel_ns = 0, user_ns;

		if (entry->cause != CAUSE_RUN_UNSPLIT || !entry->ns)
			continue;
		if (entry->blame.kind == BLAME_CPU)
			thread = analysis->tasks.threads.items[entry->blame.holder].thread;
		if (thread)
			known_ns = thread->run_user_ns + thread->run_kernel_ns;
		if (known_ns)
			kernel_ns = (uint64_t)((unsigned __int128)entry->ns *
					       thread->run_kernel_ns / known_ns);
		else if (thread && thread_is_kernel(thread))
			kernel_ns = entry->ns;
		user_ns = entry->ns - kernel_ns;
		r = ledger_move(ledger, i, CAUSE_CPU_KERNEL, kernel_ns);
		if (r == 0)
			r = ledger_move(ledger, i, CAUSE_CPU_USER, user_ns);
	}
	return r;
}

/*
 * System calls are timed exactly, but page faults and the way in and out of the kernel lie outside
 * of that. Where there are samples enough they tell better how much of a process's running was in
 * the kernel; never less than was timed.
 */
static int move_to_kernel(struct analysis *analysis, size_t place, uint64_t kernel_ns)
{
	const struct entry *entry = &analysis->ledger.entries.items[place];
	uint32_t process = (uint32_t)entry->blame.id;
	uint64_t in_user = samples_total(&analysis->samples, TALLY_USER, process).count;
	uint64_t in_kernel = samples_total(&analysis->samples, TALLY_KERNEL, process).count;
	uint64_t all_ns = entry->ns + kernel_ns, sampled_ns;

	if (in_user + in_kernel < SAMPLES_MEDIUM)
		return 0;
	sampled_ns = (uint64_t)((unsigned __int128)all_ns * in_kernel / (in_user + in_kernel));
	if (sampled_ns <= kernel_ns)
		return 0;
	return ledger_move(&analysis->ledger, place, CAUSE_CPU_KERNEL, sampled_ns - kernel_ns);
}

static uint64_t kernel_ns_of(const struct ledger *ledger, uint64_t process)
{
	for (size_t i = 0; i < ledger->entries.count; i++) {
		const struct entry *entry = &ledger->entries.items[i];

		if (entry->cause == CAUSE_CPU_KERNEL && entry->blame.kind == BLAME_CPU &&
		    entry->blame.id == process)
			return entry->ns;
	}
	return 0;
}

static int split_by_samples(struct analysis *analysis)
{
	struct ledger *ledger = &analysis->ledger;
	size_t count = ledger->entries.count;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct entry *entry = &ledger->entries.items[i];

		if (entry->cause == CAUSE_CPU_USER && entry->blame.kind == BLAME_CPU && entry->ns)
			r = move_to_kernel(analysis, i, kernel_ns_of(ledger, entry->blame.id));
	}
	return r;
}

static int compare_threads(const void *left, const void *right)
{
	const struct thread_account *a = left, *b = right;
	uint64_t a_ns = a->wall_ns - a->blocked_ns[CAUSE_WAIT_IDLE];
	uint64_t b_ns = b->wall_ns - b->blocked_ns[CAUSE_WAIT_IDLE];
	int order;

	if (a_ns != b_ns)
		return a_ns > b_ns ? -1 : 1;
	order = strcmp(a->comm, b->comm);
	return order ? order : (a->tid > b->tid) - (a->tid < b->tid);
}

static int list_thread(const struct analysis *analysis, const struct thread *thread,
		       struct verdict *verdict)
{
	struct thread_account *row = array_push(&verdict->threads);

	if (!row)
		return -ENOMEM;
	*row = *thread->account;
	row->tid = thread->tid;
	row->tgid = thread->tgid;
	row->is_target = true;
	(void)snprintf(row->comm, sizeof(row->comm), "%s",
		       names_text(&analysis->names, thread->name));
	return slices_tell_states(&analysis->slices, thread->slice_rows, row);
}

static int list_retired(const struct analysis *analysis, struct verdict *verdict)
{
	const struct tasks *tasks = &analysis->tasks;
	struct thread_account *row;

	if (!tasks->retired_count)
		return 0;
	row = array_push(&verdict->threads);
	if (!row)
		return -ENOMEM;
	*row = tasks->retired;
	row->is_target = true;
	(void)snprintf(row->comm, sizeof(row->comm), "(exited)");
	verdict->wall_ns += row->wall_ns;
	return slices_tell_states(&analysis->slices, tasks->retired_slice_rows, row);
}

/* The target's threads, and what they amount to: *ret_root_ns is the wall time of those that are
 * charged. */
static int list_threads(struct analysis *analysis, struct verdict *verdict, uint64_t *ret_root_ns)
{
	const struct tasks *tasks = &analysis->tasks;
	/* Those who went are no first thread of a command. */
	bool has_first = analysis->watch.target == WATCH_COMMAND && !analysis->charges_all;
	uint64_t root_ns = has_first ? 0 : tasks->retired.wall_ns;

	for (size_t i = 0; i < tasks->threads.count; i++) {
		const struct thread *thread = tasks->threads.items[i].thread;

		if (!thread || !thread->is_target)
			continue;
		if (thread->is_root)
			root_ns += thread->account->wall_ns;
		verdict->wall_ns += thread->account->wall_ns;
		if (thread->is_hidden)
			continue;
		if (list_thread(analysis, thread, verdict) < 0)
			return -ENOMEM;
	}
	if (list_retired(analysis, verdict) < 0)
		return -ENOMEM;
	if (verdict->threads.count)
		qsort(verdict->threads.items, verdict->threads.count,
		      sizeof(*verdict->threads.items), compare_threads);
	*ret_root_ns = root_ns;
	return 0;
}

/* What is the share a share of? */
static void choose_base(const struct analysis *analysis, struct verdict *verdict, uint64_t root_ns)
{
	uint64_t idle_ns = ledger_sum(&analysis->ledger, CAUSE_WAIT_IDLE);
	uint64_t sleep_ns = ledger_sum(&analysis->ledger, CAUSE_WAIT_SLEEP);
	uint64_t busy_ns = root_ns - idle_ns - sleep_ns;
	const char *words = "the target's non-idle thread time";

	verdict->base_ns = root_ns;
	verdict->unknown_ns = analysis->unknown_ns;
	if (verdict->target == TARGET_COMMAND && !analysis->charges_all) {
		words = "the command's wall time";
		/* Nothing at all is known of a command that was never seen. */
		if (!root_ns)
			verdict->base_ns = verdict->unknown_ns = verdict->window_ns;
	} else if (share_of(busy_ns, verdict->window_ns) < IDLE_BUSY_SHARE) {
		words = "the target's thread time";
	} else {
		verdict->idle_ns = idle_ns;
		verdict->base_ns -= idle_ns;
	}
	(void)snprintf(verdict->base_words, sizeof(verdict->base_words), "%s", words);
}

/* How far the loss of events and the unknown time let us be sure of anything. */
static enum confidence judge_watch(const struct analysis *analysis, const struct verdict *verdict)
{
	const struct watch *watch = &analysis->watch;
	uint64_t switches =
		watch->losses[LOSS_SWITCH] + watch->losses[LOSS_LATE] + watch->losses[LOSS_THREAD];
	uint64_t stacks = watch->losses[LOSS_STACK];

	if (share_of(switches, switches + watch->switch_events) > LOSS_LOW_SHARE ||
	    share_of(stacks, stacks + watch->stack_waits) > LOSS_LOW_SHARE ||
	    share_of(verdict->unknown_ns, verdict->base_ns) > UNKNOWN_LOW_SHARE)
		return CONFIDENCE_LOW;
	return switches || stacks ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
}

static enum confidence judge_entry(const struct analysis *analysis, const struct entry *entry,
				   enum confidence most)
{
	enum confidence confidence = CONFIDENCE_HIGH;
	uint64_t samples;

	if (entry->cause == CAUSE_CPU_USER || entry->cause == CAUSE_CPU_KERNEL) {
		samples = words_samples(analysis, entry);
		if (samples < SAMPLES_MEDIUM)
			confidence = CONFIDENCE_MEDIUM;
		/* Without a sampler the time is still exact: only what it was spent on is not
		 * known. */
		if (samples < SAMPLES_LOW && analysis->watch.sample_events)
			confidence = CONFIDENCE_LOW;
	}
	return confidence < most ? confidence : most;
}

static int add_finding(struct analysis *analysis, const struct row *row, enum confidence most,
		       struct verdict *verdict)
{
	const struct entry *entry = row->entry;
	bool is_shown = verdict->findings.count < EVIDENCE_MAX &&
			share_of(entry->ns, verdict->base_ns) >= EVIDENCE_SHARE_MIN;
	struct finding *finding = array_push(&verdict->findings);
	int r;

	if (!finding)
		return -ENOMEM;
	finding->cause = (enum cause)entry->cause;
	finding->subject = row->subject;
	finding->ns = entry->ns;
	finding->share = share_of(entry->ns, verdict->base_ns);
	if (entry->ns < verdict->base_ns)
		finding->speedup_limit =
			(double)verdict->base_ns / (double)(verdict->base_ns - entry->ns);
	finding->confidence = judge_entry(analysis, entry, most);
	r = words_chain(analysis, entry, finding);
	if (r == 0 && is_shown)
		r = words_evidence(analysis, entry, finding);
	if (r == 0 && is_shown)
		r = words_hotspots(analysis, entry, finding);
	if (r == 0 && is_shown)
		r = words_advice(analysis, entry, finding);
	return r;
}

/* A culprit that can be looked at by itself is the next thing to look at. */
static void suggest_next(const struct analysis *analysis, const struct entry *entry,
			 struct verdict *verdict)
{
	const struct thread *leader = tasks_find(&analysis->tasks, entry->tgid);
	bool is_news = entry->is_outside || verdict->target == TARGET_MACHINE;
	bool is_process = entry->blame.kind == BLAME_PROCESS || entry->blame.kind == BLAME_CPU;

	if (verdict->next_command[0] || !is_news || !is_process || entry->has_many_processes ||
	    !leader || thread_is_kernel(leader) || share_of(entry->ns, verdict->base_ns) < 0.1)
		return;
	(void)snprintf(verdict->next_command, sizeof(verdict->next_command), "slowpath -p %u",
		       entry->tgid);
}

static int rank_entries(struct analysis *analysis, struct row *rows, size_t *ret_count,
			const struct verdict *verdict)
{
	const struct ledger *ledger = &analysis->ledger;
	bool has_idle = verdict->idle_ns == 0;

	*ret_count = 0;
	for (size_t i = 0; i < ledger->entries.count; i++) {
		const struct entry *entry = &ledger->entries.items[i];
		bool is_brief = share_of(entry->ns, verdict->base_ns) < EVIDENCE_SHARE_MIN;

		if (!entry->ns || (entry->cause == CAUSE_WAIT_IDLE && !has_idle))
			continue;
		rows[*ret_count].entry = entry;
		rows[*ret_count].subject = words_subject(analysis, entry, is_brief);
		*ret_count += 1;
	}
	qsort(rows, *ret_count, sizeof(*rows), compare_rows);
	return analysis->names.is_out_of_memory ? -ENOMEM : 0;
}

static int list_findings(struct analysis *analysis, struct verdict *verdict)
{
	owns(own_free) struct row *rows = calloc(analysis->ledger.entries.count + 1, sizeof(*rows));
	enum confidence most = judge_watch(analysis, verdict);
	size_t count;
	int r;

	if (!rows)
		return -ENOMEM;
	r = rank_entries(analysis, rows, &count, verdict);
	for (size_t i = 0; i < count && r == 0; i++) {
		r = add_finding(analysis, &rows[i], most, verdict);
		if (r == 0)
			suggest_next(analysis, rows[i].entry, verdict);
	}
	return r;
}

static void tell_watch(const struct analysis *analysis, struct verdict *verdict)
{
	static const enum target_kind TARGETS[] = {
		[WATCH_MACHINE] = TARGET_MACHINE,
		[WATCH_PROCESS] = TARGET_PROCESS,
		[WATCH_COMMAND] = TARGET_COMMAND,
	};
	const struct watch *watch = &analysis->watch;
	uint64_t end_ns = watch->has_ended ? watch->end_ns : analysis->now_ns;

	verdict->target = TARGETS[watch->target];
	verdict->pid = watch->pid;
	(void)snprintf(verdict->name, sizeof(verdict->name), "%s",
		       names_text(&analysis->names, watch->name));
	verdict->window_ns = end_ns > watch->begin_ns ? end_ns - watch->begin_ns : 0;
	slices_tell(&analysis->slices, end_ns, &verdict->slices);
	verdict->states_left_out_ns = analysis->slices.left_out_ns;
	verdict->was_interrupted = watch->end_flags & WATCH_END_INTERRUPTED;
	verdict->was_signaled = watch->end_flags & WATCH_END_SIGNALED;
	verdict->has_exit_status = watch->end_flags & (WATCH_END_EXITED | WATCH_END_SIGNALED);
	verdict->exit_status = verdict->has_exit_status ? watch->exit_status : 0;
}

/* With nobody else to look at, keep what happens: for a longer look, or for others. */
static void suggest_recording(struct verdict *verdict)
{
	if (verdict->target == TARGET_COMMAND)
		(void)snprintf(verdict->next_command, sizeof(verdict->next_command),
			       "slowpath record -o %.40s.slowpath -- %.40s ...", verdict->name,
			       verdict->name);
	else if (verdict->target == TARGET_PROCESS)
		(void)snprintf(verdict->next_command, sizeof(verdict->next_command),
			       "slowpath record -d 60 -o %u.slowpath -p %u", verdict->pid,
			       verdict->pid);
	else
		(void)snprintf(verdict->next_command, sizeof(verdict->next_command),
			       "slowpath record -d 60 -o machine.slowpath");
}

static void suggest_something(const struct analysis *analysis, struct verdict *verdict)
{
	bool is_unknown = share_of(verdict->unknown_ns, verdict->base_ns) > UNKNOWN_LOW_SHARE;

	if (verdict->next_command[0])
		return;
	/* Samples alone say nothing of waits, but which code ran. */
	if (!verdict->findings.count && analysis->watch.sample_events)
		(void)snprintf(verdict->next_command, sizeof(verdict->next_command),
			       "slowpath cpu -i FILE");
	else if (is_unknown)
		(void)snprintf(verdict->next_command, sizeof(verdict->next_command),
			       "slowpath doctor");
	else
		suggest_recording(verdict);
}

int verdict_make(struct analysis *analysis, struct verdict **ret)
{
	owns(verdict_free) struct verdict *verdict = calloc(1, sizeof(*verdict));
	uint64_t root_ns = 0;
	int r;

	if (!verdict)
		return -ENOMEM;
	tell_watch(analysis, verdict);
	r = split_runs(analysis);
	if (r == 0)
		r = split_by_samples(analysis);
	if (r == 0)
		r = list_threads(analysis, verdict, &root_ns);
	if (r < 0)
		return r;
	ledger_settle(&analysis->ledger);
	choose_base(analysis, verdict, root_ns);
	r = list_findings(analysis, verdict);
	if (r == 0)
		r = crash_tell(analysis, verdict);
	if (r == 0)
		r = kernel_failure_tell(analysis, verdict);
	if (r == 0)
		r = words_limits(analysis, verdict);
	if (r < 0)
		return r;
	suggest_something(analysis, verdict);
	*ret = give(verdict);
	return 0;
}
