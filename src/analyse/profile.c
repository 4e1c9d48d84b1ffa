/* Which code burnt the CPU? Each event goes to the part that it concerns. */
#include "analyse/profile.h"

#include <errno.h>
#include <string.h>

#include "analyse/profile_state.h"
#include "base/array.h"

/* So much is kept of stacks before they are forgotten: what is put together and looked up should
 * stay in the processor's cache. */
#define FRAMES_MAX     (1u << 20)
#define CONTENTS_MAX   (1u << 17)
/* Where call paths of few samples will be shown more is kept, as many samples as it takes to see
 * which are large; but no more than this. */
#define FEW_FRAMES_MAX (8u << 20)

/*
 * Where the whole tree is told, stacks are kept to the end, and so many: with all that finds them
 * and sums them up 128 MiB, whatever is told.
 */
#define TOLD_KINDS_MAX   ((size_t)1 << 20)
#define TOLD_CLASSES_MAX ((size_t)1 << 18)
static const struct stacks_limits TOLD_LIMITS = {
	.contents = 1 << 19,
	.ids = 1 << 19,
	.frames = 1 << 23,
};

static void sampler_free(struct sampler *sampler)
{
	aggregates_free(&sampler->aggregates);
	folded_free(&sampler->folded);
}

void profiler_free(struct profiler **profiler)
{
	struct profiler *old = *profiler;

	*profiler = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->samplers.count; i++)
		sampler_free(&old->samplers.items[i]);
	array_free(&old->samplers);
	threads_free(&old->threads);
	wall_free(&old->wall);
	stacks_free(&old->stacks);
	names_free(&old->names);
	free(old);
}

/* A stack of one frame that says that there was no room for what it stands for. */
static int put_crowd(struct profiler *profiler, enum profile_frame_kind kind, uint32_t *ret)
{
	struct function function = { .kind = kind };
	uint32_t frame;
	int r;

	function.name = names_put(&profiler->names, PROFILE_CROWDED, strlen(PROFILE_CROWDED));
	r = function.name ? stacks_function(&profiler->stacks, &function, &frame) : -ENOMEM;
	return r < 0 ? r : stacks_put(&profiler->stacks, &frame, 1, ret);
}

static int bound(struct profiler *profiler)
{
	struct stacks *stacks = &profiler->stacks;
	struct aggregates *waits = &profiler->wall.aggregates;
	int r;

	profiler->room = profiler->options.kinds_max ?: TOLD_KINDS_MAX;
	profiler->wall.classes.stacks_max = TOLD_CLASSES_MAX;
	waits->room = &profiler->room;
	stacks->limits = TOLD_LIMITS;
	r = put_crowd(profiler, FRAME_USER, &stacks->crowd[0]);
	if (r == 0)
		r = put_crowd(profiler, FRAME_KERNEL, &stacks->crowd[1]);
	return r < 0 ? r : put_crowd(profiler, FRAME_BLOCKED, &waits->crowd);
}

int profiler_new(const struct profiler_options *options, struct profiler **ret)
{
	owns(profiler_free) struct profiler *profiler = calloc(1, sizeof(*profiler));
	int r;

	if (!profiler)
		return -ENOMEM;
	profiler->options = *options;
	profiler->options.is_wall |= options->is_wall_if_seen;
	r = options->is_told ? bound(profiler) : 0;
	if (r < 0)
		return r;
	*ret = give(profiler);
	return 0;
}

uint64_t profiler_crowded(const struct profiler *profiler)
{
	uint64_t crowded = profiler->stacks.refused + profiler->wall.aggregates.crowded;

	for (size_t i = 0; i < profiler->samplers.count; i++)
		crowded += profiler->samplers.items[i].aggregates.crowded;
	return crowded;
}

bool profiler_is_cut(const struct profiler *profiler)
{
	return profiler->is_cut;
}

bool profiler_wants(const struct profiler *profiler, const struct task *task)
{
	return profiler->has_imported || profiler->watch.target == WATCH_MACHINE ||
	       !profiler->is_seen || task->flags & TASK_TARGET;
}

/* 1 and *ret; 0: there is no room for more; -ENOMEM. */
static int get_sampler(struct profiler *profiler, uint32_t id, struct sampler **ret)
{
	struct sampler *sampler;

	for (size_t i = 0; i < profiler->samplers.count; i++) {
		*ret = &profiler->samplers.items[i];
		if ((*ret)->id == id)
			return 1;
	}
	if (profiler->samplers.count >= SAMPLERS_MAX)
		return 0;
	sampler = array_push(&profiler->samplers);
	if (!sampler)
		return -ENOMEM;
	sampler->id = id;
	sampler->unit = PROFILE_NS;
	if (profiler->options.is_told) {
		sampler->aggregates.room = &profiler->room;
		sampler->aggregates.crowd = profiler->stacks.crowd[1];
	}
	*ret = sampler;
	return 1;
}

static int take_sampler(struct profiler *profiler, const struct event_sampler *event)
{
	struct sampler *sampler;
	int r = event->id ? get_sampler(profiler, event->id, &sampler) : 0;

	if (r <= 0)
		return r;
	sampler->unit = event->unit == SAMPLER_COUNT ? PROFILE_COUNT : PROFILE_NS;
	sampler->name = names_put(&profiler->names, event->name, sizeof(event->name));
	profiler->has_imported = true;
	return 0;
}

/* The content of the stack with this id; one unknown frame when it was not told. */
static int find_stack(struct profiler *profiler, struct sampler *sampler, uint64_t id,
		      enum profile_frame_kind kind, uint32_t *ret)
{
	const struct function unknown = { .kind = kind };
	uint32_t frame;
	int r;

	*ret = 0;
	if (!id || stacks_find(&profiler->stacks, id, ret))
		return 0;
	if (stacks_lack_ids(&profiler->stacks)) {
		*ret = profiler->stacks.crowd[kind == FRAME_USER ? 0 : 1];
		return 0;
	}
	sampler->unstacked++;
	r = stacks_function(&profiler->stacks, &unknown, &frame);
	return r < 0 ? r : stacks_put(&profiler->stacks, &frame, 1, ret);
}

static uint64_t sample_weight(const struct sampler *sampler, const struct event_sample *event)
{
	if (event->period)
		return event->period;
	if (event->weight_ns)
		return event->weight_ns;
	return sampler->unit == PROFILE_COUNT;
}

/* What the first sampler saw is how long threads ran, where nothing better is known. */
static void count_time(struct task *task, const struct sampler *sampler,
		       const struct event_sample *event)
{
	uint64_t ns = event->weight_ns;

	if (!ns && sampler->unit == PROFILE_NS)
		ns = event->period;
	if (__builtin_add_overflow(task->sample_ns, ns, &task->sample_ns))
		task->sample_ns = UINT64_MAX;
	else if (event->stack || task->flags & TASK_KERNEL)
		task->sample_kernel_ns += ns;
}

static bool wants_sample(const struct profiler *profiler, const struct task *task)
{
	return profiler_wants(profiler, task) ||
	       (profiler->options.with_kernel && task->flags & TASK_KERNEL);
}

/* A place for the sample's name: who was idle, or a thread. 1, 0: not of the profile; -ENOMEM. */
static int find_comm(struct profiler *profiler, const struct sampler *sampler,
		     const struct event_sample *event, uint32_t *ret)
{
	struct task *task;
	int r;

	if (!event->tid) {
		*ret = names_put(&profiler->names, "swapper", strlen("swapper"));
		return 1;
	}
	r = threads_get(profiler, event->tid, &task);
	if (r < 0)
		return r;
	if (r == 0) {
		*ret = 0;
		return 1;
	}
	if (!sampler->id && !wants_sample(profiler, task)) {
		/* Kernel threads have a pool even when the profile is not theirs. */
		if (task->flags & TASK_KERNEL)
			count_time(task, sampler, event);
		return 0;
	}
	if (sampler == profiler->samplers.items)
		count_time(task, sampler, event);
	*ret = task->comm;
	return 1;
}

static int take_sample(struct profiler *profiler, const struct event_sample *event)
{
	struct aggregate amount = { .samples = 1 };
	struct sampler *sampler;
	int r = get_sampler(profiler, event->sampler, &sampler);

	if (r <= 0) {
		profiler->lost_samples += r == 0;
		return r;
	}
	r = find_comm(profiler, sampler, event, &amount.comm);
	if (r <= 0)
		return r;
	r = find_stack(profiler, sampler, event->stack, FRAME_KERNEL, &amount.kernel);
	if (r == 0)
		r = find_stack(profiler, sampler, event->user_stack, FRAME_USER, &amount.user);
	if (r < 0)
		return r;
	amount.weight = sample_weight(sampler, event);
	if (!event->tid &&
	    __builtin_add_overflow(sampler->idle_weight, amount.weight, &sampler->idle_weight))
		sampler->idle_weight = UINT64_MAX;
	return aggregates_add(&sampler->aggregates, &amount);
}

static bool knows_waits(const struct profiler *profiler)
{
	return profiler->options.is_wall || profiler->options.is_waits;
}

/* Is so much kept that some is to be forgotten? */
static bool is_full(const struct profiler *profiler)
{
	const struct stacks *stacks = &profiler->stacks;
	size_t frames_max = profiler->options.frames_max ?: FRAMES_MAX;
	size_t frames = stacks_frames_kept(stacks);

	if (profiler->options.least_share <= 0)
		return false;
	if (profiler_folds_early(profiler) && frames < FEW_FRAMES_MAX)
		return false;
	return frames >= frames_max || stacks->contents.count >= CONTENTS_MAX;
}

/* Samples that are still to come name none of the stacks that are known. Waits may: they are kept
 * where waits are told. */
static int begin_afresh(struct profiler *profiler)
{
	struct stacks *stacks = &profiler->stacks;

	if (knows_waits(profiler) && (profiler->wall.is_seen || !profiler->options.is_wall_if_seen))
		return 0;
	if (is_full(profiler))
		return profiler_fold(profiler);
	stacks_forget_ids(stacks);
	return 0;
}

static int take_stack(struct profiler *profiler, const struct event_stack *event)
{
	int r = event->flags & STACK_AFRESH ? begin_afresh(profiler) : 0;

	if (r == 0)
		r = stacks_take_stack(&profiler->stacks, event);
	if (r == 0 && knows_waits(profiler) && !(event->flags & STACK_USER))
		r = classes_take_stack(&profiler->wall.classes, &profiler->names, event);
	return r;
}

static int take_symbol(struct profiler *profiler, const struct event_symbol *event)
{
	int r = stacks_take_symbol(&profiler->stacks, &profiler->names, event);

	if (r == 0 && knows_waits(profiler))
		r = classes_take_symbol(&profiler->wall.classes, &profiler->names, event);
	return r;
}

static void take_fact(struct profiler *profiler, const struct event_fact *event)
{
	const struct {
		const char *key;
		uint32_t *name;
	} wanted[] = {
		{ "facility.samples", &profiler->how_sampled },
		{ "symbol.kernel", &profiler->no_kernel_names },
		{ "clock.source", &profiler->clock },
		{ "hypervisor.kind", &profiler->hypervisor },
		{ "missing.deep_stacks", &profiler->not_seen[0] },
		{ "missing.still_stacks", &profiler->not_seen[1] },
		{ "missing.inlined", &profiler->not_seen[2] },
	};

	for (size_t i = 0; i < array_count(wanted); i++) {
		if (event->key_bytes == strlen(wanted[i].key) &&
		    memcmp(event->text, wanted[i].key, event->key_bytes) == 0)
			*wanted[i].name =
				names_put(&profiler->names, event->text + event->key_bytes,
					  event->value_bytes);
	}
}

static void take_loss(struct profiler *profiler, const struct event_loss *event)
{
	if (event->what == LOSS_SAMPLE)
		profiler->lost_samples += event->count;
	else if (event->what == LOSS_STACK)
		profiler->lost_stacks += event->count;
	else
		profiler->lost_other += event->count;
}

static int take_run(struct profiler *profiler, const struct event_run *event)
{
	struct task *task;
	uint64_t ns;
	int r = threads_get(profiler, event->tid, &task);

	if (r <= 0)
		return r;
	ns = event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns : 0;
	profiler->threads.has_spans = true;
	if (__builtin_add_overflow(task->run_ns, event->charged_ns ?: ns, &task->run_ns))
		task->run_ns = UINT64_MAX;
	else if (event->kernel_ns <= ns)
		task->run_kernel_ns += task->flags & TASK_KERNEL ? ns : event->kernel_ns;
	return profiler->options.is_wall ? wall_take_run(profiler, task, event) : 0;
}

static int take_usage(struct profiler *profiler, const struct event_usage *event)
{
	struct task *task;
	int r = threads_get(profiler, event->tid, &task);

	if (r <= 0)
		return r;
	profiler->threads.has_usage = true;
	task->has_usage = true;
	task->usage = *event;
	return 0;
}

/* What a thread did when it did not run: only wall time asks. */
static int take_wall(struct profiler *profiler, const void *event, enum event_kind kind,
		     uint32_t tid)
{
	struct task *task;
	int r = profiler->options.is_wall ? threads_get(profiler, tid, &task) : 0;

	if (r <= 0)
		return r;
	if (kind == EVENT_WAIT)
		return wall_take_wait(profiler, task, event);
	return wall_take_queue(profiler, task, event);
}

/* Which code called: only those that tell of waits ask. */
static int take_syscall(struct profiler *profiler, const struct event_syscall *event)
{
	struct task *task;
	int r = knows_waits(profiler) ? threads_get(profiler, event->tid, &task) : 0;

	return r <= 0 ? r : held_take_syscall(profiler, task, event);
}

static int dispatch(struct profiler *profiler, const void *event, enum event_kind kind)
{
	switch (kind) {
	case EVENT_FACT:
		take_fact(profiler, event);
		return 0;
	case EVENT_WATCH:
		if (!profiler->is_seen)
			profiler->watch = *(const struct event_watch *)event;
		profiler->is_seen = true;
		return 0;
	case EVENT_WATCH_END:
		if (!profiler->has_ended)
			profiler->end_ns = ((const struct event *)event)->time_ns;
		profiler->has_ended = true;
		return 0;
	case EVENT_TASK:
		return threads_take_task(profiler, event);
	case EVENT_TASK_END:
		return threads_take_end(profiler, event);
	case EVENT_TITLE:
		return threads_take_title(profiler, event);
	case EVENT_SYMBOL:
		return take_symbol(profiler, event);
	case EVENT_PLACE: {
		const struct event_place *place = event;

		stacks_take_place(&profiler->stacks, &profiler->names, place->symbol, place->file,
				  place->file_bytes, place->line);
		return 0;
	}
	case EVENT_STACK:
		return take_stack(profiler, event);
	case EVENT_SAMPLER:
		return take_sampler(profiler, event);
	case EVENT_SAMPLE:
		return take_sample(profiler, event);
	case EVENT_RUN:
		return take_run(profiler, event);
	case EVENT_USAGE:
		return take_usage(profiler, event);
	case EVENT_WAIT:
		return take_wall(profiler, event, kind, ((const struct event_wait *)event)->tid);
	case EVENT_QUEUE:
		return take_wall(profiler, event, kind, ((const struct event_queue *)event)->tid);
	case EVENT_SYSCALL:
		return take_syscall(profiler, event);
	case EVENT_LOSS:
		take_loss(profiler, event);
		return 0;
	case EVENT_DEVICE:
	case EVENT_FILE:
	case EVENT_SYSCALL_SUM:
	case EVENT_REQUEST:
	case EVENT_LOCK:
	case EVENT_COUNTER:
	case EVENT_CGROUP:
	case EVENT_MAPPING:
	case EVENT_SIGNAL:
	case EVENT_THREAD:
	case EVENT_RELATION:
	case EVENT_LOG:
	case EVENT_LOCK_NAME:
	case EVENT_LOCK_CLASS:
	case EVENT_LOCK_SITE:
	case EVENT_IO:
	case EVENT_TALLY:
	case EVENT_CALL:
	case EVENT_GUEST_EXIT:
	case EVENT_CALLEE:
		return 0; /* a verdict's, or the namer's */
	}
	return 0;
}

int profiler_take(void *self, const struct event *event, struct diag *why)
{
	struct profiler *profiler = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > profiler->now_ns)
		profiler->now_ns = event->time_ns;
	if (event->kind == EVENT_RUN || event->kind == EVENT_WAIT)
		profiler->wall.is_seen = true;
	r = dispatch(profiler, event, (enum event_kind)event->kind);
	if (r == 0 && profiler->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to make a profile of the events") : 0;
}
