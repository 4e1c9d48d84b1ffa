/* Where did threads wait, and who ended it? Each wait is looked at once, when it is told, and goes
 * to the table, to the graph of wakers and to the tree. */
#include "analyse/waiter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/waiter_state.h"

/* The kernel's task state bits: include/linux/sched.h. */
enum {
	STATE_INTERRUPTIBLE = 0x1,
	STATE_UNINTERRUPTIBLE = 0x2,
	STATE_STOPPED = 0x4,
	STATE_TRACED = 0x8,
	STATE_PARKED = 0x40,
	STATE_NOLOAD = 0x400,
};

char wait_state_letter(uint32_t state)
{
	/* An idle kernel thread's state has the bit of D as well. */
	if (state & STATE_UNINTERRUPTIBLE && state & STATE_NOLOAD)
		return 'I';
	if (state & STATE_UNINTERRUPTIBLE)
		return 'D';
	if (state & STATE_INTERRUPTIBLE)
		return 'S';
	if (state & STATE_STOPPED)
		return 'T';
	if (state & STATE_TRACED)
		return 't';
	return state & STATE_PARKED ? 'P' : '?';
}

/* The wakers of a tree and of a table are told apart as finely as the threads. */
static enum grain grain_of(const struct wait_keys *keys)
{
	if (wait_keys_have(keys, WAIT_BY_THREAD))
		return GRAIN_THREAD;
	return wait_keys_have(keys, WAIT_BY_COMM) ? GRAIN_COMM : GRAIN_POOL;
}

int waiter_new(const struct waiter_options *options, struct waiter **ret)
{
	const enum grain grain = grain_of(&options->keys);
	const struct profiler_options tree = {
		.keys = { .items = { grain == GRAIN_POOL ? PROFILE_POOL : PROFILE_COMM },
			  .count = 1 },
		.min_share = options->min_share,
		.is_waits = true,
	};
	owns(waiter_free) struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter || profiler_new(&tree, &waiter->profiler) < 0)
		return -ENOMEM;
	waiter->options = *options;
	waiter->grain = grain;
	*ret = give(waiter);
	return 0;
}

void waiter_free(struct waiter **waiter)
{
	struct waiter *old = *waiter;

	*waiter = NULL;
	if (!old)
		return;
	rows_free(old);
	graph_free(&old->graph);
	requests_free(&old->devices);
	hash_free(&old->pools);
	hash_free(&old->paths);
	array_free(&old->missing);
	profiler_free(&old->profiler);
	free(old);
}

static void count(struct tally_ns *tally, uint64_t ns)
{
	tally->count++;
	if (__builtin_add_overflow(tally->ns, ns, &tally->ns))
		tally->ns = UINT64_MAX;
}

/* The part of the wait that lies in the watch. */
static uint64_t watched_ns(const struct waiter *waiter, const struct event_wait *event)
{
	const struct profiler *profiler = waiter->profiler;
	uint64_t start_ns = event->start_ns, end_ns = event->end_ns;

	if (profiler->is_seen && start_ns < profiler->watch.head.time_ns)
		start_ns = profiler->watch.head.time_ns;
	if (end_ns > event->head.time_ns)
		end_ns = event->head.time_ns;
	return end_ns > start_ns ? end_ns - start_ns : 0;
}

/* Is it one of those that were asked for? */
static bool is_wanted(struct waiter *waiter, const struct seen *seen)
{
	char letter = wait_state_letter(seen->event->state);
	bool is_in_state = true;

	switch (waiter->options.state) {
	case WAIT_STATE_ALL:
		break;
	case WAIT_STATE_D:
		is_in_state = letter == 'D';
		break;
	case WAIT_STATE_S:
		is_in_state = letter == 'S';
		break;
	}
	waiter->stateless += !is_in_state && letter == '?';
	return is_in_state && seen->ns >= waiter->options.over_ns;
}

/* On the machine most threads have nothing to do, for most of the time. */
static bool is_idle(const struct waiter *waiter, const struct seen *seen)
{
	return !waiter->options.has_idle && seen->class->cause == CAUSE_WAIT_IDLE &&
	       waiter->profiler->watch.target == WATCH_MACHINE;
}

static int look_at(struct waiter *waiter, struct seen *seen)
{
	struct profiler *profiler = waiter->profiler;
	const struct event_wait *event = seen->event;
	int r;

	seen->ns = watched_ns(waiter, event);
	seen->is_untaken = !event->stack;
	if (event->stack && !stacks_find(&profiler->stacks, event->stack, &seen->stack))
		waiter->untold_stacks++;
	(void)stacks_find(&profiler->stacks, event->waker_stack, &seen->waker_stack);
	r = classes_of_wait_alone(&profiler->wall.classes, &profiler->names, event,
				  &seen->class_id);
	if (r < 0)
		return r;
	seen->class = classes_get(&profiler->wall.classes, seen->class_id);
	return graph_find(waiter, seen);
}

static int add_to_tree(struct waiter *waiter, const struct seen *seen)
{
	struct held_wait wait = { .syscall = seen->event->syscall, .count = 1, .ns = seen->ns };
	struct task nobody = {};
	struct task *task = threads_find(&waiter->profiler->threads, seen->event->tid);
	int r = path_of(waiter, seen, &wait.kernel);

	if (r < 0)
		return r;
	/* There was no room for the thread: what it waited counts all the same. */
	if (!task) {
		wait.syscall = -1;
		task = &nobody;
	}
	return held_add(waiter->profiler, task, &wait);
}

static int add_to_total(struct waiter *waiter, const struct seen *seen)
{
	int r;

	count(&waiter->total, seen->ns);
	if (seen->is_untaken)
		count(&waiter->untaken, seen->ns);
	waiter->open += seen->event->flags & SPAN_OPEN_END ? 1 : 0;
	r = rows_add(waiter, seen);
	return r < 0 ? r : add_to_tree(waiter, seen);
}

static int take_wait(struct waiter *waiter, const struct event_wait *event)
{
	struct seen seen = { .event = event };
	struct task *task;
	bool is_in_table, idle;
	int r = threads_get(waiter->profiler, event->tid, &task);

	if (r < 0)
		return r;
	is_in_table = r == 0 || profiler_wants(waiter->profiler, task);
	r = look_at(waiter, &seen);
	if (r < 0)
		return r;
	if (is_in_table)
		count(&waiter->all, seen.ns);
	if (!is_wanted(waiter, &seen)) {
		if (is_in_table)
			count(&waiter->outside, seen.ns);
		return 0;
	}
	idle = is_idle(waiter, &seen);
	r = graph_add(waiter, &seen, idle);
	if (r < 0 || !is_in_table)
		return r;
	if (!idle)
		return add_to_total(waiter, &seen);
	count(&waiter->idle, seen.ns);
	return 0;
}

static int take_fact(struct waiter *waiter, const struct event_fact *event)
{
	static const char MISSING[] = "missing.";
	uint32_t *place;

	if (event->key_bytes < strlen(MISSING) ||
	    memcmp(event->text, MISSING, strlen(MISSING)) != 0)
		return 0;
	place = array_push(&waiter->missing);
	if (!place)
		return -ENOMEM;
	*place = names_put(&waiter->profiler->names, event->text + event->key_bytes,
			   event->value_bytes);
	return 0;
}

/* What is not the profiler's own: it has taken the event before. */
static int take_own(struct waiter *waiter, const struct event *event)
{
	const void *whole = event;

	if (event->kind == EVENT_WAIT)
		return take_wait(waiter, whole);
	if (event->kind == EVENT_SYSCALL)
		return graph_take_call(waiter, whole);
	if (event->kind == EVENT_DEVICE)
		return requests_take_device(&waiter->devices, &waiter->profiler->names, whole);
	if (event->kind == EVENT_FACT)
		return take_fact(waiter, whole);
	if (event->kind == EVENT_LOSS) {
		const struct event_loss *loss = whole;

		if (loss->what < array_count(waiter->losses))
			waiter->losses[loss->what] += loss->count;
	}
	return 0;
}

int waiter_take(void *self, const struct event *event, struct diag *why)
{
	struct waiter *waiter = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = profiler_take(waiter->profiler, event, why);
	if (r == 0)
		r = take_own(waiter, event);
	if (r == 0 && waiter->profiler->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look at the waits") : 0;
}

void waiter_leave_out(struct waiter *waiter, double min_share)
{
	waiter->options.min_share = min_share;
	profiler_leave_out(waiter->profiler, min_share);
}

/* --- at the end --- */

static void tell_sums(const struct waiter *waiter, struct wait_report *report)
{
	size_t used = 0;

	report->keys = waiter->options.keys;
	for (size_t i = 0; i < report->keys.count; i++) {
		int bytes = snprintf(report->by + used, sizeof(report->by) - used, "%s%s",
				     i ? "," : "", wait_key_name(report->keys.items[i]));

		used += bytes > 0 ? (size_t)bytes : 0;
	}
	report->over_ns = waiter->options.over_ns;
	report->state = waiter->options.state;
	report->has_idle = waiter->options.has_idle || report->tree->target != TARGET_MACHINE;
	report->all_ns = waiter->all.ns;
	report->all_count = waiter->all.count;
	report->total_ns = waiter->total.ns;
	report->total_count = waiter->total.count;
	report->idle_ns = waiter->idle.ns;
	report->idle_count = waiter->idle.count;
	report->outside_ns = waiter->outside.ns;
	report->outside_count = waiter->outside.count;
	report->untaken_ns = waiter->untaken.ns;
	report->untaken_count = waiter->untaken.count;
	report->open_count = waiter->open;
	report->lost_switches = waiter->losses[LOSS_SWITCH];
}

static int make_report(struct waiter *waiter, struct wait_report *report)
{
	int r = profiler_tree(waiter->profiler, &report->tree);

	if (r < 0)
		return r;
	tell_sums(waiter, report);
	r = rows_tell(waiter, report);
	if (r == 0)
		r = graph_tell(waiter, report);
	return r < 0 ? r : wait_notes_make(waiter, report);
}

int waiter_report(struct waiter *waiter, struct wait_report **ret, struct diag *why)
{
	owns(wait_report_free) struct wait_report *report = calloc(1, sizeof(*report));
	int r = report ? make_report(waiter, report) : -ENOMEM;

	if (r < 0)
		return diag_set(why, r, "no memory left for the report of waits");
	*ret = give(report);
	return 0;
}
