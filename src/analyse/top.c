/* Who loses time just now? Each event goes to the analysis, and what it says of the last seconds to
 * the sums. */
#include "analyse/top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/account.h"
#include "analyse/top_state.h"
#include "analyse/walk.h"

/* What is kept as long as the watch lasts, at most: some 100 MiB. */
enum limits {
	THREADS_EVER_MAX = 200000,
	STACKS_MAX = 200000,
	FRAMES_MAX = 4 << 20,
	NAMES_KEPT_MAX = 400000,
	FUNCTIONS_MAX = 400000,
	METERS_MAX = 512,
};
#define AGE_MAX_NS (24ULL * 3600 * 1000000000)

void topper_free(struct topper **topper)
{
	struct topper *old = *topper;

	*topper = NULL;
	if (!old)
		return;
	analysis_free(&old->analysis);
	top_sums_free(&old->sums);
	array_free(&old->merged.sums);
	stacks_free(&old->stacks);
	array_free(&old->lives);
	array_free(&old->meters);
	free(old);
}

const struct thread *top_thread_at(const struct topper *topper, uint32_t index)
{
	const struct tasks *tasks = &topper->analysis->tasks;

	return index < tasks->threads.count ? tasks->threads.items[index].thread : NULL;
}

bool top_tells(const struct topper *topper, const struct thread *thread)
{
	if (!thread)
		return true;
	return !thread->is_hidden &&
	       (!topper->own_tgid || thread->parent_tgid != topper->own_tgid ||
		topper->analysis->watch.target != WATCH_MACHINE);
}

/* --- what the analysis charges --- */

static void add(struct topper *topper, uint64_t time_ns, const struct top_sum *amount)
{
	if (top_sums_add(&topper->sums, time_ns, amount) < 0)
		topper->error = -ENOMEM;
}

/* A run of somebody waited for whose end is not told yet: in the kernel or not, as that thread's
 * runs so far. */
static enum cause cause_of_run(const struct analysis *analysis, const struct charge *charge)
{
	const struct thread *thread =
		charge->blame.holder < analysis->tasks.threads.count
			? analysis->tasks.threads.items[charge->blame.holder].thread
			: NULL;
	bool in_kernel =
		thread && (thread_is_kernel(thread) || thread->run_kernel_ns > thread->run_user_ns);

	return in_kernel ? CAUSE_CPU_KERNEL : CAUSE_CPU_USER;
}

static bool is_idle(unsigned int cause)
{
	return cause == CAUSE_WAIT_IDLE || cause == CAUSE_WAIT_SLEEP;
}

static void judge_life(struct topper *topper, const struct walk *walk, unsigned int cause)
{
	if (walk->span->flags & SPAN_OPEN_END && walk->thread->index < topper->lives.count)
		topper->lives.items[walk->thread->index].is_idle = is_idle(cause);
}

static void charged(void *self, const struct walk *walk, const struct charge *charge)
{
	struct topper *topper = self;
	const struct analysis *analysis = topper->analysis;
	struct blame blame = charge->blame;
	unsigned int cause = charge->cause;
	struct top_sum sum = {
		.ns = charge->ns,
		.longest_ns = charge->ns,
		.count = 1,
		.path = charge->path,
		.tgid = charge->tgid,
	};

	if (cause >= CAUSE_COUNT) {
		cause = cause_of_run(analysis, charge);
		blame.holder = 0;
	}
	if (cause == CAUSE_UNKNOWN)
		blame = (struct blame){
			.kind = BLAME_WAIT,
			.id = classes_get(&analysis->classes, charge->detail.class_id)->function,
		};
	sum.key = (struct top_key){
		.what = TOP_CHARGE,
		.thread = walk->thread->index + 1,
		.a = TOP_CHARGE_A(walk->span->kind, cause),
		.b = TOP_B(blame.kind, blame.holder),
		.c = blame.id,
	};
	add(topper, walk->span->end_ns, &sum);
	judge_life(topper, walk, cause);
	if (walk->span->kind != SPAN_WAIT || is_idle(cause) || !charge->detail.file)
		return;
	sum.key = (struct top_key){ .what = TOP_FILE,
				    .thread = walk->thread->index + 1,
				    .a = charge->detail.file };
	add(topper, walk->span->end_ns, &sum);
}

/* --- events --- */

static struct top_life *life_of(struct topper *topper, const struct thread *thread)
{
	while (topper->lives.count <= thread->index) {
		if (!array_push(&topper->lives))
			return NULL;
	}
	return &topper->lives.items[thread->index];
}

/* A wait is told piece by piece; the next piece begins where the last one ended. */
static int take_life(struct topper *topper, const struct thread *thread,
		     const struct event_wait *wait)
{
	struct top_life *life = life_of(topper, thread);

	if (!life)
		return -ENOMEM;
	if (!(wait->flags & SPAN_OPEN_END)) {
		life->until_ns = 0;
		return 0;
	}
	if (!life->until_ns || life->until_ns != wait->start_ns) {
		life->since_ns = wait->start_ns;
		life->is_older = wait->flags & SPAN_OPEN_START;
	}
	life->until_ns = wait->end_ns;
	return 0;
}

static int take_wait(struct topper *topper, const struct event_wait *wait)
{
	const struct thread *thread = tasks_find(&topper->analysis->tasks, wait->tid);
	struct top_sum sum = { .count = 1, .key = { .what = TOP_STACK, .b = wait->stack } };

	if (!thread || !thread->is_target)
		return 0;
	if (wait->stack && wait->end_ns > wait->start_ns) {
		sum.ns = sum.longest_ns = wait->end_ns - wait->start_ns;
		sum.key.thread = thread->index + 1;
		add(topper, wait->end_ns, &sum);
	}
	return take_life(topper, thread, wait);
}

static void take_sample(struct topper *topper, const struct event_sample *sample)
{
	struct analysis *analysis = topper->analysis;
	const struct thread *thread = tasks_find(&analysis->tasks, sample->tid);
	bool in_user = !sample->stack && thread && !thread_is_kernel(thread);
	struct top_sum sum = { .count = 1,
			       .ns = sample->weight_ns,
			       .longest_ns = sample->weight_ns };

	if (!thread)
		return;
	sum.key = (struct top_key){ .what = TOP_STACK,
				    .thread = thread->index + 1,
				    .a = 1,
				    .b = sample->stack,
				    .c = sample->user_stack };
	add(topper, sample->head.time_ns, &sum);
	sum.key = (struct top_key){
		.what = TOP_FUNCTION,
		.a = tasks_process_name(&analysis->tasks, &analysis->names, thread),
		.b = in_user,
		.c = classes_function(&analysis->classes, sample->stack ?: sample->user_stack),
	};
	if (sum.key.c)
		add(topper, sample->head.time_ns, &sum);
}

static void take_request(struct topper *topper, const struct event_request *request)
{
	const struct thread *thread = tasks_find(&topper->analysis->tasks, request->tid);
	uint64_t end_ns = request->head.time_ns;
	struct top_sum sum = {
		.count = 1,
		.bytes = request->bytes,
		.key = { .what = TOP_DISK,
			 .a = request->dev,
			 .b = request->flags & REQUEST_READ ? 1 : 0 },
	};

	sum.ns = sum.longest_ns = end_ns > request->start_ns ? end_ns - request->start_ns : 0;
	add(topper, end_ns, &sum);
	if (!thread)
		return;
	sum.key.thread = thread->index + 1;
	add(topper, end_ns, &sum);
}

static int take_counter(struct topper *topper, const struct event_counter *event)
{
	struct top_meter *meter = NULL;

	for (size_t i = 0; i < topper->meters.count && !meter; i++) {
		if (topper->meters.items[i].key == event->key &&
		    topper->meters.items[i].dev == event->dev)
			meter = &topper->meters.items[i];
	}
	if (!meter && topper->meters.count >= METERS_MAX)
		return 0;
	meter = meter ?: array_push(&topper->meters);
	if (!meter)
		return -ENOMEM;
	meter->key = event->key;
	meter->dev = event->dev;
	if (meter->count == array_count(meter->values)) {
		meter->count--;
		memmove(meter->values, meter->values + 1, meter->count * sizeof(meter->values[0]));
		memmove(meter->times_ns, meter->times_ns + 1,
			meter->count * sizeof(meter->times_ns[0]));
	}
	meter->values[meter->count] = event->value;
	meter->times_ns[meter->count++] = event->head.time_ns;
	return 0;
}

static int take(struct topper *topper, const struct event *event)
{
	const void *any = event;

	/* The others are the analysis's alone. */
	if (event->kind == EVENT_WATCH)
		topper->sums.begin_ns = topper->sums.begin_ns ?: event->time_ns;
	else if (event->kind == EVENT_SYMBOL)
		return stacks_take_symbol(&topper->stacks, &topper->analysis->names, any);
	else if (event->kind == EVENT_STACK)
		return stacks_take_stack(&topper->stacks, any);
	else if (event->kind == EVENT_WAIT)
		return take_wait(topper, any);
	else if (event->kind == EVENT_SAMPLE)
		take_sample(topper, any);
	else if (event->kind == EVENT_REQUEST)
		take_request(topper, any);
	else if (event->kind == EVENT_COUNTER)
		return take_counter(topper, any);
	return 0;
}

int topper_new(uint32_t own_tgid, struct topper **ret)
{
	struct topper *topper = calloc(1, sizeof(*topper));
	int r = topper ? analysis_new(&topper->analysis) : -ENOMEM;

	if (r < 0) {
		free(topper);
		return r;
	}
	topper->own_tgid = own_tgid;
	topper->analysis->listener = (struct listener){ .charged = charged, .self = topper };
	*ret = topper;
	return 0;
}

int topper_take(void *self, const struct event *event, struct diag *why)
{
	struct topper *topper = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = analysis_take(topper->analysis, event, why);
	if (r < 0)
		return r;
	r = take(topper, event);
	if (r == 0)
		r = topper->error;
	if (r == 0 && topper->analysis->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to sum up the last seconds") : 0;
}

void topper_mark(struct topper *topper, uint64_t mark_ns)
{
	topper->before_ns = topper->mark_ns ?: topper->sums.begin_ns;
	topper->mark_ns = mark_ns;
	top_sums_mark(&topper->sums, mark_ns);
}

int topper_turn(struct topper *topper, uint64_t told_ns, struct diag *why)
{
	struct analysis *analysis = topper->analysis;

	/* Where nothing happens no event moves the clock on. */
	if (told_ns > analysis->now_ns)
		analysis->now_ns = told_ns;
	account_advance(analysis);
	if (topper->error || analysis->error)
		return diag_set(why, -ENOMEM, "no memory left to sum up the last seconds");
	topper->has_turned = topper->has_begun;
	if (topper->has_begun)
		top_sums_turn(&topper->sums);
	else
		top_sums_begin(&topper->sums);
	topper->has_begun = true;
	return 0;
}

bool topper_is_full(const struct topper *topper)
{
	const struct analysis *analysis = topper->analysis;

	return analysis->tasks.threads.count > THREADS_EVER_MAX ||
	       analysis->classes.stacks.count > STACKS_MAX ||
	       analysis->names.texts.count > NAMES_KEPT_MAX ||
	       analysis->samples.tallies.count > FUNCTIONS_MAX ||
	       stacks_frames_kept(&topper->stacks) > FRAMES_MAX ||
	       analysis->now_ns - analysis->watch.begin_ns > AGE_MAX_NS;
}
