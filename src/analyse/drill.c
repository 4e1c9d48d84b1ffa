/* Where inside of the slow calls of a function did the time go? What each thread does is held until
 * it is known whether that was in such a call. */
#include "analyse/drill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/drill_state.h"
#include "analyse/wakers.h"

/* --- its life --- */

/* "/usr/bin/x:function": the function alone. */
static void know_function(struct drill *drill, const char *function)
{
	const char *colon = strrchr(function, ':');

	drill->is_user = colon && colon[1];
	(void)snprintf(drill->pattern, sizeof(drill->pattern), "%s",
		       drill->is_user ? colon + 1 : function);
	drill->syscall = drill->is_user || drill->options.is_kernel ? -1 : drill_syscall(function);
	drill->by = drill->syscall >= 0 ? DRILL_BY_SYSCALL : DRILL_BY_STACKS;
}

int drill_new(const struct drill_options *options, struct drill **ret)
{
	const struct profiler_options tree = {
		.keys = { .items = { PROFILE_COMM }, .count = 1 },
		.min_share = options->min_share,
		.is_waits = true,
	};
	owns(drill_free) struct drill *drill = calloc(1, sizeof(*drill));

	if (!drill || profiler_new(&tree, &drill->profiler) < 0)
		return -ENOMEM;
	drill->histogram = calloc(1, sizeof(*drill->histogram));
	if (!drill->histogram)
		return -ENOMEM;
	drill->options = *options;
	know_function(drill, options->function);
	*ret = give(drill);
	return 0;
}

void drill_free(struct drill **drill)
{
	struct drill *old = give(*drill);

	if (!old)
		return;
	for (size_t i = 0; i < old->threads.count; i++)
		array_free(&old->threads.items[i].pieces);
	array_free(&old->threads);
	hash_free(&old->by_tid);
	array_free(&old->matches);
	array_free(&old->roots);
	hash_free(&old->by_root);
	array_free(&old->windows);
	array_free(&old->shares);
	array_free(&old->causes);
	hash_free(&old->by_cause);
	free(old->histogram);
	texts_free(old->how.items, old->how.count);
	texts_free(old->missing.items, old->missing.count);
	array_free(&old->how);
	array_free(&old->missing);
	requests_free(&old->devices);
	profiler_free(&old->profiler);
	free(old);
}

uint64_t drill_calls(const struct drill *drill)
{
	return drill->windows.count + drill->left_over;
}

void drill_leave_out(struct drill *drill, double min_share)
{
	drill->options.min_share = min_share;
	profiler_leave_out(drill->profiler, min_share);
}

/* --- what threads did --- */

static bool is_of_target(const struct drill *drill, uint32_t tid)
{
	const struct task *task = threads_find(&drill->profiler->threads, tid);

	return !task || profiler_wants(drill->profiler, task);
}

/* 1 and *ret; 0: there is no room for the thread (counted); -ENOMEM. */
static int get_thread(struct drill *drill, uint32_t tid, struct drill_thread **ret)
{
	uint64_t *place = hash_find(&drill->by_tid, tid);

	if (!place && drill->threads.count >= TASKS_MAX) {
		drill->refused++;
		return 0;
	}
	place = hash_put(&drill->by_tid, tid);
	if (!place)
		return -ENOMEM;
	if (!*place) {
		struct drill_thread *thread = array_push(&drill->threads);

		if (!thread)
			return -ENOMEM;
		thread->tid = tid;
		*place = drill->threads.count;
	}
	*ret = &drill->threads.items[*place - 1];
	return 1;
}

static void forget_pieces(struct drill *drill, struct drill_thread *thread)
{
	drill->piece_count -= thread->pieces.count;
	thread->pieces.count = 0;
}

/* The older half gives way. */
static void make_room(struct drill *drill, struct drill_thread *thread)
{
	size_t half = thread->pieces.count / 2;

	if (!half)
		return;
	thread->gone_ns = thread->pieces.items[half - 1].end_ns;
	memmove(thread->pieces.items, thread->pieces.items + half,
		(thread->pieces.count - half) * sizeof(*thread->pieces.items));
	thread->pieces.count -= half;
	drill->piece_count -= half;
}

static int hold(struct drill *drill, struct drill_thread *thread, const struct drill_piece *piece)
{
	struct drill_piece *place;

	if (thread->pieces.count >= DRILL_PIECES_MAX)
		make_room(drill, thread);
	for (size_t i = 0; drill->piece_count >= DRILL_PIECES_ALL_MAX && i < drill->threads.count;
	     i++)
		make_room(drill, &drill->threads.items[i]);
	/* Each has but one. */
	if (drill->piece_count >= DRILL_PIECES_ALL_MAX) {
		thread->gone_ns = piece->end_ns;
		return 0;
	}
	place = array_push(&thread->pieces);
	if (!place)
		return -ENOMEM;
	*place = *piece;
	drill->piece_count++;
	return 0;
}

/* On the machine many threads wait for all of the watch, most of them for work. */
static bool is_standing(const struct drill *drill, uint32_t flags)
{
	const uint32_t both = SPAN_OPEN_START | SPAN_OPEN_END;

	return (flags & both) == both && drill->profiler->watch.target == WATCH_MACHINE;
}

/* --- by stacks: from the first to the last that has the function in it --- */

static int end_stretch(struct drill *drill, struct drill_thread *thread, uint64_t upto_ns,
		       uint32_t flags)
{
	uint64_t end_ns = thread->to_ns + thread->tail_ns;
	const struct drill_call_span call = {
		.root = thread->root,
		.tid = thread->tid,
		.flags = flags |
			 (thread->from_ns <= drill->profiler->watch.head.time_ns ? SPAN_OPEN_START
										 : 0),
		.start_ns = thread->from_ns,
		.end_ns = end_ns < upto_ns ? end_ns : upto_ns,
	};
	int r = 0;

	if (thread->is_in && is_standing(drill, call.flags))
		drill->standing++;
	else if (thread->is_in)
		r = drill_add_call(drill, thread, &call);
	thread->is_in = false;
	forget_pieces(drill, thread);
	return r;
}

static void begin_stretch(struct drill *drill, struct drill_thread *thread,
			  const struct drill_piece *piece, uint32_t function)
{
	uint64_t half = piece->kind == PIECE_SAMPLE ? piece->weight / 2 : 0;

	thread->is_in = true;
	thread->root = drill->profiler->stacks.functions.items[function].name;
	/* A sample stands for as much before it as behind it, as far as nothing else is known. */
	thread->from_ns = piece->start_ns > half ? piece->start_ns - half : 0;
	if (thread->from_ns < thread->other_ns)
		thread->from_ns = thread->other_ns;
	if (thread->from_ns < drill->profiler->watch.head.time_ns)
		thread->from_ns = drill->profiler->watch.head.time_ns;
}

/* The function in the stack, by its number + 1; 0: none. */
static int find_function(struct drill *drill, const struct drill_piece *piece, uint32_t *ret)
{
	uint32_t content = drill->is_user ? piece->user : piece->kernel, place, count;
	const uint32_t *frames;
	int r = drill_find(drill, content, &place);

	*ret = 0;
	if (r < 0 || place == UINT32_MAX)
		return r;
	frames = stacks_frames(&drill->profiler->stacks, content, &count);
	*ret = frames[place] + 1;
	return 0;
}

/* Does it tell nothing of where its thread was? */
static bool is_mute(const struct drill_piece *piece)
{
	return piece->kind == PIECE_QUEUE || (piece->kind == PIECE_WAIT && !piece->kernel);
}

static int go_on(struct drill *drill, struct drill_thread *thread, const struct drill_piece *piece)
{
	uint32_t function = 0;
	int r;

	if (is_mute(piece)) {
		/* It is ready in the stack in which it waited. */
		if (thread->is_in && piece->kind == PIECE_QUEUE && piece->start_ns <= thread->to_ns)
			thread->to_ns = piece->end_ns;
		return thread->is_in ? hold(drill, thread, piece) : 0;
	}
	r = find_function(drill, piece, &function);
	if (r < 0)
		return r;
	if (!function ||
	    (thread->is_in &&
	     thread->root != drill->profiler->stacks.functions.items[function - 1].name)) {
		r = end_stretch(drill, thread, piece->start_ns, 0);
		thread->other_ns = piece->end_ns;
		if (r < 0 || !function)
			return r;
	}
	if (!thread->is_in)
		begin_stretch(drill, thread, piece, function - 1);
	thread->to_ns = piece->end_ns;
	thread->tail_ns = piece->kind == PIECE_SAMPLE ? piece->weight / 2 : 0;
	return hold(drill, thread, piece);
}

static int add_piece(struct drill *drill, uint32_t tid, const struct drill_piece *piece)
{
	struct drill_thread *thread;
	int r = get_thread(drill, tid, &thread);

	if (r <= 0)
		return r;
	return drill->by == DRILL_BY_STACKS ? go_on(drill, thread, piece)
					    : hold(drill, thread, piece);
}

/* --- events --- */

static void find_waker(struct drill *drill, const struct event_wait *event,
		       struct drill_piece *piece)
{
	const struct task *task = threads_find(&drill->profiler->threads, event->waker_tid);

	piece->waker_kind = (uint8_t)waker_kind_of(event);
	if (piece->waker_kind == WAKER_THREAD && task)
		piece->waker = task->comm;
	if (event->flags & SPAN_REQUEST)
		piece->device = requests_device_name(&drill->devices, &drill->profiler->names,
						     event->request_dev);
}

static int take_wait(struct drill *drill, const struct event_wait *event)
{
	struct drill_piece piece = {
		.kind = PIECE_WAIT,
		.start_ns = event->start_ns,
		.end_ns = event->end_ns < event->head.time_ns ? event->end_ns : event->head.time_ns,
		.syscall = event->syscall,
	};
	int r;

	if (piece.end_ns <= piece.start_ns || !is_of_target(drill, event->tid))
		return 0;
	if (drill->by == DRILL_BY_SYSCALL && event->syscall >= 0 &&
	    event->syscall != drill->syscall)
		return 0;
	r = classes_of_wait_alone(&drill->profiler->wall.classes, &drill->profiler->names, event,
				  &piece.class_id);
	if (r < 0)
		return r;
	(void)stacks_find(&drill->profiler->stacks, event->stack, &piece.kernel);
	find_waker(drill, event, &piece);
	return add_piece(drill, event->tid, &piece);
}

static int take_queue(struct drill *drill, const struct event_queue *event)
{
	const struct drill_piece piece = {
		.kind = PIECE_QUEUE,
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.syscall = -1,
	};

	if (piece.end_ns <= piece.start_ns || !is_of_target(drill, event->tid))
		return 0;
	return add_piece(drill, event->tid, &piece);
}

static int take_sample(struct drill *drill, const struct event_sample *event)
{
	struct drill_piece piece = {
		.kind = PIECE_SAMPLE,
		.start_ns = event->head.time_ns,
		.end_ns = event->head.time_ns,
		.weight = event->weight_ns ?: event->period,
		.syscall = -1,
	};

	if (!event->tid || !is_of_target(drill, event->tid))
		return 0;
	if (piece.weight > DRILL_WEIGHT_MAX)
		piece.weight = DRILL_WEIGHT_MAX;
	(void)stacks_find(&drill->profiler->stacks, event->stack, &piece.kernel);
	(void)stacks_find(&drill->profiler->stacks, event->user_stack, &piece.user);
	/* In user code it is in no system call. */
	if (drill->by == DRILL_BY_SYSCALL && !event->stack)
		return 0;
	return add_piece(drill, event->tid, &piece);
}

/* The user stack of its system call is each wait's in it. */
static void give_user_stack(struct drill *drill, struct drill_thread *thread,
			    const struct event_syscall *event)
{
	uint32_t user = 0;

	(void)stacks_find(&drill->profiler->stacks, event->user_stack, &user);
	for (size_t i = thread->pieces.count; user && i-- > 0;) {
		struct drill_piece *piece = &thread->pieces.items[i];

		if (piece->start_ns < event->start_ns)
			break;
		if (!piece->user && piece->kind == PIECE_WAIT)
			piece->user = user;
	}
}

static int add_syscall(struct drill *drill, const struct drill_thread *thread,
		       const struct event_syscall *event)
{
	const struct drill_call_span call = {
		.root = names_put(&drill->profiler->names, drill->options.function,
				  strlen(drill->options.function)),
		.tid = event->tid,
		.flags = event->flags,
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
	};

	if (is_standing(drill, event->flags)) {
		drill->standing++;
		return 0;
	}
	return drill_add_call(drill, thread, &call);
}

static int take_syscall(struct drill *drill, const struct event_syscall *event)
{
	struct drill_thread *thread;
	int r = is_of_target(drill, event->tid) ? get_thread(drill, event->tid, &thread) : 0;

	if (r <= 0)
		return r;
	r = 0;
	switch (drill->by) {
	case DRILL_BY_SYSCALL:
		if (event->number == drill->syscall)
			r = add_syscall(drill, thread, event);
		forget_pieces(drill, thread);
		return r;
	case DRILL_BY_PROBES:
		give_user_stack(drill, thread, event);
		return 0;
	case DRILL_BY_STACKS:
		if (drill->is_user)
			return 0;
		r = end_stretch(drill, thread, event->head.time_ns, event->flags & SPAN_OPEN_END);
		thread->other_ns = event->head.time_ns;
		return r;
	}
	return 0;
}

static void take_sum(struct drill *drill, const struct event_syscall_sum *event)
{
	if (drill->by == DRILL_BY_SYSCALL && event->number == drill->syscall &&
	    is_of_target(drill, event->tid))
		drill->short_calls += event->count;
}

/* Of several that a pattern stands for, the one that was called. */
static uint32_t root_of(struct drill *drill, const struct event_call *event)
{
	const char *function = drill->options.function;
	uint32_t name = stacks_symbol_name(&drill->profiler->stacks, event->symbol);

	if (name && strpbrk(function, "*?["))
		return name;
	return names_put(&drill->profiler->names, function, strlen(function));
}

/* A call that programs at its entry and return saw. */
static int take_call(struct drill *drill, const struct event_call *event)
{
	struct drill_call_span span = { .tid = event->tid };
	struct drill_thread *thread;
	int r;

	/* Only calls of the function that was asked for are told. */
	if (drill->by != DRILL_BY_PROBES || !is_of_target(drill, event->tid))
		return 0;
	if (event->depth) {
		drill->nested_calls++;
		return 0;
	}
	r = get_thread(drill, event->tid, &thread);
	if (r <= 0)
		return r;
	span.root = root_of(drill, event);
	span.start_ns = event->start_ns;
	span.end_ns = event->start_ns + event->duration_ns;
	span.flags = event->flags & CALL_OPEN_END ? SPAN_OPEN_END : 0;
	r = drill_add_call(drill, thread, &span);
	forget_pieces(drill, thread);
	return r;
}

/* What a call spent in one of those that it calls, before it is told itself. */
static void take_callee(struct drill *drill, const struct event_callee *event)
{
	struct drill_timed *timed = &drill->timed[event->callee % DRILL_TIMED_MAX];
	uint64_t call_ns = event->head.time_ns - event->start_ns;

	if (drill->by == DRILL_BY_STACKS || event->callee >= DRILL_TIMED_MAX ||
	    event->start_ns > event->head.time_ns || call_ns < drill->options.over_ns ||
	    call_ns > DRILL_CALL_NS_MAX || event->ns > call_ns ||
	    !is_of_target(drill, event->tid) || timed->calls >= DRILL_WINDOWS_MAX)
		return;
	timed->calls++;
	timed->calls_ns += call_ns;
	timed->count += event->count;
	timed->ns += event->ns;
	if (event->max_ns > timed->max_ns)
		timed->max_ns = event->max_ns;
	timed->unsure += event->flags & CALLEE_UNSURE;
}

static bool is_key(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes == strlen(key) && memcmp(fact->text, key, strlen(key)) == 0;
}

/* Digits; what is none ends it. */
static uint64_t read_count(const char *text, size_t bytes)
{
	uint64_t count = 0;

	for (size_t i = 0; i < bytes && i < 18 && text[i] >= '0' && text[i] <= '9'; i++)
		count = 10 * count + (uint64_t)(text[i] - '0');
	return count;
}

/* "functions.callee.3" = "jbd2_log_wait_commit" */
static void take_callee_name(struct drill *drill, const struct event_fact *fact)
{
	static const char KEY[] = "functions.callee.";
	const size_t before = sizeof(KEY) - 1;
	uint64_t number;

	if (fact->key_bytes <= before || memcmp(fact->text, KEY, before) != 0)
		return;
	number = read_count(fact->text + before, fact->key_bytes - before);
	if (number < DRILL_TIMED_MAX)
		drill->timed[number].name = names_put(
			&drill->profiler->names, fact->text + fact->key_bytes, fact->value_bytes);
}

static int take_fact(struct drill *drill, const struct event_fact *fact)
{
	const char *value = fact->text + fact->key_bytes;

	take_callee_name(drill, fact);

	/* A recording that has the calls tells so before all else. */
	if (is_key(fact, "functions.watched"))
		drill->is_watched = fact->value_bytes == strlen(drill->options.function) &&
				    memcmp(value, drill->options.function, fact->value_bytes) == 0;
	if (is_key(fact, "functions.short_calls") && drill->by == DRILL_BY_PROBES)
		drill->short_calls += read_count(value, fact->value_bytes);
	if (is_key(fact, "facility.functions") && drill->is_watched &&
	    drill->by == DRILL_BY_STACKS) {
		drill->by = DRILL_BY_PROBES;
		return text_add(&drill->how, "%.*s", fact->value_bytes, value);
	}
	if (is_key(fact, "facility.scheduler") || is_key(fact, "facility.samples"))
		return text_add(&drill->how, "%.*s", fact->value_bytes, value);
	if (is_key(fact, "missing.functions") || is_key(fact, "missing.wait_stacks") ||
	    is_key(fact, "missing.sys_enter") || is_key(fact, "symbol.kernel") ||
	    is_key(fact, "missing.waits"))
		return text_add(&drill->missing, "%.*s", fact->value_bytes, value);
	return 0;
}

static void take_loss(struct drill *drill, const struct event_loss *event)
{
	if (event->what < array_count(drill->losses))
		drill->losses[event->what] += event->count;
}

/* Nothing more will be told: what is open is as long as it is known to be. */
static int take_end(struct drill *drill, const struct event *event)
{
	int r = 0;

	if (drill->by != DRILL_BY_STACKS)
		return 0;
	for (size_t i = 0; i < drill->threads.count && r == 0; i++) {
		struct drill_thread *thread = &drill->threads.items[i];

		if (thread->is_in)
			r = end_stretch(drill, thread, event->time_ns,
					thread->to_ns >= event->time_ns ? SPAN_OPEN_END : 0);
	}
	return r;
}

/* Its number may be another thread's soon. */
static int take_death(struct drill *drill, const struct event_task_end *event)
{
	uint64_t *place = hash_find(&drill->by_tid, event->tid);
	struct drill_thread *thread = place ? &drill->threads.items[*place - 1] : NULL;
	int r;

	if (!thread)
		return 0;
	r = end_stretch(drill, thread, event->head.time_ns, 0);
	array_free(&thread->pieces);
	return r;
}

static int dispatch(struct drill *drill, const void *event, uint16_t kind)
{
	switch (kind) {
	case EVENT_FACT:
		return take_fact(drill, event);
	case EVENT_WAIT:
		return take_wait(drill, event);
	case EVENT_QUEUE:
		return take_queue(drill, event);
	case EVENT_SAMPLE:
		return take_sample(drill, event);
	case EVENT_SYSCALL:
		return take_syscall(drill, event);
	case EVENT_SYSCALL_SUM:
		take_sum(drill, event);
		return 0;
	case EVENT_CALL:
		return take_call(drill, event);
	case EVENT_CALLEE:
		take_callee(drill, event);
		return 0;
	case EVENT_TASK_END:
		return take_death(drill, event);
	case EVENT_DEVICE:
		return requests_take_device(&drill->devices, &drill->profiler->names, event);
	case EVENT_LOSS:
		take_loss(drill, event);
		return 0;
	case EVENT_WATCH_END:
		return take_end(drill, event);
	default:
		return 0; /* not of calls */
	}
}

int drill_take(void *self, const struct event *event, struct diag *why)
{
	struct drill *drill = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = profiler_take(drill->profiler, event, why);
	if (r == 0)
		r = dispatch(drill, event, event->kind);
	if (r == 0 && drill->profiler->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look into the calls") : 0;
}
