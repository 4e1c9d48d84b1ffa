/* What must one know before believing a profile? What its samples cannot show, and what was lost.
 */
#include <errno.h>
#include <string.h>

#include "analyse/profile_state.h"
#include "finding/format.h"

/* Less is not worth a sentence. */
#define SKID_SHARE_MIN    0.02
#define UNWOUND_SHARE_MIN 0.05
#define SAMPLES_FEW       400u

/*
 * Where a timer's interrupt lands that came while interrupts were off: the instructions that turn
 * them on again, by the beginning of their function's name.
 */
static const char *const ENABLERS[] = {
	"_raw_read_unlock_irq",
	"_raw_spin_unlock_irq",
	"_raw_write_unlock_irq",
	"__local_bh_enable_ip",
	"__raw_spin_unlock_irq",
	"do_softirq",
	"finish_task_switch",
	"handle_softirqs",
	"__do_softirq",
	"kernel_fpu_end",
	"kfpu_end",
	"local_irq_enable",
	"pv_native_irq_enable",
	"seqcount_irq_enable",
	"spin_unlock_irq",
	"xen_hypercall_",
	"xen_irq_enable",
};

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static bool is_by_timer(const struct profile *profile)
{
	return strncmp(profile->sampler, "cpu-clock", strlen("cpu-clock")) == 0;
}

static bool is_enabler(const char *function)
{
	for (size_t i = 0; i < array_count(ENABLERS); i++) {
		if (strncmp(function, ENABLERS[i], strlen(ENABLERS[i])) == 0)
			return true;
	}
	return false;
}

/* names: the kernel function that an aggregate ends in; 0: none. */
static uint32_t innermost_kernel(const struct making *making, const struct aggregate *aggregate)
{
	const struct profiler *profiler = making->profiler;
	const uint32_t *frames;
	uint32_t count;

	frames = stacks_frames(&profiler->stacks, aggregate->kernel, &count);
	return count ? profiler->stacks.functions.items[frames[count - 1]].name : 0;
}

static int add_weight(struct hash_map *skids, uint64_t function, uint64_t weight)
{
	uint64_t *sum = hash_put(skids, function);

	if (!sum)
		return -ENOMEM;
	*sum += weight;
	return 0;
}

static int add_skids(const struct making *making, struct hash_map *skids)
{
	const struct aggregates *aggregates = making->aggregates;
	int r = 0;

	for (size_t i = 0; i < aggregates->items.count && r == 0; i++) {
		const struct aggregate *aggregate = &aggregates->items.items[i];
		uint32_t function = innermost_kernel(making, aggregate);

		if (function && is_enabler(names_text(&making->profiler->names, function)))
			r = add_weight(skids, function, aggregate->weight);
	}
	return r;
}

/* Those of stacks that were forgotten as well. */
static int find_skids(const struct making *making, struct hash_map *skids)
{
	const struct hash_map *forgotten = &making->sampler->folded.doubts.skids;
	int r = add_skids(making, skids);

	for (size_t i = 0; i < forgotten->capacity && r == 0; i++) {
		if (forgotten->slots[i].used)
			r = add_weight(skids, forgotten->slots[i].key, forgotten->slots[i].value);
	}
	return r;
}

/* Of all such functions together, and the heaviest by itself. */
static int note_skid(const struct making *making)
{
	struct profile *profile = making->profile;
	owns(hash_free) struct hash_map skids = {};
	const char *heaviest = "";
	uint64_t sum = 0, most = 0;

	if (find_skids(making, &skids) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < skids.capacity; i++) {
		const struct hash_slot *slot = &skids.slots[i];
		const char *function = names_text(&making->profiler->names, (uint32_t)slot->key);

		if (!slot->used)
			continue;
		sum += slot->value;
		if (slot->value > most || (slot->value == most && strcmp(function, heaviest) < 0)) {
			most = slot->value;
			heaviest = function;
		}
	}
	if (share_of(sum, profile->amount) < SKID_SHARE_MIN)
		return 0;
	return text_add(
		&profile->notes,
		"%s is in functions that turn interrupts on again (most in %s). A timer cannot sample "
		"code that runs while they are off: its time is found here. Look at the callers.",
		format_share(share_of(sum, profile->amount)).text, heaviest);
}

static int note_sampler(const struct making *making)
{
	struct profile *profile = making->profile;
	int r;

	if (strcmp(profile->sampler, "none") == 0)
		return text_add(
			&profile->notes,
			"No samples were taken: neither hardware counters nor a timer could "
			"be had; see slowpath doctor.");
	if (!is_by_timer(profile))
		return 0;
	if (making->sampler->id)
		r = text_add(&profile->notes, "The samples are by a timer (cpu-clock), not by a "
					      "hardware counter.");
	else
		r = text_add(&profile->notes,
			     "The samples are by a timer (cpu-clock): no hardware counter (PMU) "
			     "works here. A virtual machine may be given one by its host.");
	return r < 0 ? r : note_skid(making);
}

static int note_losses(const struct making *making)
{
	const struct profiler *profiler = making->profiler;
	struct profile *profile = making->profile;
	const struct aggregates *samples = &making->sampler->aggregates;
	uint64_t unknown = making->sampler->unstacked;
	uint64_t crowded = profiler->stacks.refused + samples->crowded;
	int r = 0;

	if (making->aggregates != samples)
		crowded += making->aggregates->crowded;
	if (profile->lost_samples)
		r = text_add(&profile->notes, "%s samples were lost (%s were kept).",
			     format_count(profile->lost_samples).text,
			     format_count(profile->samples).text);
	if (r == 0 && unknown)
		r = text_add(&profile->notes, "%s stacks of samples were lost: they are [unknown].",
			     format_count(unknown).text);
	if (r == 0 && crowded)
		r = text_add(&profile->notes,
			     "%s stacks found no room in memory: their samples stand without a "
			     "stack.",
			     format_count(crowded).text);
	if (r == 0 && profiler->threads.refused)
		r = text_add(&profile->notes, "There were more threads than there is room for.");
	return r;
}

/* How many user stacks there are, by their samples, and how many have but one frame. */
static void add_lonely(const struct making *making, struct doubts *doubts)
{
	const struct aggregates *aggregates = making->aggregates;

	/* What was not running has no samples. */
	for (size_t i = 0; i < aggregates->items.count; i++) {
		const struct aggregate *aggregate = &aggregates->items.items[i];
		uint32_t count;

		(void)stacks_frames(&making->profiler->stacks, aggregate->user, &count);
		if (count)
			doubts->user_samples += aggregate->samples;
		if (count == 1)
			doubts->alone += aggregate->samples;
	}
}

static int note_unwinding(const struct making *making)
{
	const struct doubts *forgotten = &making->sampler->folded.doubts;
	struct doubts doubts = { .user_samples = forgotten->user_samples,
				 .alone = forgotten->alone };
	struct profile *profile = making->profile;
	double share;

	add_lonely(making, &doubts);
	share = share_of(doubts.alone, doubts.user_samples);
	if (share < UNWOUND_SHARE_MIN)
		return 0;
	return text_add(
		&profile->notes,
		"%s of the user stacks have a single frame: who called it is not known where "
		"programs and libraries are built without frame pointers "
		"(-fno-omit-frame-pointer).",
		format_share(share).text);
}

static int note_not_seen(const struct making *making)
{
	const struct profiler *profiler = making->profiler;
	int r = 0;

	for (size_t i = 0; i < array_count(profiler->not_seen) && r == 0; i++) {
		if (profiler->not_seen[i])
			r = text_add(&making->profile->notes, "Not seen: %s.",
				     names_text(&profiler->names, profiler->not_seen[i]));
	}
	return r;
}

static bool has_kernel_pools(const struct profile *profile)
{
	for (size_t i = 0; i < profile->pools.count; i++) {
		if (profile->pools.items[i].is_kernel)
			return true;
	}
	return false;
}

/* In few samples a share is uncertain: by twice its standard deviation, at one half, in points. */
static int note_few(struct profile *profile)
{
	unsigned int points = 1;

	if (!profile->samples || profile->samples >= SAMPLES_FEW)
		return 0;
	while ((uint64_t)points * points * profile->samples < 10000)
		points++;
	return text_add(
		&profile->notes,
		"With %s samples a share of one half may be off by %u points. More come from "
		"a longer watch or a higher -F.",
		format_count(profile->samples).text, points);
}

int notes_fold(const struct making *making)
{
	struct doubts *doubts = &making->folded->doubts;

	add_lonely(making, doubts);
	return add_skids(making, &doubts->skids);
}

int notes_make(const struct making *making)
{
	const struct profiler *profiler = making->profiler;
	struct profile *profile = making->profile;
	int r = note_sampler(making);

	if (r == 0)
		r = note_few(profile);
	if (r == 0)
		r = note_unwinding(making);
	if (r == 0)
		r = note_not_seen(making);
	if (r == 0 && profiler->no_kernel_names)
		r = text_add(&profile->notes, "The kernel's functions have no names: %s.",
			     names_text(&profiler->names, profiler->no_kernel_names));
	if (r == 0 && making->sampler->idle_weight && profile->amount)
		r = text_add(
			&profile->notes, "%s of it is idle CPUs: they are swapper.",
			format_share(share_of(making->sampler->idle_weight, profile->amount)).text);
	if (r == 0 && profile->target != TARGET_MACHINE && has_kernel_pools(profile))
		r = text_add(&profile->notes, "The kernel's threads among the pools worked for the "
					      "whole machine, not only for the target.");
	return r < 0 ? r : note_losses(making);
}
