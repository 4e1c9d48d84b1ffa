/* Which path holds most of the time? From the function down, as long as one thing that it does has
 * at least half of what it took. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/drill_state.h"

enum {
	STEPS_MAX = 128,
};

/* What is below the step so far. */
struct descent {
	struct drill *drill;
	struct drill_report *report;
	uint32_t name; /* of the root */
	uint32_t frames[STEPS_MAX];
	uint32_t depth;
};

/* Does the content go on below all steps? */
static bool is_below(const struct descent *descent, uint32_t content)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&descent->drill->profiler->stacks, content, &count);

	return count >= descent->depth &&
	       (!descent->depth ||
		memcmp(frames, descent->frames, descent->depth * sizeof(*frames)) == 0);
}

static bool is_in(const struct descent *descent, const struct aggregate *amount)
{
	return amount->comm == descent->name && is_below(descent, amount->kernel);
}

/* The time below the steps, and what of it is on a CPU. */
static void sum_up(const struct descent *descent, uint64_t *ret_ns, uint64_t *ret_on_cpu_ns)
{
	const struct aggregates *all = &descent->drill->profiler->wall.aggregates;
	const struct function *functions = descent->drill->profiler->stacks.functions.items;

	*ret_ns = *ret_on_cpu_ns = 0;
	for (size_t i = 0; i < all->items.count; i++) {
		const struct aggregate *amount = &all->items.items[i];
		const uint32_t *frames;
		uint32_t count, kind = FRAME_KERNEL;

		if (!is_in(descent, amount))
			continue;
		frames = stacks_frames(&descent->drill->profiler->stacks, amount->kernel, &count);
		if (count)
			kind = functions[frames[count - 1]].kind;
		*ret_ns += amount->weight;
		if (kind == FRAME_KERNEL || kind == FRAME_USER)
			*ret_on_cpu_ns += amount->weight;
	}
}

/* The function that has most of what is below; 0 and *ret_ns, or -ENOMEM. */
static int find_largest(const struct descent *descent, uint32_t *ret, uint64_t *ret_ns)
{
	const struct aggregates *all = &descent->drill->profiler->wall.aggregates;
	struct hash_map sums = {};
	int r = 0;

	*ret_ns = 0;
	for (size_t i = 0; i < all->items.count && r == 0; i++) {
		const struct aggregate *amount = &all->items.items[i];
		const uint32_t *frames;
		uint32_t count;
		uint64_t *sum;

		if (!is_in(descent, amount))
			continue;
		frames = stacks_frames(&descent->drill->profiler->stacks, amount->kernel, &count);
		if (count == descent->depth)
			continue;
		sum = hash_put(&sums, frames[descent->depth]);
		if (!sum) {
			r = -ENOMEM;
			break;
		}
		*sum += amount->weight;
		/* Of equals the one that was seen first, as the aggregates are in that order. */
		if (*sum > *ret_ns) {
			*ret_ns = *sum;
			*ret = frames[descent->depth];
		}
	}
	hash_free(&sums);
	return r;
}

/* --- how long it took in each call --- */

/* What each call spent below the steps: whether it was seen there, and its exact time. */
struct in_call {
	uint64_t ns;
	bool is_seen;
};

static void find_in_calls(const struct descent *descent, struct in_call *calls)
{
	const struct drill *drill = descent->drill;

	for (size_t i = 0; i < drill->shares.count; i++) {
		const struct drill_share *share = &drill->shares.items[i];
		struct in_call *call = &calls[share->window];
		uint32_t root = drill->windows.items[share->window].root;

		if (drill->roots.items[root].name != descent->name ||
		    !is_below(descent, share->content))
			continue;
		call->is_seen = true;
		if (share->kind != PIECE_SAMPLE)
			call->ns += share->ns;
	}
	for (size_t i = 0; i < drill->windows.count && !descent->depth; i++) {
		const struct drill_window *window = &drill->windows.items[i];

		if (drill->roots.items[window->root].name != descent->name)
			continue;
		calls[i].is_seen = true;
		calls[i].ns = window->end_ns - window->start_ns;
	}
}

/* Of each call's time on a CPU as much is below as of all of it: samples are too few to tell more.
 */
static int tell_times(const struct descent *descent, double on_cpu_part, struct drill_step *step)
{
	const struct drill *drill = descent->drill;
	owns(own_free) struct in_call *calls = calloc(drill->windows.count ?: 1, sizeof(*calls));
	owns(own_free) struct histogram *histogram = calloc(1, sizeof(*histogram));

	if (!calls || !histogram)
		return -ENOMEM;
	find_in_calls(descent, calls);
	for (size_t i = 0; i < drill->windows.count; i++) {
		uint64_t ns = calls[i].ns;

		if (!calls[i].is_seen)
			continue;
		if (descent->depth)
			ns += (uint64_t)((double)drill_on_cpu(&drill->windows.items[i]) *
					 on_cpu_part);
		histogram_add(histogram, ns);
	}
	step->calls = histogram->count;
	step->avg_ns = histogram->count ? histogram->sum_ns / histogram->count : 0;
	step->p99_ns = histogram_quantile(histogram, 0.99);
	step->max_ns = histogram->max_ns;
	return 0;
}

static int name_step(const struct descent *descent, struct drill_step *step)
{
	const struct profiler *profiler = descent->drill->profiler;
	struct function function = { .name = descent->name,
				     .kind = descent->drill->is_user ? FRAME_USER : FRAME_KERNEL };

	if (descent->depth)
		function = profiler->stacks.functions.items[descent->frames[descent->depth - 1]];
	step->kind = (enum profile_frame_kind)function.kind;
	step->name = drill_text(descent->drill, descent->report, function.name);
	step->module = drill_text(descent->drill, descent->report, function.module);
	return step->name && step->module ? 0 : -ENOMEM;
}

/* What programs measured of the function at the end of the steps. */
static void tell_timed(const struct descent *descent, struct drill_step *step)
{
	const struct drill *drill = descent->drill;
	const struct function *function;

	if (!descent->depth || step->kind != FRAME_KERNEL)
		return;
	function = &drill->profiler->stacks.functions.items[descent->frames[descent->depth - 1]];
	for (size_t i = 0; i < DRILL_TIMED_MAX; i++) {
		const struct drill_timed *timed = &drill->timed[i];

		if (!timed->calls || timed->name != function->name)
			continue;
		step->timed_calls = timed->calls;
		step->timed_count = timed->count;
		step->timed_ns = timed->ns;
		step->timed_max_ns = timed->max_ns;
		step->timed_unsure = timed->unsure;
		step->timed_share =
			timed->calls_ns ? (double)timed->ns / (double)timed->calls_ns : 0;
		return;
	}
}

static int add_step(const struct descent *descent, uint64_t all_on_cpu_ns)
{
	struct drill_step *step = array_push(&descent->report->path);
	uint64_t on_cpu_ns;

	if (!step)
		return -ENOMEM;
	sum_up(descent, &step->ns, &on_cpu_ns);
	step->share = descent->report->ns ? (double)step->ns / (double)descent->report->ns : 0;
	step->is_estimate = descent->depth && on_cpu_ns;
	if (name_step(descent, step) < 0)
		return -ENOMEM;
	tell_timed(descent, step);
	return tell_times(descent, all_on_cpu_ns ? (double)on_cpu_ns / (double)all_on_cpu_ns : 0,
			  step);
}

/* Of several functions the one whose calls took most. */
static uint32_t largest_root(const struct drill *drill)
{
	uint32_t found = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < drill->roots.count; i++) {
		uint64_t sum = 0;

		for (size_t k = 0; k < drill->windows.count; k++) {
			if (drill->windows.items[k].root == i)
				sum += drill->windows.items[k].end_ns -
				       drill->windows.items[k].start_ns;
		}
		if (sum > most) {
			most = sum;
			found = drill->roots.items[i].name;
		}
	}
	return found;
}

int drill_tell_path(struct drill *drill, struct drill_report *report)
{
	struct descent descent = { .drill = drill, .report = report };
	uint64_t ns, all_on_cpu_ns, child_ns;
	int r;

	if (!drill->windows.count)
		return 0;
	descent.name = largest_root(drill);
	sum_up(&descent, &ns, &all_on_cpu_ns);
	for (;;) {
		r = add_step(&descent, all_on_cpu_ns);
		if (r < 0 || descent.depth == STEPS_MAX)
			return r;
		ns = report->path.items[report->path.count - 1].ns;
		r = find_largest(&descent, &descent.frames[descent.depth], &child_ns);
		if (r < 0 || !child_ns || child_ns < ns - child_ns)
			return r;
		descent.depth++;
	}
}
