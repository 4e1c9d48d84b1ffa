/* Which single calls took longest, and what did they wait for? The waits of each thread are held
 * until its call is told; those that lie in it are its own. */
#include <errno.h>
#include <string.h>

#include "analyse/syscalls_state.h"
#include "analyse/wakers.h"

/* --- what threads waited for, until now --- */

/* NULL: there is no room for the thread, or *ret_r is below 0. */
static struct call_waits *get_waits(struct syscalls *syscalls, uint32_t tid, int *ret_r)
{
	uint64_t *place = hash_find(&syscalls->waits_by_tid, tid);

	*ret_r = 0;
	if (place)
		return &syscalls->waits.items[*place - 1];
	if (syscalls->waits.count >= CALL_THREADS_MAX)
		return NULL;
	place = hash_put(&syscalls->waits_by_tid, tid);
	if (!place || !array_push(&syscalls->waits)) {
		*ret_r = -ENOMEM;
		return NULL;
	}
	*place = syscalls->waits.count;
	return &syscalls->waits.items[*place - 1];
}

static int hold(struct syscalls *syscalls, uint32_t tid, const struct call_wait *wait)
{
	int r;
	struct call_waits *waits = get_waits(syscalls, tid, &r);
	struct call_wait *place;

	if (!waits)
		return r;
	if (waits->items.count == CALL_WAITS_MAX) {
		memmove(waits->items.items, waits->items.items + 1,
			(CALL_WAITS_MAX - 1) * sizeof(*waits->items.items));
		waits->items.count--;
	}
	place = array_push(&waits->items);
	if (!place)
		return -ENOMEM;
	*place = *wait;
	return 0;
}

/* 1: its thread's calls are asked for; 0: they are not; -ENOMEM. */
static int is_wanted(struct syscalls *syscalls, uint32_t tid)
{
	struct task *task;
	int r = threads_get(syscalls->profiler, tid, &task);

	return r <= 0 ? r : profiler_wants(syscalls->profiler, task);
}

static void find_waker(struct syscalls *syscalls, const struct event_wait *event,
		       struct call_wait *wait)
{
	const struct task *task = threads_find(&syscalls->profiler->threads, event->waker_tid);

	wait->waker_kind = waker_kind_of(event);
	if (wait->waker_kind == WAKER_THREAD) {
		wait->waker_tid = event->waker_tid;
		wait->waker_name = task ? task->comm : 0;
	}
	if (event->flags & SPAN_REQUEST)
		wait->device = requests_device_name(&syscalls->objects, names_of(syscalls),
						    event->request_dev);
}

static bool is_idle_cause(enum cause cause)
{
	return cause == CAUSE_WAIT_IDLE || cause == CAUSE_WAIT_SLEEP;
}

static uint64_t span_ns(uint64_t start_ns, uint64_t end_ns)
{
	return end_ns > start_ns ? end_ns - start_ns : 0;
}

int slow_take_wait(struct syscalls *syscalls, const struct event_wait *event)
{
	struct classes *classes = &syscalls->profiler->wall.classes;
	struct call_wait wait = {
		.start_ns = event->start_ns,
		.ns = span_ns(event->start_ns, event->end_ns),
		.count = 1,
		.is_open = event->flags & SPAN_OPEN_END,
	};
	int r = event->syscall < 0 && event->flags & SPAN_FAULT ? 0
								: is_wanted(syscalls, event->tid);

	if (r <= 0 || !wait.ns)
		return r < 0 ? r : 0;
	r = classes_of_wait_alone(classes, names_of(syscalls), event, &wait.class_id);
	if (r < 0)
		return r;
	/* A condition is waited for by those who have nothing to do until it comes true. */
	wait.is_idle = is_idle_cause(classes_get(classes, wait.class_id)->cause) ||
		       event->flags & SPAN_CONDITION;
	find_waker(syscalls, event, &wait);
	return hold(syscalls, event->tid, &wait);
}

int slow_take_queue(struct syscalls *syscalls, const struct event_queue *event)
{
	const struct call_wait wait = {
		.start_ns = event->start_ns,
		.ns = span_ns(event->start_ns, event->head.time_ns),
		.count = 1,
		.is_queue = true,
	};
	int r = wait.ns ? is_wanted(syscalls, event->tid) : 0;

	return r <= 0 ? r : hold(syscalls, event->tid, &wait);
}

/* --- the longest calls --- */

static bool is_alike(const struct call_wait *one, const struct call_wait *other)
{
	if (one->is_queue || other->is_queue)
		return one->is_queue == other->is_queue;
	return one->class_id == other->class_id && one->waker_kind == other->waker_kind &&
	       one->waker_tid == other->waker_tid && one->device == other->device &&
	       one->is_open == other->is_open;
}

static int add_wait(struct slow_call *call, const struct call_wait *wait)
{
	struct call_wait *place;

	for (size_t i = 0; i < call->waits.count; i++) {
		place = &call->waits.items[i];
		if (is_alike(place, wait)) {
			place->count += wait->count;
			place->ns += wait->ns;
			return 0;
		}
	}
	place = array_push(&call->waits);
	if (!place)
		return -ENOMEM;
	*place = *wait;
	return 0;
}

/* Was most of the call spent with nothing to do? Where no wait is told, its number tells. */
static bool is_idle_call(const struct event_syscall *event, const struct call_waits *waits,
			 uint64_t ns)
{
	const struct wait_class bare = wait_classify_bare(event->number, 1, 0);
	uint64_t known_ns = 0, idle_ns = 0;

	for (size_t i = 0; waits && i < waits->items.count; i++) {
		const struct call_wait *wait = &waits->items.items[i];

		if (wait->start_ns < event->start_ns || wait->is_queue)
			continue;
		known_ns += wait->ns;
		idle_ns += wait->is_idle ? wait->ns : 0;
	}
	return known_ns ? idle_ns > ns / 2 : is_idle_cause(bare.wait->cause);
}

/* The place of the shortest one that is kept, or a free one; NULL: all are longer. */
static struct slow_call *find_place(struct syscalls *syscalls, uint64_t ns)
{
	struct slow_call *shortest = &syscalls->slow[0];

	if (syscalls->slow_count < SLOW_KEPT)
		return &syscalls->slow[syscalls->slow_count++];
	for (size_t i = 1; i < SLOW_KEPT; i++) {
		if (syscalls->slow[i].ns < shortest->ns)
			shortest = &syscalls->slow[i];
	}
	return ns > shortest->ns ? shortest : NULL;
}

static int keep(struct syscalls *syscalls, struct slow_call *place,
		const struct event_syscall *event, const struct call_waits *waits)
{
	const struct task *task = threads_find(&syscalls->profiler->threads, event->tid);
	int r = 0;

	place->waits.count = 0;
	place->user = 0;
	place->event = *event;
	place->ns = span_ns(event->start_ns, event->head.time_ns);
	place->comm = task ? task->comm : 0;
	place->tgid = task ? task->tgid : 0;
	(void)stacks_find(&syscalls->profiler->stacks, event->user_stack, &place->user);
	for (size_t i = 0; waits && i < waits->items.count && r == 0; i++) {
		const struct call_wait *wait = &waits->items.items[i];

		if (wait->start_ns >= event->start_ns)
			r = add_wait(place, wait);
	}
	return r;
}

/* A thread that calls exit() does not return, however long its process takes to end. */
static bool never_returns(const struct event_syscall *event)
{
	const char *name = syscall_name(event->number);

	return event->flags & SPAN_OPEN_END && name && strncmp(name, "exit", 4) == 0;
}

/* On the machine many threads wait for all of the watch, most of them for work. */
static bool is_standing(const struct syscalls *syscalls, const struct event_syscall *event)
{
	const uint32_t both = SPAN_OPEN_START | SPAN_OPEN_END;

	return (event->flags & both) == both && syscalls->profiler->watch.target == WATCH_MACHINE;
}

int slow_take_call(struct syscalls *syscalls, const struct event_syscall *event)
{
	uint64_t ns = span_ns(event->start_ns, event->head.time_ns);
	const uint64_t *number = hash_find(&syscalls->waits_by_tid, event->tid);
	struct call_waits *waits = number ? &syscalls->waits.items[*number - 1] : NULL;
	struct slow_call *place = NULL;
	int r = is_wanted(syscalls, event->tid);

	if (r > 0 && ns >= syscalls->options.over_ns && !never_returns(event)) {
		bool is_idle = is_standing(syscalls, event) || is_idle_call(event, waits, ns);

		if (is_idle && !syscalls->options.has_idle) {
			syscalls->idle_count++;
			syscalls->idle_ns += ns;
		} else {
			place = find_place(syscalls, ns);
		}
		r = place ? keep(syscalls, place, event, waits) : 0;
	}
	if (waits)
		waits->items.count = 0;
	return r < 0 ? r : 0;
}

void slow_free(struct syscalls *syscalls)
{
	for (size_t i = 0; i < syscalls->waits.count; i++)
		array_free(&syscalls->waits.items[i].items);
	array_free(&syscalls->waits);
	hash_free(&syscalls->waits_by_tid);
	for (size_t i = 0; i < SLOW_KEPT; i++)
		array_free(&syscalls->slow[i].waits);
}

/* --- at the end --- */

static const char *keep_name(struct syscalls *syscalls, struct syscall_report *report,
			     uint32_t name)
{
	return profile_keep_text(report->subject, names_text(names_of(syscalls), name));
}

static int tell_wait(struct syscalls *syscalls, const struct call_wait *wait,
		     struct syscall_report *report, struct syscall_slow *slow)
{
	const struct class *class = classes_get(&syscalls->profiler->wall.classes, wait->class_id);
	struct syscall_wait *place = array_push(&slow->waits);

	if (!place)
		return -ENOMEM;
	*place = (struct syscall_wait){
		.is_queue = wait->is_queue,
		.what = "",
		.function = "",
		.count = wait->count,
		.ns = wait->ns,
		.is_open = wait->is_open,
		.waker = { .kind = (enum waker_kind)wait->waker_kind,
			   .tid = wait->waker_tid,
			   .name = keep_name(syscalls, report, wait->waker_name),
			   .role = "",
			   .device = keep_name(syscalls, report, wait->device) },
	};
	slow->rest_ns = slow->rest_ns > wait->ns ? slow->rest_ns - wait->ns : 0;
	if (wait->is_queue)
		return place->waker.name && place->waker.device ? 0 : -ENOMEM;
	place->cause = class->cause;
	place->what = keep_name(syscalls, report, class->label);
	place->function = keep_name(syscalls, report, class->function);
	return place->what && place->function && place->waker.name && place->waker.device ? 0
											  : -ENOMEM;
}

static int compare_waits(const void *left, const void *right)
{
	const struct syscall_wait *a = left, *b = right;
	int order;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	order = strcmp(a->what, b->what);
	return order ? order : (a->waker.tid > b->waker.tid) - (a->waker.tid < b->waker.tid);
}

static int tell_waits(struct syscalls *syscalls, const struct slow_call *call,
		      struct syscall_report *report, struct syscall_slow *slow)
{
	int r = 0;

	slow->rest_ns = call->ns;
	for (size_t i = 0; i < call->waits.count && r == 0; i++)
		r = tell_wait(syscalls, &call->waits.items[i], report, slow);
	if (slow->waits.count)
		qsort(slow->waits.items, slow->waits.count, sizeof(*slow->waits.items),
		      compare_waits);
	return r;
}

static int tell_frames(struct syscalls *syscalls, const struct slow_call *call,
		       struct syscall_report *report, struct syscall_slow *slow)
{
	const struct stacks *stacks = &syscalls->profiler->stacks;
	const uint32_t *frames;
	const char **place;
	uint32_t count;

	frames = stacks_frames(stacks, call->user, &count);
	for (uint32_t i = count; i-- > 0;) {
		/* A list of pointers: that is what is meant. */
		place = array_push(&slow->frames); /* NOLINT(bugprone-sizeof-expression) */
		if (!place)
			return -ENOMEM;
		*place = keep_name(syscalls, report, stacks->functions.items[frames[i]].name);
		if (!*place)
			return -ENOMEM;
	}
	return 0;
}

static const char *file_name(struct syscalls *syscalls, const struct event_syscall *event,
			     struct syscall_report *report)
{
	uint32_t place = event->file_inode ? requests_file(&syscalls->objects, event->file_dev,
							   event->file_inode)
					   : 0;
	const struct file *file = requests_get_file(&syscalls->objects, place);

	return keep_name(syscalls, report, file ? file->name : 0);
}

static int tell_call(struct syscalls *syscalls, const struct slow_call *call,
		     struct syscall_report *report)
{
	const struct event_syscall *event = &call->event;
	uint64_t begin_ns = syscalls->profiler->watch.head.time_ns;
	struct syscall_slow *slow = array_push(&report->slow);
	int r;

	if (!slow)
		return -ENOMEM;
	*slow = (struct syscall_slow){
		.syscall = call_name(report, event->number),
		.tid = event->tid,
		.pid = call->tgid,
		.name = keep_name(syscalls, report, call->comm),
		.start_ns = span_ns(begin_ns, event->start_ns),
		.ns = call->ns,
		.has_begun_before = event->flags & SPAN_OPEN_START,
		.is_open = event->flags & SPAN_OPEN_END,
		.result = event->result,
		.error = "",
		.fd = event->fd,
		.file = file_name(syscalls, event, report),
		.size = event->size,
	};
	if (!slow->is_open && event->result < 0 && event->result >= -INT16_MAX)
		slow->error = error_name((int32_t)-event->result);
	if (!slow->syscall || !slow->name || !slow->file)
		return -ENOMEM;
	r = tell_waits(syscalls, call, report, slow);
	return r < 0 ? r : tell_frames(syscalls, call, report, slow);
}

static int compare_calls(const void *left, const void *right)
{
	const struct slow_call *a = *(const struct slow_call *const *)left;
	const struct slow_call *b = *(const struct slow_call *const *)right;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	if (a->event.start_ns != b->event.start_ns)
		return a->event.start_ns < b->event.start_ns ? -1 : 1;
	return (a->event.tid > b->event.tid) - (a->event.tid < b->event.tid);
}

int slow_tell(struct syscalls *syscalls, struct syscall_report *report)
{
	const struct slow_call *order[SLOW_KEPT];
	int r = 0;

	report->idle_count = syscalls->idle_count;
	report->idle_ns = syscalls->idle_ns;
	for (size_t i = 0; i < syscalls->slow_count; i++)
		order[i] = &syscalls->slow[i];
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers. */
	qsort(order, syscalls->slow_count, sizeof(order[0]), compare_calls);
	for (size_t i = 0; i < syscalls->slow_count && r == 0; i++)
		r = tell_call(syscalls, order[i], report);
	return r;
}
