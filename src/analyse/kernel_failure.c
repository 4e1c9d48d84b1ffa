/* Did the kernel itself fail, or hang, under the target? Its log says so, and of which thread. */
#include "analyse/kernel_failure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyse/state.h"
#include "finding/format.h"

#define FAILURES_TOLD 16u

/* Failures are told before what may only follow from them. */
static const struct {
	enum klog_kind kind;
	enum cause cause;
} KINDS[] = {
	{ KLOG_FAILED, CAUSE_KERNEL_OOPS },
	{ KLOG_STALL, CAUSE_KERNEL_HANG },
	{ KLOG_HUNG, CAUSE_KERNEL_HANG },
};

/* The log is new: of those that had the number one after the other it means the one of that name,
 * or the last one, which may have changed its name since. NULL: none was told. */
static const struct thread *find_thread(const struct analysis *analysis,
					const struct klog_report *report)
{
	const struct tasks *tasks = &analysis->tasks;
	const struct thread *last = tasks_find(tasks, report->tid), *thread = last;

	while (thread && report->comm && thread->comm != report->comm)
		thread = thread->former ? tasks->threads.items[thread->former - 1].thread : NULL;
	return thread ? thread : last;
}

/* What befell a thread that is not known is the whole machine's. */
static bool is_of_target(const struct analysis *analysis, const struct thread *thread)
{
	return analysis->watch.target == WATCH_MACHINE || (thread && thread->is_target);
}

static int add_link(const char *name, uint32_t tid, struct finding *finding)
{
	struct link *link = array_push(&finding->chain);

	if (!link)
		return -ENOMEM;
	(void)snprintf(link->who, sizeof(link->who), "%s", name);
	(void)snprintf(link->state, sizeof(link->state), "%s", cause_id(finding->cause));
	link->tid = tid;
	return 0;
}

static int name_thread(const struct analysis *analysis, const struct klog_report *report,
		       const struct thread *thread, struct finding *finding)
{
	struct subject *subject = &finding->subject;
	uint32_t comm = report->comm || !thread ? report->comm : thread->comm;
	const char *name = names_text(&analysis->names, comm);

	if (!report->tid) {
		(void)snprintf(subject->kind, sizeof(subject->kind), "kernel");
		(void)snprintf(subject->name, sizeof(subject->name),
			       "the log does not say in which thread");
		return add_link("the kernel", 0, finding);
	}
	(void)snprintf(subject->kind, sizeof(subject->kind), "thread");
	(void)snprintf(subject->name, sizeof(subject->name), "%.60s (%" PRIu32 ")", name,
		       report->tid);
	return add_link(name, report->tid, finding);
}

static int say(const struct analysis *analysis, const struct klog_report *report,
	       const struct thread *thread, struct finding *finding)
{
	int r;

	finding->confidence = CONFIDENCE_HIGH;
	finding->speedup_limit = 1;
	r = name_thread(analysis, report, thread, finding);
	if (r == 0 && report->count > 1)
		r = text_add(&finding->evidence,
			     "the kernel's log told of it %s times; the last time:",
			     format_count(report->count).text);
	else if (r == 0)
		r = text_add(&finding->evidence, "the kernel's log told of it:");
	if (r == 0)
		r = klog_tell(&analysis->klog, &analysis->names, report, &finding->evidence);
	return r < 0 ? r : text_add(&finding->advice, "%s", cause_advice(finding->cause));
}

static int add_finding(const struct analysis *analysis, const struct klog_report *report,
		       enum cause cause, struct verdict *verdict, size_t place)
{
	struct finding *finding = array_push(&verdict->findings);
	int r;

	if (!finding)
		return -ENOMEM;
	finding->cause = cause;
	r = say(analysis, report, find_thread(analysis, report), finding);
	verdict_move_last(verdict, place);
	return r;
}

/* *told: how many there were, of all kinds. */
static int tell_kind(const struct analysis *analysis, size_t kind, struct verdict *verdict,
		     size_t *told)
{
	const struct klog *klog = &analysis->klog;
	int r = 0;

	for (size_t i = 0; i < klog->reports.count && r == 0; i++) {
		const struct klog_report *report = &klog->reports.items[i];

		if (report->kind != KINDS[kind].kind ||
		    !is_of_target(analysis, find_thread(analysis, report)))
			continue;
		if (*told < FAILURES_TOLD)
			r = add_finding(analysis, report, KINDS[kind].cause, verdict, *told);
		++*told;
	}
	return r;
}

static int tell_left_out(const struct klog *klog, size_t told, struct verdict *verdict)
{
	int r = 0;

	if (told > FAILURES_TOLD)
		r = text_add(&verdict->not_seen,
			     "%s more failures in the kernel's log: only the first %u are told",
			     format_count(told - FAILURES_TOLD).text, FAILURES_TOLD);
	if (r == 0 && klog->lines_left_out)
		r = text_add(&verdict->not_seen,
			     "%s lines of the kernel's log, for which there was no room",
			     format_count(klog->lines_left_out).text);
	return r;
}

int kernel_failure_tell(struct analysis *analysis, struct verdict *verdict)
{
	size_t told = 0;
	int r = klog_read(&analysis->klog, &analysis->names);

	for (size_t kind = 0; kind < array_count(KINDS) && r == 0; kind++)
		r = tell_kind(analysis, kind, verdict, &told);
	return r < 0 ? r : tell_left_out(&analysis->klog, told, verdict);
}
