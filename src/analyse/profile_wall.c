/*
 * Where did a thread's wall time go? What it ran is spread over its samples; a wait stands under
 * the user stack of the system call it happened in (profile_held.c).
 */
#include <errno.h>
#include <string.h>

#include "analyse/profile_state.h"

/*
 * The part of a span that is not accounted yet; what lies between the last one and this is a gap,
 * of which nothing was told. So the parts always sum to the thread's wall time.
 */
static uint64_t advance(const struct profiler *profiler, struct task *task, uint64_t start_ns,
			uint64_t end_ns)
{
	if (!task->cursor_ns) {
		task->cursor_ns = profiler->watch.head.time_ns;
		if (task->birth_ns > task->cursor_ns)
			task->cursor_ns = task->birth_ns;
	}
	if (end_ns <= task->cursor_ns)
		return 0;
	if (start_ns > task->cursor_ns)
		task->gap_ns += start_ns - task->cursor_ns;
	else
		start_ns = task->cursor_ns;
	task->cursor_ns = end_ns;
	return end_ns - start_ns;
}

static int add_time(struct profiler *profiler, const struct task *task, uint32_t content,
		    uint64_t ns)
{
	const struct aggregate amount = { .comm = task->comm, .kernel = content, .weight = ns };

	return ns ? aggregates_add(&profiler->wall.aggregates, &amount) : 0;
}

int blocked_frame(struct profiler *profiler, const struct class *class, uint32_t *ret)
{
	struct function leaf = { .kind = FRAME_BLOCKED, .name = class->label };

	if (class->cause != CAUSE_UNKNOWN) {
		const char *id = cause_id(class->cause), *title = cause_title(class->cause);

		leaf.module = names_put(&profiler->names, id, strlen(id));
		if (!leaf.name)
			leaf.name = names_put(&profiler->names, title, strlen(title));
	}
	return stacks_function(&profiler->stacks, &leaf, ret);
}

/* The stack it slept on, and in it why. */
static int blocked_content(struct profiler *profiler, const struct event_wait *event, uint32_t *ret)
{
	uint32_t frames[STACK_FRAMES_MAX + 1], stack = 0, count;
	const uint32_t *outer;
	uint16_t class_id;
	int r;

	r = classes_of_wait(&profiler->wall.classes, &profiler->names, event, &class_id);
	if (r < 0)
		return r;
	(void)stacks_find(&profiler->stacks, event->stack, &stack);
	outer = stacks_frames(&profiler->stacks, stack, &count);
	if (count)
		memcpy(frames, outer, count * sizeof(*frames));
	r = blocked_frame(profiler, classes_get(&profiler->wall.classes, class_id), &frames[count]);
	return r < 0 ? r : stacks_put(&profiler->stacks, frames, count + 1, ret);
}

int wall_take_run(struct profiler *profiler, struct task *task, const struct event_run *event)
{
	uint64_t ns = advance(profiler, task, event->start_ns, event->head.time_ns);
	uint64_t *sum;

	if (!ns || !profiler_wants(profiler, task))
		return 0;
	sum = hash_put(&profiler->wall.run_by_comm, task->comm);
	if (!sum)
		return -ENOMEM;
	*sum += ns;
	return 0;
}

int wall_take_wait(struct profiler *profiler, struct task *task, const struct event_wait *event)
{
	struct held_wait wait = { .syscall = event->syscall };
	int r;

	wait.ns = advance(profiler, task, event->start_ns, event->end_ns);
	if (!wait.ns || !profiler_wants(profiler, task))
		return 0;
	r = blocked_content(profiler, event, &wait.kernel);
	if (r == 0 && !wait.kernel)
		wait.kernel = profiler->wall.aggregates.crowd;
	return r < 0 ? r : held_add(profiler, task, &wait);
}

/* A stack of one frame that is no function. */
static int lone_content(struct profiler *profiler, enum profile_frame_kind kind, uint32_t *kept)
{
	const struct function function = { .kind = kind };
	uint32_t frame;
	int r;

	if (*kept)
		return 0;
	r = stacks_function(&profiler->stacks, &function, &frame);
	return r < 0 ? r : stacks_put(&profiler->stacks, &frame, 1, kept);
}

int wall_take_queue(struct profiler *profiler, struct task *task, const struct event_queue *event)
{
	uint64_t ns = advance(profiler, task, event->start_ns, event->head.time_ns);
	int r;

	if (!ns || !profiler_wants(profiler, task))
		return 0;
	r = lone_content(profiler, FRAME_RUNNABLE, &profiler->wall.runnable);
	return r < 0 ? r : add_time(profiler, task, profiler->wall.runnable, ns);
}

int wall_close(struct profiler *profiler, struct task *task)
{
	uint64_t end_ns = task->is_dead ? task->death_ns : profiler->end_ns;
	int r;

	/* What was only named by a span of others has no time of its own. */
	if (!task->is_told || !profiler_wants(profiler, task))
		return 0;
	(void)advance(profiler, task, end_ns, end_ns);
	r = held_let_go(profiler, task);
	if (r < 0 || !task->gap_ns)
		return r;
	r = lone_content(profiler, FRAME_BLOCKED, &profiler->wall.unknown);
	return r < 0 ? r : add_time(profiler, task, profiler->wall.unknown, task->gap_ns);
}

/* --- at the end --- */

struct run_share {
	uint64_t run_ns;
	uint64_t weight; /* of all samples of the name */
	uint64_t seen;   /* of them given out */
	uint64_t given_ns;
};

/* Where each name's samples and time are: comm → place in shares + 1. */
struct run_shares {
	ARRAY(struct run_share) items;
	struct hash_map by_comm;
};

static int share_of(struct run_shares *shares, uint32_t comm, struct run_share **ret)
{
	uint64_t *number = hash_put(&shares->by_comm, comm);

	if (!number)
		return -ENOMEM;
	if (!*number) {
		if (!array_push(&shares->items))
			return -ENOMEM;
		*number = shares->items.count;
	}
	*ret = &shares->items.items[*number - 1];
	return 0;
}

static int weigh_samples(const struct profiler *profiler, const struct aggregates *samples,
			 struct run_shares *shares)
{
	struct run_share *share;

	for (size_t i = 0; i < samples->items.count; i++) {
		const struct aggregate *sample = &samples->items.items[i];
		const uint64_t *run_ns = hash_find(&profiler->wall.run_by_comm, sample->comm);

		if (share_of(shares, sample->comm, &share) < 0)
			return -ENOMEM;
		share->weight += sample->weight;
		share->run_ns = run_ns ? *run_ns : 0;
	}
	return 0;
}

/* No sum can hold it. */
static void refuse(struct aggregates *aggregates, struct aggregate *amount)
{
	aggregates->refused++;
	aggregates->samples -= amount->samples;
	amount->weight = 0;
	amount->samples = 0;
}

/* Each sample's part of its name's time; rounded so that all parts sum to it. */
static int spread(struct aggregates *samples, struct run_shares *shares)
{
	struct run_share *share;

	samples->weight = 0;
	for (size_t i = 0; i < samples->items.count; i++) {
		struct aggregate *sample = &samples->items.items[i];
		uint64_t upto_ns, weight;

		if (share_of(shares, sample->comm, &share) < 0)
			return -ENOMEM;
		share->seen += sample->weight;
		upto_ns = share->weight ? (uint64_t)((unsigned __int128)share->run_ns *
						     share->seen / share->weight)
					: 0;
		sample->weight = upto_ns - share->given_ns;
		share->given_ns = upto_ns;
		if (__builtin_add_overflow(samples->weight, sample->weight, &weight)) {
			refuse(samples, sample);
			continue;
		}
		samples->weight = weight;
	}
	return 0;
}

/* Behind the others, whether one of them is alike or not: it is the sums that count. */
static int append(struct aggregates *aggregates, const struct aggregate *amount)
{
	struct aggregate *kept;
	uint64_t weight;

	if (__builtin_add_overflow(aggregates->weight, amount->weight, &weight)) {
		aggregates->refused++;
		return 0;
	}
	kept = array_push(&aggregates->items);
	if (!kept)
		return -ENOMEM;
	*kept = *amount;
	aggregates->weight = weight;
	aggregates->samples += amount->samples;
	return 0;
}

/* In the order of their names' numbers, so that the result does not hang on that of the map. */
static int add_unsampled(const struct profiler *profiler, struct run_shares *shares,
			 struct aggregates *merged)
{
	for (uint32_t comm = 0; comm <= profiler->names.texts.count; comm++) {
		const uint64_t *run_ns = hash_find(&profiler->wall.run_by_comm, comm);
		struct aggregate amount = { .comm = comm };
		struct run_share *share;

		if (!run_ns)
			continue;
		if (share_of(shares, comm, &share) < 0)
			return -ENOMEM;
		amount.weight = *run_ns - share->given_ns;
		if (amount.weight && append(merged, &amount) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void shares_free(struct run_shares *shares)
{
	array_free(&shares->items);
	hash_free(&shares->by_comm);
}

/* The list itself where it is not needed any more, else another. */
static int take_list(const struct profiler *profiler, struct aggregates *samples,
		     struct aggregates *ret)
{
	size_t bytes = samples->items.count * sizeof(*samples->items.items);
	struct aggregate *items = NULL;

	ret->samples = samples->samples;
	if (profiler->options.is_told) {
		ret->items = samples->items;
		samples->items.items = NULL;
		samples->items.count = samples->items.capacity = 0;
		return 0;
	}
	if (!bytes)
		return 0;
	items = malloc(bytes);
	if (!items)
		return -ENOMEM;
	memcpy(items, samples->items.items, bytes);
	ret->items.items = items;
	ret->items.count = ret->items.capacity = samples->items.count;
	return 0;
}

int wall_merge(struct profiler *profiler, struct aggregates *samples, struct aggregates *ret)
{
	struct aggregates *waits = &profiler->wall.aggregates;
	owns(shares_free) struct run_shares shares = {};
	owns(aggregates_free) struct aggregates merged = { .crowded = waits->crowded };
	int r = weigh_samples(profiler, samples, &shares);

	if (r == 0)
		r = take_list(profiler, samples, &merged);
	if (r == 0)
		r = spread(&merged, &shares);
	if (r == 0)
		r = add_unsampled(profiler, &shares, &merged);
	for (size_t i = 0; i < waits->items.count && r == 0; i++)
		r = append(&merged, &waits->items.items[i]);
	if (r < 0)
		return r;
	if (profiler->options.is_told)
		aggregates_forget(waits);
	*ret = merged;
	merged = (struct aggregates){};
	return 0;
}

void wall_free(struct wall *wall)
{
	classes_free(&wall->classes);
	aggregates_free(&wall->aggregates);
	hash_free(&wall->run_by_comm);
	hash_free(&wall->last_calls);
}
