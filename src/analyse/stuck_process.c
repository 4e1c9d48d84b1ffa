/* What is told of a process that is stuck? Its row with the numbers behind it, its chain, and what
 * the kernel's log says. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyse/stuck_telling.h"
#include "finding/format.h"

/* Of a process that is no more. */
static const struct thread_seen NO_THREAD = { .plight = PLIGHT_ENDED, .circle = NONE };

/* --- the row --- */

static int tell_row(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	struct clause stands = {}, waits = {};

	if (thread_is_seen(telling->thread))
		stands = plight_words(stuck, telling->thread);
	if (telling->chain.count)
		waits = chain_words(stuck, &telling->chain);
	if (asprintf(&telling->told->words, "%s%s%s%s%s", stuck_row_words(telling->told->row),
		     stands.text[0] ? ": " : "", stands.text, waits.text[0] ? "; " : "",
		     waits.text) >= 0)
		return 0;
	telling->told->words = NULL;
	return -ENOMEM;
}

static enum cause edge_cause(const struct edge *edge)
{
	switch (edge->kind) {
	case RELATION_FUTEX:
	case EDGE_OWN:
		return CAUSE_LOCK_USER;
	case RELATION_FILE_LOCK:
		return CAUSE_LOCK_FILE;
	case RELATION_FUSE:
		return CAUSE_FS_FUSE;
	case EDGE_LOCK:
		return CAUSE_LOCK_KERNEL;
	case RELATION_REQUEST:
		return CAUSE_DISK_DEVICE;
	case RELATION_FROZEN:
		return CAUSE_FS_FROZEN;
	case RELATION_LIMIT:
		return CAUSE_DISK_THROTTLED;
	default:
		return CAUSE_WAIT_PROCESS;
	}
}

/* A request that is waited for inside fsync is what fsync demanded. */
static enum cause wait_cause(const struct class *class)
{
	return class->cause == CAUSE_DISK_DEVICE && class->context != CAUSE_UNKNOWN ? class->context
										    : class->cause;
}

static enum cause find_cause(const struct telling *telling)
{
	enum cause cause = stuck_row_cause(telling->told->row);
	enum cause of_stack = CAUSE_UNKNOWN;

	if (cause != CAUSE_UNKNOWN)
		return cause;
	if (thread_is_waiting(telling->thread))
		of_stack = wait_cause(thread_class(telling->stuck, telling->thread));
	if (telling->chain.count && telling->chain.steps[0].edge &&
	    telling->chain.steps[0].edge->kind == RELATION_LIMIT)
		return CAUSE_DISK_THROTTLED;
	if (stuck_row_class(telling->told->row) == STUCK_KERNEL_LOCKUP)
		return of_stack == CAUSE_UNKNOWN ? CAUSE_KERNEL_HANG : of_stack;
	return telling->chain.count && telling->chain.steps[0].edge
		       ? edge_cause(telling->chain.steps[0].edge)
		       : of_stack;
}

/* --- the subject --- */

static struct subject say_thread(const struct telling *telling, const struct thread_seen *thread)
{
	return subject_say("process", "%.100s", thread_words(telling->stuck, thread).text);
}

static struct subject say_leaf(const struct telling *telling)
{
	const struct chain *chain = &telling->chain;
	const struct chain_step *last = &chain->steps[chain->count - 1];
	const struct edge *edge = chain->count > 1 ? chain->steps[chain->count - 2].edge : NULL;

	if (chain->end == END_CIRCLE)
		return subject_say("cycle", "%.50s, %.50s",
				   thread_words(telling->stuck, last->thread).text,
				   thread_words(telling->stuck, last[-1].thread).text);
	if (chain->end == END_GONE)
		return subject_say("thread", "%" PRIu32 " (gone)", last->tid);
	if (last->thread && chain->end != END_NOBODY)
		return say_thread(telling, last->thread);
	if (edge && chain->end == END_WITHHELD)
		return subject_say(edge->kind == RELATION_FROZEN ? "mount" : "cgroup", "%.100s",
				   withheld_words(telling->stuck, edge).text);
	if (edge && chain->end == END_DEVICE)
		return subject_say("device", "%.100s",
				   device_words(telling->stuck, edge->dev).text);
	return subject_say("wait", "%.100s", edge ? edge_words(telling->stuck, edge).text : "");
}

static struct subject say_process(const struct telling *telling, const struct process_seen *process)
{
	return subject_say("process", "%.100s", process_words(telling->stuck, process).text);
}

static struct subject say_blocked(const struct telling *telling)
{
	const struct class *class = thread_class(telling->stuck, telling->thread);

	if (telling->chain.count > 1)
		return say_leaf(telling);
	return subject_say("wait", "%.100s",
			   class->label ? names_text(&telling->stuck->names, class->label)
					: place_words(telling->stuck, telling->thread));
}

static struct subject say_program_lock(const struct telling *telling)
{
	return subject_say("lock", "%s",
			   thread_program_lock(telling->stuck, telling->thread)->words);
}

static struct subject find_subject(const struct telling *telling)
{
	const struct process_seen *parent;
	const char *function;

	switch (stuck_row_class(telling->told->row)) {
	case STUCK_KERNEL_LOCKUP:
		return telling->told->row == ROW_STALL ? say_thread(telling, telling->thread)
						       : say_blocked(telling);
	case STUCK_USER_LOCKUP:
		return telling->told->row == ROW_PROGRAM_LOCK ? say_program_lock(telling)
							      : say_leaf(telling);
	case STUCK_USER_CRASH:
		if (telling->thread->exit_code & 0x7f)
			return subject_say("signal", "%.100s",
					   signal_words(telling->thread->exit_code & 0x7f).text);
		break;
	case STUCK_SPINNING:
		function = innermost_user(telling->stuck, telling->thread);
		if (function[0])
			return subject_say("function", "%.110s", function);
		break;
	case STUCK_STOPPED:
		if (telling->chain.count > 1)
			return say_leaf(telling);
		break;
	case STUCK_ZOMBIE:
		parent = stuck_process_of(telling->stuck, telling->process->parent_tgid);
		if (parent && parent->threads != NONE)
			return say_process(telling, parent);
		break;
	case STUCK_SLOW:
	case STUCK_IDLE:
		if (telling->chain.count > 1)
			return say_leaf(telling);
		break;
	case STUCK_KERNEL_CRASH:
	case STUCK_ENDED:
	case STUCK_CLASS_COUNT:
		break;
	}
	return say_process(telling, telling->process);
}

/* --- the log --- */

static struct clause ago_words(const struct stuck *stuck, uint64_t written_ns)
{
	struct clause clause = {};

	if (written_ns < stuck->end_ns)
		(void)snprintf(clause.text, sizeof(clause.text), "%s ago",
			       format_duration(stuck->end_ns - written_ns).text);
	else
		(void)snprintf(clause.text, sizeof(clause.text), "just now");
	return clause;
}

static int tell_report(const struct stuck *stuck, const struct klog_report *report,
		       struct stuck_process *told)
{
	int r = klog_tell(&stuck->klog, &stuck->names, report, &told->log);

	if (r < 0)
		return r;
	return text_add(&told->evidence, "the kernel's log told of it %s%s%s%s",
			ago_words(stuck, report->written_ns).text,
			report->count > 1 ? ", the last of " : "",
			report->count > 1 ? format_count(report->count).text : "",
			report->count > 1 ? " such" : "");
}

static int tell_log(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	const struct klog_report *report;
	int r = 0;

	for (enum klog_kind kind = KLOG_USER; kind <= KLOG_KILLED && r == 0; kind++) {
		report = thread_report(stuck, telling->thread, kind);
		if (report)
			r = tell_report(stuck, report, telling->told);
	}
	report = telling->thread->lock_owner
			 ? klog_find(&stuck->klog, KLOG_FAILED, telling->thread->lock_owner)
			 : NULL;
	return r == 0 && report ? tell_report(stuck, report, telling->told) : r;
}

/* --- the advice --- */

static int tell_advice(const struct telling *telling)
{
	const char *general = stuck_class_advice(stuck_row_class(telling->told->row));
	struct stuck_process *told = telling->told;
	int r = 0;

	/* Its chain has no last one to look at. */
	if (told->row == ROW_PROGRAM_LOCK)
		return text_add(&told->advice, "%s",
				thread_program_lock(telling->stuck, telling->thread)->remedy);
	if (general[0])
		r = text_add(&told->advice, "%s", general);
	if (r == 0 && told->row == ROW_STOPPED_SIGNAL)
		r = text_add(&told->advice, "kill -CONT %" PRIu32 " lets it go on.", told->pid);
	if (r == 0 && told->row == ROW_STOPPED_FROZEN)
		r = text_add(&told->advice,
			     "Its cgroup's cgroup.freeze (freezer.state) says so: thaw it there.");
	if (r == 0 && (told->cause == CAUSE_FS_FROZEN || told->cause == CAUSE_LOCK_DEADLOCK ||
		       told->cause == CAUSE_DISK_THROTTLED))
		r = text_add(&told->advice, "%s", cause_advice(told->cause));
	return r;
}

static void begin(const struct telling *telling)
{
	struct stuck_process *told = telling->told;

	told->pid = telling->process->tgid;
	told->row = (enum stuck_row)telling->process->row;
	(void)snprintf(told->name, sizeof(told->name), "%s",
		       process_name(telling->stuck, telling->process));
	if (thread_is_seen(telling->thread) && telling->thread->plight != PLIGHT_MOVES &&
	    telling->thread->plight != PLIGHT_SPINS)
		told->ns = thread_stood_ns(telling->thread);
	told->cause = find_cause(telling);
	told->subject = find_subject(telling);
}

/* Their stacks are told as well. */
static void mark_chain(struct stuck *stuck, const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct thread_seen *thread = chain->steps[i].thread;

		if (thread)
			stuck->threads.items[thread_index(stuck, thread)].is_in_chain = true;
	}
}

int process_tell(struct stuck *stuck, const struct process_seen *process,
		 struct stuck_process *told)
{
	struct telling telling = {
		.stuck = stuck, .process = process, .told = told, .thread = &NO_THREAD
	};
	int r;

	told->row = (enum stuck_row)process->row;
	if (process->worst != NONE)
		telling.thread = &stuck->threads.items[process->worst];
	if (thread_is_alive(telling.thread))
		telling.chain = graph_follow(stuck, telling.thread);
	mark_chain(stuck, &telling.chain);
	begin(&telling);
	r = tell_row(&telling);
	if (r == 0)
		r = chain_tell(stuck, &telling.chain, told);
	if (r == 0)
		r = evidence_tell(&telling);
	if (r == 0)
		r = tell_log(&telling);
	return r == 0 ? tell_advice(&telling) : r;
}

int gone_tell(struct stuck *stuck, const struct klog_report *report, struct stuck_process *told)
{
	bool is_kernel = report->kind == KLOG_FAILED;
	int r;

	told->pid = report->tid;
	told->row = is_kernel ? ROW_KERNEL_FAILED : ROW_FAULTED;
	told->cause = stuck_row_cause(told->row);
	(void)snprintf(told->name, sizeof(told->name), "%s",
		       names_text(&stuck->names, report->comm));
	told->subject = subject_say("process", "%.60s (%" PRIu32 ")", told->name, told->pid);
	if (asprintf(&told->words, "%s: %s; it no longer exists", stuck_row_words(told->row),
		     ago_words(stuck, report->written_ns).text) < 0) {
		told->words = NULL;
		return -ENOMEM;
	}
	r = tell_report(stuck, report, told);
	if (r == 0 && !is_kernel)
		r = core_tell(stuck, told->pid, NULL, told);
	return r == 0 ? text_add(&told->advice, "%s",
				 stuck_class_advice(stuck_row_class(told->row)))
		      : r;
}
