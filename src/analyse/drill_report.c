/* How are the slow calls told? Where their time was, the path that holds most of it, the tree, and
 * the calls one by one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/drill_state.h"

const char *drill_text(const struct drill *drill, struct drill_report *report, uint32_t name)
{
	return profile_keep_text(report->tree, names_text(&drill->profiler->names, name));
}

/* --- what for --- */

static int tell_cause(const struct drill *drill, const struct drill_cause_sum *sum,
		      struct drill_report *report)
{
	const struct class *class = classes_get(&drill->profiler->wall.classes, sum->class_id);
	struct drill_cause *cause = array_push(&report->causes);

	if (!cause)
		return -ENOMEM;
	*cause = (struct drill_cause){
		.cause = sum->is_rest ? CAUSE_UNKNOWN : class->cause,
		.what = drill_text(drill, report, sum->is_rest ? 0 : class->label),
		.waker_kind = (enum waker_kind)sum->waker_kind,
		.waker = drill_text(drill, report, sum->waker),
		.device = drill_text(drill, report, sum->device),
		.is_rest = sum->is_rest,
		.count = sum->count,
		.ns = sum->ns,
		.share = report->ns ? (double)sum->ns / (double)report->ns : 0,
	};
	return cause->what && cause->waker && cause->device ? 0 : -ENOMEM;
}

static int compare_causes(const void *left, const void *right)
{
	const struct drill_cause *a = left, *b = right;
	int order;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	order = strcmp(a->what, b->what);
	return order ? order : strcmp(a->waker, b->waker);
}

static int tell_causes(const struct drill *drill, struct drill_report *report)
{
	int r = 0;

	for (size_t i = 0; i < drill->causes.count && r == 0; i++)
		r = tell_cause(drill, &drill->causes.items[i], report);
	if (report->causes.count)
		qsort(report->causes.items, report->causes.count, sizeof(*report->causes.items),
		      compare_causes);
	return r;
}

/* --- single calls --- */

/* What of a call is one thing: a cause, or the queue. */
struct kind_sum {
	uint32_t window;
	uint32_t cause; /* place + 1; 0: the queue */
	uint64_t ns;
};

struct sums_of_calls {
	ARRAY(struct kind_sum) items;
};

static int compare_sums(const void *left, const void *right)
{
	const struct kind_sum *a = left, *b = right;

	if (a->window != b->window)
		return a->window < b->window ? -1 : 1;
	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return (a->cause > b->cause) - (a->cause < b->cause);
}

/* Shares stand window by window. */
static int sum_up(const struct drill *drill, struct sums_of_calls *sums)
{
	size_t first = 0;

	for (size_t i = 0; i < drill->shares.count; i++) {
		const struct drill_share *share = &drill->shares.items[i];
		struct kind_sum *sum = NULL;

		if (share->kind == PIECE_SAMPLE)
			continue;
		if (first < sums->items.count && sums->items.items[first].window != share->window)
			first = sums->items.count;
		for (size_t k = first; k < sums->items.count && !sum; k++) {
			if (sums->items.items[k].cause == share->cause)
				sum = &sums->items.items[k];
		}
		if (!sum)
			sum = array_push(&sums->items);
		if (!sum)
			return -ENOMEM;
		sum->window = share->window;
		sum->cause = share->cause;
		sum->ns += share->ns;
	}
	if (sums->items.count)
		qsort(sums->items.items, sums->items.count, sizeof(*sums->items.items),
		      compare_sums);
	return 0;
}

static const struct kind_sum *first_of(const struct sums_of_calls *sums, uint32_t window)
{
	size_t low = 0, high = sums->items.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sums->items.items[middle].window < window)
			low = middle + 1;
		else
			high = middle;
	}
	return sums->items.items + low;
}

static int tell_parts(const struct drill *drill, const struct sums_of_calls *sums, uint32_t window,
		      struct drill_report *report, struct drill_call *call)
{
	const struct kind_sum *end = sums->items.items + sums->items.count;

	if (!sums->items.count)
		return 0;
	for (const struct kind_sum *sum = first_of(sums, window);
	     sum < end && sum->window == window && call->part_count < DRILL_PARTS; sum++) {
		struct drill_part *part = &call->parts[call->part_count++];

		*part = (struct drill_part){ .ns = sum->ns,
					     .what = "",
					     .is_runnable = !sum->cause };
		if (sum->cause) {
			const struct class *class =
				classes_get(&drill->profiler->wall.classes,
					    drill->causes.items[sum->cause - 1].class_id);

			part->cause = class->cause;
			part->what = drill_text(drill, report, class->label);
			if (!part->what)
				return -ENOMEM;
		}
	}
	return 0;
}

static int tell_call(const struct drill *drill, const struct sums_of_calls *sums, uint32_t place,
		     struct drill_report *report, struct drill_call *ret)
{
	const struct drill_window *window = &drill->windows.items[place];
	uint64_t begin_ns = drill->profiler->watch.head.time_ns;

	*ret = (struct drill_call){
		.function = drill_text(drill, report, drill->roots.items[window->root].name),
		.tid = window->tid,
		.comm = drill_text(drill, report, window->comm),
		.start_ns = window->start_ns > begin_ns ? window->start_ns - begin_ns : 0,
		.ns = window->end_ns - window->start_ns,
		.time = { .on_cpu_ns = drill_on_cpu(window),
			  .blocked_ns = window->blocked_ns,
			  .runnable_ns = window->runnable_ns,
			  .unknown_ns = window->unknown_ns },
		.has_begun_before = window->flags & SPAN_OPEN_START,
		.is_open = window->flags & SPAN_OPEN_END,
	};
	if (!ret->function || !ret->comm)
		return -ENOMEM;
	return tell_parts(drill, sums, place, report, ret);
}

struct place {
	uint32_t window;
	uint64_t key;
	uint32_t tid;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	return (a->window > b->window) - (a->window < b->window);
}

/* All calls, in order of time or the longest first. */
static struct place *order_calls(const struct drill *drill, bool is_by_time)
{
	struct place *places = calloc(drill->windows.count ?: 1, sizeof(*places));

	for (size_t i = 0; places && i < drill->windows.count; i++) {
		const struct drill_window *window = &drill->windows.items[i];

		places[i] = (struct place){
			.window = (uint32_t)i,
			.key = is_by_time ? window->start_ns
					  : UINT64_MAX - (window->end_ns - window->start_ns),
			.tid = window->tid,
		};
	}
	if (places)
		qsort(places, drill->windows.count, sizeof(*places), compare_places);
	return places;
}

static int tell_calls(const struct drill *drill, const struct sums_of_calls *sums,
		      struct drill_report *report, bool is_by_time)
{
	owns(own_free) struct place *places = order_calls(drill, is_by_time);
	size_t most = is_by_time ? DRILL_EACH_MAX : drill->options.slowest, count;
	int r = 0;

	if (!places)
		return -ENOMEM;
	if (!is_by_time && most > DRILL_SLOWEST_MAX)
		most = DRILL_SLOWEST_MAX;
	count = drill->windows.count < most ? drill->windows.count : most;
	for (size_t i = 0; i < count && r == 0; i++) {
		struct drill_call *call =
			is_by_time ? array_push(&report->each) : array_push(&report->slowest);

		r = call ? tell_call(drill, sums, places[i].window, report, call) : -ENOMEM;
	}
	if (is_by_time)
		report->untold = drill->windows.count - count + drill->left_over;
	return r;
}

static int tell_single_calls(const struct drill *drill, struct drill_report *report)
{
	struct sums_of_calls sums = {};
	int r = sum_up(drill, &sums);

	if (r == 0)
		r = tell_calls(drill, &sums, report, false);
	if (r == 0 && drill->options.is_each)
		r = tell_calls(drill, &sums, report, true);
	array_free(&sums.items);
	return r;
}

/* --- all of it --- */

static void tell_time(const struct drill *drill, struct drill_report *report)
{
	for (size_t i = 0; i < drill->windows.count; i++) {
		const struct drill_window *window = &drill->windows.items[i];

		report->ns += window->end_ns - window->start_ns;
		report->time.on_cpu_ns += drill_on_cpu(window);
		report->time.blocked_ns += window->blocked_ns;
		report->time.runnable_ns += window->runnable_ns;
		report->time.unknown_ns += window->unknown_ns;
	}
}

/* What stands below the root are no threads here: it is the functions that were asked for. */
static void name_roots(const struct drill *drill, struct profile *tree)
{
	for (size_t i = 0; i < tree->nodes.count; i++) {
		if (tree->nodes.items[i].depth == 1)
			tree->frames.items[tree->nodes.items[i].frame].kind =
				drill->is_user ? FRAME_USER : FRAME_KERNEL;
	}
	tree->is_waits = false;
}

static void tell_question(const struct drill *drill, struct drill_report *report)
{
	(void)snprintf(report->function, sizeof(report->function), "%s", drill->options.function);
	report->by = drill->by;
	report->over_ns = drill->options.over_ns;
	report->is_each = drill->options.is_each;
	report->calls = drill->windows.count;
	report->short_calls = drill->short_calls;
	report->nested_calls = drill->nested_calls;
	report->standing = drill->standing;
	report->left_over = drill->left_over;
	report->samples = drill->samples;
	report->waits = drill->waits;
	report->waits_without_stack = drill->stackless;
	histogram_tell(drill->histogram, &report->latency);
}

static int make(struct drill *drill, struct drill_report *report)
{
	int r = drill_settle(drill);

	if (r < 0)
		return r;
	r = profiler_tree(drill->profiler, &report->tree);
	if (r < 0)
		return r;
	name_roots(drill, report->tree);
	tell_question(drill, report);
	tell_time(drill, report);
	r = tell_causes(drill, report);
	if (r == 0)
		r = drill_tell_path(drill, report);
	if (r == 0)
		r = tell_single_calls(drill, report);
	return r < 0 ? r : drill_tell_notes(drill, report);
}

int drill_report(struct drill *drill, struct drill_report **ret, struct diag *why)
{
	owns(drill_report_free) struct drill_report *report = calloc(1, sizeof(*report));
	int r;

	if (drill->is_user && drill->by != DRILL_BY_PROBES)
		return diag_set(
			why, -ENODATA,
			"calls of %s were not recorded: 'slowpath calls %s -o FILE' records them",
			drill->options.function, drill->options.function);
	r = report ? make(drill, report) : -ENOMEM;
	if (r < 0)
		return diag_set(why, r, "no memory left to report on the calls");
	*ret = give(report);
	return 0;
}
