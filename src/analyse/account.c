/* Where did each thread's wall time go? A cursor runs over its spans; gaps are unknown. */
#include "analyse/account.h"

#include <errno.h>
#include <stdlib.h>

#include "analyse/charge.h"
#include "analyse/forget.h"

/* A span is settled this long after it closed: by then the runs and requests around it have closed
 * as well. */
#define SETTLE_DELAY_NS 20000000u

/* What a span earns: enough to look at its neighbours once each; and what can be saved up. */
#define CREDIT_PER_SPAN 32u
#define CREDIT_MAX      (1u << 28)

static uint64_t limit_ns(const struct analysis *analysis, const struct thread *thread)
{
	uint64_t end_ns = analysis->watch.has_ended ? analysis->watch.end_ns : analysis->now_ns;

	return thread->death_ns < end_ns ? thread->death_ns : end_ns;
}

static void begin_thread(const struct analysis *analysis, struct thread *thread)
{
	uint64_t begin_ns = analysis->watch.begin_ns;

	if (thread->has_begun)
		return;
	thread->has_begun = true;
	thread->begin_ns = thread->birth_ns > begin_ns ? thread->birth_ns : begin_ns;
	thread->cursor_ns = thread->begin_ns;
}

struct moments {
	uint64_t from_ns;
	uint64_t to_ns;
};

static void account_unknown(struct analysis *analysis, struct thread *thread, uint64_t until_ns)
{
	if (until_ns <= thread->cursor_ns)
		return;
	slices_add_state(&analysis->slices, &thread->slice_rows, CAUSE_UNKNOWN, thread->cursor_ns,
			 until_ns, until_ns - thread->cursor_ns);
	thread->account->unknown_ns += until_ns - thread->cursor_ns;
	thread->gap_ns += until_ns - thread->cursor_ns;
	if (thread->is_root)
		analysis->unknown_ns += until_ns - thread->cursor_ns;
	thread->cursor_ns = until_ns;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static uint64_t scale(uint64_t amount, uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((unsigned __int128)amount * part / whole) : 0;
}

/* The cause of the wait itself, whoever was at fault. */
static enum cause immediate_cause(const struct analysis *analysis, const struct span *span)
{
	enum cause cause = classes_get(&analysis->classes, span->class_id)->cause;

	return cause == CAUSE_UNKNOWN && span->flags & SPAN_REQUEST ? CAUSE_DISK_DEVICE : cause;
}

/*
 * The row tells running as /proc does. The kernel counts from the run queue's clock of the wake-up
 * up to when it begins to look for the next thread; we see the switch itself. What lies between is
 * in the queue, or is not.
 */
static void correct_run(struct thread_account *account, int64_t correction_ns)
{
	uint64_t part_ns;

	if (correction_ns >= 0) {
		part_ns = at_most((uint64_t)correction_ns, account->queue_ns);
		account->kernel_ns += part_ns;
		account->queue_ns -= part_ns;
	} else {
		part_ns = at_most((uint64_t)-correction_ns, account->kernel_ns);
		account->kernel_ns -= part_ns;
		account->queue_ns += part_ns;
		/* A thread that waits in page faults alone is never seen in the kernel. */
		part_ns = at_most((uint64_t)-correction_ns - part_ns, account->user_ns);
		account->user_ns -= part_ns;
		account->queue_ns += part_ns;
	}
}

/* So much of [from_ns, to_ns) was the thread in that state. */
static void account_state(struct analysis *analysis, struct thread *thread, unsigned int state,
			  const struct moments *at, uint64_t ns)
{
	struct thread_account *account = thread->account;

	slices_add_state(&analysis->slices, &thread->slice_rows, state, at->from_ns, at->to_ns, ns);
	if (state == THREAD_RUNS_USER)
		account->user_ns += ns;
	else if (state == THREAD_RUNS_KERNEL)
		account->kernel_ns += ns;
	else if (state == THREAD_RUNS_IRQ)
		account->irq_ns += ns;
	else if (state == THREAD_QUEUES)
		account->queue_ns += ns;
	else if (state == CAUSE_UNKNOWN)
		account->unknown_ns += ns;
	else
		account->blocked_ns[state] += ns;
}

/* Add that part of a span to the thread's row; its parts sum to all of it. */
static void account_part(struct analysis *analysis, struct thread *thread, const struct span *span,
			 const struct moments *at)
{
	uint64_t whole_ns = span->end_ns - span->start_ns, ns = at->to_ns - at->from_ns, part_ns;

	switch ((enum span_kind)span->kind) {
	case SPAN_RUN:
		part_ns = scale(ns, span->irq_ns, whole_ns);
		account_state(analysis, thread, THREAD_RUNS_IRQ, at, part_ns);
		ns -= part_ns;
		part_ns = scale(ns, span->kernel_ns, whole_ns - span->irq_ns);
		account_state(analysis, thread, THREAD_RUNS_KERNEL, at, part_ns);
		account_state(analysis, thread, THREAD_RUNS_USER, at, ns - part_ns);
		correct_run(thread->account, span->correction_ns);
		break;
	case SPAN_WAIT:
		account_state(analysis, thread, immediate_cause(analysis, span), at, ns);
		break;
	case SPAN_QUEUE:
		part_ns = scale(ns, span->throttled_ns, whole_ns);
		account_state(analysis, thread, CAUSE_CPU_THROTTLED, at, part_ns);
		account_state(analysis, thread, THREAD_QUEUES, at, ns - part_ns);
		break;
	}
}

bool account_settle_next(struct analysis *analysis, struct thread *thread)
{
	const struct history *history = &thread->history;
	struct moments at = { .to_ns = limit_ns(analysis, thread) };
	struct span span;

	if (!thread->is_target || thread->settled_seq >= history->first_seq + history->count)
		return false;
	begin_thread(analysis, thread);
	if (thread->settled_seq < history->first_seq)
		thread->settled_seq = history->first_seq;
	span = *history_at(history, thread->settled_seq - history->first_seq);
	thread->settled_seq++;

	at.from_ns = span.start_ns > thread->cursor_ns ? span.start_ns : thread->cursor_ns;
	if (span.end_ns < at.to_ns)
		at.to_ns = span.end_ns;
	if (at.from_ns >= at.to_ns)
		return true;
	account_unknown(analysis, thread, at.from_ns);
	account_part(analysis, thread, &span, &at);
	if (thread->is_root)
		charge_span(analysis, thread, &span, at.from_ns, at.to_ns);
	thread->cursor_ns = at.to_ns;
	return true;
}

static void settle_due(struct analysis *analysis)
{
	struct dues *dues = &analysis->dues;
	const struct due *due = &dues->ring[dues->head];
	struct thread *thread = analysis->tasks.threads.items[due->thread].thread;

	if (thread)
		(void)account_settle_next(analysis, thread);
	dues->head = (dues->head + 1) % DUES_MAX;
	dues->count--;
}

void account_advance(struct analysis *analysis)
{
	const struct dues *dues = &analysis->dues;

	while (dues->count && dues->ring[dues->head].close_ns + SETTLE_DELAY_NS < analysis->now_ns)
		settle_due(analysis);
}

static int add_due(struct analysis *analysis, const struct thread *thread)
{
	struct dues *dues = &analysis->dues;

	if (!dues->ring)
		dues->ring = calloc(DUES_MAX, sizeof(*dues->ring));
	if (!dues->ring)
		return -ENOMEM;
	if (dues->count == DUES_MAX)
		settle_due(analysis);
	dues->ring[(dues->head + dues->count++) % DUES_MAX] =
		(struct due){ .close_ns = analysis->now_ns, .thread = thread->index };
	return 0;
}

static void set_on_cpu(struct thread *thread, uint64_t since_ns, uint32_t flags)
{
	thread->on_cpu_ns = flags & SPAN_OPEN_END ? 0 : since_ns;
}

/* A run whose end was never told is split as the runs that were. */
static void account_open_run(struct analysis *analysis, struct thread *thread, uint64_t until_ns)
{
	const struct moments at = { thread->cursor_ns, until_ns };
	uint64_t ns = until_ns - thread->cursor_ns;
	uint64_t known_ns = thread->run_user_ns + thread->run_kernel_ns;
	uint64_t kernel_ns = known_ns ? scale(ns, thread->run_kernel_ns, known_ns) : 0;

	if (thread_is_kernel(thread))
		kernel_ns = ns;
	account_state(analysis, thread, THREAD_RUNS_KERNEL, &at, kernel_ns);
	account_state(analysis, thread, THREAD_RUNS_USER, &at, ns - kernel_ns);
	if (thread->is_root)
		charge_open_run(analysis, thread, thread->cursor_ns, until_ns);
	thread->cursor_ns = until_ns;
}

/* The time of a hidden thread is nobody's: not even unknown. */
static void forget_unknown(struct analysis *analysis, struct thread *thread)
{
	if (thread->is_root)
		analysis->unknown_ns -= thread->gap_ns;
	thread->account->wall_ns -= thread->gap_ns;
	thread->account->unknown_ns -= thread->gap_ns;
	thread->gap_ns = 0;
}

/* Settle a thread's time up to its death or the given end. */
static void finish_thread(struct analysis *analysis, struct thread *thread, uint64_t end_ns)
{
	if (thread->death_ns < end_ns)
		end_ns = thread->death_ns;
	while (account_settle_next(analysis, thread))
		;
	begin_thread(analysis, thread);
	if (thread->on_cpu_ns && thread->on_cpu_ns < end_ns) {
		account_unknown(analysis, thread, thread->on_cpu_ns);
		if (thread->cursor_ns < end_ns)
			account_open_run(analysis, thread, end_ns);
	}
	account_unknown(analysis, thread, end_ns);
	thread->account->wall_ns = thread->cursor_ns - thread->begin_ns;
	if (thread->is_hidden)
		forget_unknown(analysis, thread);
}

void account_finish(struct analysis *analysis)
{
	uint64_t end_ns = analysis->watch.has_ended ? analysis->watch.end_ns : analysis->now_ns;

	for (size_t i = 0; i < analysis->tasks.threads.count; i++) {
		struct thread *thread = analysis->tasks.threads.items[i].thread;

		if (thread && thread->is_target)
			finish_thread(analysis, thread, end_ns);
	}
}

/* Dead threads are only history: they go when there are too many threads. */
static void retire_dead(struct analysis *analysis)
{
	struct tasks *tasks = &analysis->tasks;

	for (size_t i = 0; i < tasks->threads.count; i++) {
		struct thread *thread = tasks->threads.items[i].thread;
		bool is_old = thread && thread->death_ns < analysis->now_ns &&
			      analysis->now_ns - thread->death_ns > 10ULL * SETTLE_DELAY_NS;

		if (!is_old || (analysis->watch.target == WATCH_COMMAND && thread->is_root &&
				!analysis->charges_all))
			continue;
		if (thread->is_target)
			finish_thread(analysis, thread, thread->death_ns);
		slices_merge(&analysis->slices, &thread->slice_rows, &tasks->retired_slice_rows);
		digest_drop(&thread->digest, &analysis->digests);
		tasks_retire(tasks, thread);
	}
}

/* Decide whether a thread belongs to the target, and whether its time is charged. */
static int enlist_thread(struct analysis *analysis, struct thread *thread)
{
	const struct watch *watch = &analysis->watch;
	bool is_command = watch->target == WATCH_COMMAND;
	bool is_first = is_command && thread->tid == watch->pid;

	if (thread->is_target || !watch->is_seen || (!is_first && !(thread->flags & TASK_TARGET)))
		return 0;
	thread->account = calloc(1, sizeof(*thread->account));
	if (!thread->account)
		return -ENOMEM;
	thread->is_target = true;
	thread->is_root = is_first ? !analysis->spares_first : !is_command || analysis->charges_all;
	thread->settled_seq = thread->history.first_seq;
	return 0;
}

int account_watch(struct analysis *analysis)
{
	int r = 0;

	for (size_t i = 0; i < analysis->tasks.threads.count && r == 0; i++) {
		if (analysis->tasks.threads.items[i].thread)
			r = enlist_thread(analysis, analysis->tasks.threads.items[i].thread);
	}
	return r;
}

/* A thread that is the target's no more: the kernel turned out to hide its switches. */
static void hide_thread(struct thread *thread, uint64_t time_ns)
{
	thread->is_hidden = true;
	thread->on_cpu_ns = 0;
	thread->death_ns = at_most(thread->death_ns, time_ns);
}

int account_task(struct analysis *analysis, const struct event_task *event)
{
	struct thread *thread;
	int r;

	if (tasks_are_full(&analysis->tasks))
		retire_dead(analysis);
	r = tasks_tell(&analysis->tasks, &analysis->names, event, &thread);
	if (r > 0 && thread->is_target && !(event->flags & TASK_TARGET))
		hide_thread(thread, event->head.time_ns);
	return r > 0 ? enlist_thread(analysis, thread) : r;
}

int account_cgroup(struct analysis *analysis, const struct event_cgroup *event)
{
	struct thread *thread = tasks_find(&analysis->tasks, event->tid);

	if (thread)
		thread->cpu_group = names_put(&analysis->names, event->path, event->path_bytes);
	return analysis->names.is_out_of_memory ? -ENOMEM : 0;
}

void account_task_end(struct analysis *analysis, const struct event_task_end *event)
{
	struct thread *thread = tasks_find(&analysis->tasks, event->tid);

	if (!thread || thread->death_ns != UINT64_MAX)
		return;
	thread->death_ns = event->head.time_ns;
	thread->exit_code = event->exit_code;
}

/* 1 and the thread a span is of; 0: the span is of no use; -ENOMEM. */
static int get_thread(struct analysis *analysis, uint32_t tid, struct thread **ret)
{
	int r;

	if (!tid || analysis->watch.has_ended)
		return 0;
	analysis->watch.switch_events++;
	if (tasks_are_full(&analysis->tasks) && !tasks_find(&analysis->tasks, tid))
		retire_dead(analysis);
	r = tasks_get(&analysis->tasks, tid, ret);
	if (r > 0 && enlist_thread(analysis, *ret) < 0)
		return -ENOMEM;
	return r;
}

static int keep_span(struct analysis *analysis, struct thread *thread, const struct span *span)
{
	int r;

	if (span->start_ns >= span->end_ns)
		return 0;
	r = history_insert(&thread->history, span, thread->forgotten_ns,
			   thread->is_target ? thread->settled_seq : 0);
	if (r <= 0)
		return r;
	analysis->tasks.span_count++;
	if (analysis->credit < CREDIT_MAX)
		analysis->credit += CREDIT_PER_SPAN;
	if (thread->is_target && add_due(analysis, thread) < 0)
		return -ENOMEM;
	forget_oldest(analysis);
	return 0;
}

/* By how much the kernel counts a run of ns longer, at most by the stay in the queue before. Where
 * it leaves interrupts out (CONFIG_IRQ_TIME_ACCOUNTING), so do we. */
static int32_t correction_of(const struct event_run *event, uint64_t ns, uint64_t queue_ns)
{
	uint64_t less_ns;

	if (!event->charged_ns)
		return 0;
	if (event->charged_ns >= ns)
		return (int32_t)at_most(at_most(event->charged_ns - ns, queue_ns), INT32_MAX);
	less_ns = ns - event->charged_ns;
	less_ns -= at_most(event->irq_ns, less_ns);
	return -(int32_t)at_most(less_ns, INT32_MAX);
}

int account_run(struct analysis *analysis, const struct event_run *event)
{
	struct cpu_run run = { .start_ns = event->start_ns,
			       .end_ns = event->head.time_ns,
			       .tid = event->tid };
	struct span span = {
		.kind = SPAN_RUN,
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.flags = (uint16_t)event->flags,
		.cpu = (uint16_t)event->cpu,
	};
	struct thread *thread;
	uint64_t ns;
	int r = get_thread(analysis, event->tid, &thread);

	if (r <= 0)
		return r;
	thread->on_cpu_ns = 0;
	if (span.start_ns >= span.end_ns)
		return 0;
	ns = span.end_ns - span.start_ns;
	span.correction_ns = correction_of(event, ns, thread->queue_ns);
	thread->queue_ns = 0;
	span.irq_ns = at_most(event->irq_ns, ns);
	span.kernel_ns = thread_is_kernel(thread) ? ns - span.irq_ns
						  : at_most(event->kernel_ns, ns - span.irq_ns);
	thread->run_kernel_ns += span.kernel_ns;
	thread->run_user_ns += ns - span.irq_ns - span.kernel_ns;
	if (cpus_take(&analysis->cpus, event->cpu, &run) < 0)
		return -ENOMEM;
	return keep_span(analysis, thread, &span);
}

/* No architecture has more system calls than this holds. */
static int16_t short_syscall(int32_t number)
{
	if (number < 0 || number > INT16_MAX)
		return -1;
	return (int16_t)number;
}

/* A program's own lock is waited for in an event loop, on a futex, or in what nothing is known of.
 */
static bool may_be_for_program(const struct analysis *analysis, const struct span *span)
{
	enum cause cause = classes_get(&analysis->classes, span->class_id)->cause;

	return !(span->flags & SPAN_REQUEST) &&
	       (cause == CAUSE_WAIT_IDLE || cause == CAUSE_LOCK_USER || cause == CAUSE_UNKNOWN);
}

/*
 * Of a wait that lasts no call's end is told; but then what the process calls itself is of the same
 * moment: when the watch begins, or when it ends.
 */
static int look_at_title(struct analysis *analysis, const struct thread *thread, struct span *span)
{
	const struct program_lock *lock = NULL;

	if (thread->title && span->flags & (SPAN_OPEN_START | SPAN_OPEN_END) &&
	    may_be_for_program(analysis, span))
		lock = program_lock_of_title(names_text(&analysis->names, thread->title));
	return lock ? classes_of_program_lock(&analysis->classes, &analysis->names, lock,
					      &span->class_id)
		    : 0;
}

/* What is held back by a limit is no request yet: the stack looks as if the device had it. */
static int look_at_limit(struct analysis *analysis, uint32_t tid, struct span *span)
{
	const uint64_t *name = hash_find(&analysis->limits, tid);

	if (!name || !(span->flags & SPAN_OPEN_END) || !(span->flags & SPAN_IOWAIT) ||
	    span->flags & SPAN_REQUEST)
		return 0;
	return classes_of_limit(&analysis->classes, (uint32_t)*name, &span->class_id);
}

int account_call(struct analysis *analysis, const struct event_syscall *event)
{
	const struct program_lock *lock =
		classes_program_lock(&analysis->classes, event->user_stack);
	struct thread *thread = lock ? tasks_find(&analysis->tasks, event->tid) : NULL;
	const struct history *history = thread ? &thread->history : NULL;
	uint16_t class_id = 0;
	int r;

	if (!thread)
		return 0;
	r = classes_of_program_lock(&analysis->classes, &analysis->names, lock, &class_id);
	for (size_t i = history_find(history, event->start_ns); i < history->count && r == 0; i++) {
		struct span *span = history_at(history, i);

		if (span->kind == SPAN_WAIT && may_be_for_program(analysis, span))
			span->class_id = class_id;
	}
	return r;
}

int account_wait(struct analysis *analysis, const struct event_wait *event)
{
	struct span span = {
		.kind = SPAN_WAIT,
		.start_ns = event->start_ns,
		.end_ns = at_most(event->end_ns, event->head.time_ns),
		.flags = (uint16_t)event->flags,
		.peer = event->waker_tid,
		.syscall = short_syscall(event->syscall),
	};
	struct thread *thread;
	int r = get_thread(analysis, event->tid, &thread);

	if (r <= 0)
		return r;
	set_on_cpu(thread, event->head.time_ns, event->flags);
	if (event->stack)
		analysis->watch.stack_waits++;
	if (event->flags & SPAN_REQUEST) {
		span.request = event->request;
		span.owner = event->request_dev;
	} else {
		span.lock = event->lock;
		span.owner = event->lock_owner;
	}
	if (event->file_inode || event->file_dev)
		span.file = requests_file(&analysis->requests, event->file_dev, event->file_inode);
	r = classes_of_wait(&analysis->classes, &analysis->names, event, &span.class_id);
	if (r == 0)
		r = look_at_title(analysis, thread, &span);
	if (r == 0)
		r = look_at_limit(analysis, event->tid, &span);
	return r < 0 ? r : keep_span(analysis, thread, &span);
}

int account_queue(struct analysis *analysis, const struct event_queue *event)
{
	struct span span = {
		.kind = SPAN_QUEUE,
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.flags = (uint16_t)event->flags,
		.peer = event->prev_tid,
		.cpu = (uint16_t)event->cpu,
	};
	struct thread *thread;
	int r = get_thread(analysis, event->tid, &thread);

	if (r <= 0)
		return r;
	set_on_cpu(thread, event->head.time_ns, event->flags);
	if (span.start_ns >= span.end_ns)
		return 0;
	span.throttled_ns = at_most(event->throttled_ns, span.end_ns - span.start_ns);
	thread->queue_ns = span.end_ns - span.start_ns - span.throttled_ns;
	return keep_span(analysis, thread, &span);
}
