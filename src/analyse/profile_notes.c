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

/* The kernel function that an aggregate ends in; "": none. */
static const char *innermost_kernel(const struct making *making, const struct aggregate *aggregate)
{
	const struct profiler *profiler = making->profiler;
	const uint32_t *frames;
	uint32_t count;

	frames = stacks_frames(&profiler->stacks, aggregate->kernel, &count);
	if (!count)
		return "";
	return names_text(&profiler->names,
			  profiler->stacks.functions.items[frames[count - 1]].name);
}

/* Of all such functions together, and the heaviest by itself. */
static int note_skid(const struct making *making)
{
	struct profile *profile = making->profile;
	const struct aggregates *aggregates = making->aggregates;
	owns(hash_free) struct hash_map weights = {};
	const char *heaviest = "";
	uint64_t sum = 0, most = 0;

	for (size_t i = 0; i < aggregates->items.count; i++) {
		const struct aggregate *aggregate = &aggregates->items.items[i];
		const char *function = innermost_kernel(making, aggregate);
		uint64_t *weight;

		if (!is_enabler(function))
			continue;
		weight = hash_put(&weights, (uintptr_t)function);
		if (!weight)
			return -ENOMEM;
		*weight += aggregate->weight;
		sum += aggregate->weight;
		if (*weight > most || (*weight == most && strcmp(function, heaviest) < 0)) {
			most = *weight;
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

/* How many user stacks have but one frame, by their samples. */
static int note_unwinding(const struct making *making)
{
	const struct aggregates *samples = &making->sampler->aggregates;
	struct profile *profile = making->profile;
	uint64_t alone = 0, all = 0;
	double share;

	for (size_t i = 0; i < samples->items.count; i++) {
		const struct aggregate *aggregate = &samples->items.items[i];
		uint32_t count;

		(void)stacks_frames(&making->profiler->stacks, aggregate->user, &count);
		if (count)
			all += aggregate->samples;
		if (count == 1)
			alone += aggregate->samples;
	}
	share = share_of(alone, all);
	if (share < UNWOUND_SHARE_MIN)
		return 0;
	return text_add(
		&profile->notes,
		"%s of the user stacks have a single frame: who called it is not known where "
		"programs and libraries are built without frame pointers "
		"(-fno-omit-frame-pointer).",
		format_share(share).text);
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

int notes_make(const struct making *making)
{
	const struct profiler *profiler = making->profiler;
	struct profile *profile = making->profile;
	int r = note_sampler(making);

	if (r == 0)
		r = note_few(profile);
	if (r == 0)
		r = note_unwinding(making);
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
