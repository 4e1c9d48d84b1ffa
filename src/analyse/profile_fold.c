/* What is kept of samples whose stacks are forgotten? What the table, the tree and the notes need
 * of them: rows, the call paths that are large so far, and what makes one doubt. */
#include <errno.h>
#include <string.h>

#include "analyse/profile_parts.h"

/*
 * A call path is told apart further when it has so much of the least share that will be asked for,
 * and at least some samples: then nothing is missing of those that grow to it steadily.
 */
#define KEPT_OF_LEAST 0.25
#define KEPT_SAMPLES  4.0

#define TWIGS_MAX (1u << 22)

struct fold {
	struct folded *folded;
	struct parts parts;
	double least;
};

static uint64_t twig_hash(const void *list, uint32_t item)
{
	const struct folded *folded = list;
	const struct twig *twig = &folded->twigs.items[item];

	return hash_pair(twig->caller, twig->function);
}

/* The path, made when it is new. 1 and *ret; 0: there is no room; -ENOMEM. */
static int get_twig(struct folded *folded, uint32_t caller, uint32_t function, uint32_t *ret)
{
	struct twig *twigs, *twig;
	size_t place;

	if (dense_reserve(&folded->by_path, twig_hash, folded) < 0)
		return -ENOMEM;
	twigs = folded->twigs.items;
	place = dense_begin(&folded->by_path, hash_pair(caller, function));
	for (; folded->by_path.slots[place]; place = dense_next(&folded->by_path, place)) {
		*ret = folded->by_path.slots[place] - 1;
		if (twigs[*ret].caller == caller && twigs[*ret].function == function)
			return 1;
	}
	if (folded->twigs.count >= TWIGS_MAX)
		return 0;
	twig = array_push(&folded->twigs);
	if (!twig)
		return -ENOMEM;
	*ret = (uint32_t)folded->twigs.count - 1;
	*twig = (struct twig){ .caller = caller, .function = function };
	dense_put(&folded->by_path, place, *ret);
	if (*ret) {
		twig->next = folded->twigs.items[caller].first;
		folded->twigs.items[caller].first = *ret;
	}
	return 1;
}

/* Add what a branch of the caller has. 1: it is worth telling apart further; 0: it is not. */
static int grow_twig(struct fold *fold, uint32_t caller, struct branch *branch)
{
	struct folded *folded = fold->folded;
	struct twig *twig;
	int r = get_twig(folded, caller, branch->function, &branch->twig);

	if (r < 0)
		return r;
	if (r == 0) {
		folded->twigs.items[caller].is_cut = true;
		return 0;
	}
	twig = &folded->twigs.items[branch->twig];
	twig->total += branch->total;
	twig->samples += branch->samples;
	if ((double)twig->total >= fold->least)
		return 1;
	twig->is_cut |= branch->goes_on;
	return 0;
}

static int grow_twigs(struct fold *fold, uint32_t caller, size_t first)
{
	struct parts *parts = &fold->parts;

	for (size_t i = first; i < parts->branches.count;) {
		int r = grow_twig(fold, caller, &parts->branches.items[i]);

		if (r < 0)
			return r;
		if (r == 0)
			parts_leave_out(parts, i);
		else
			i++;
	}
	return 0;
}

/* One path below another for each frame that all of the part go on with. The same returns. */
static int fold_trunk(struct fold *fold, struct part *part, const struct amount *amount)
{
	const uint32_t *frames;
	uint32_t common = parts_common(&fold->parts, part, &frames);

	for (uint32_t i = 0; i < common; i++) {
		struct branch branch = { .function = frames[i],
					 .total = amount->weight,
					 .samples = amount->samples,
					 .goes_on = true };
		int r = grow_twig(fold, part->twig, &branch);

		if (r <= 0)
			return r;
		part->twig = branch.twig;
		part->level++;
	}
	return 1;
}

/* amount: what the part has. As deep as the deepest stack, which is bounded. */
static int fold_part(struct fold *fold, struct part *part, const struct amount *amount)
{
	struct parts *parts = &fold->parts;
	size_t first = parts->branches.count;
	struct amount ended = {};
	int r = fold_trunk(fold, part, amount);

	if (r <= 0)
		return r;
	parts_next(parts);
	r = parts_find(parts, part, &ended);
	if (r == 0)
		r = grow_twigs(fold, part->twig, first);
	if (r < 0)
		return r;
	parts_gather(parts, part, first);
	for (size_t i = first; i < parts->branches.count && r == 0; i++) {
		const struct branch branch = parts->branches.items[i];
		const struct amount inner_amount = { branch.total, branch.samples };
		struct part inner = parts_inner(part, &branch);

		r = fold_part(fold, &inner, &inner_amount);
	}
	parts->branches.count = first;
	return r;
}

/* The threads of one group are the outermost branch. */
static int fold_group(struct fold *fold, uint32_t name, const struct part *group)
{
	struct branch branch = { .function = name, .goes_on = true };
	struct part part = *group;
	struct amount amount = {};
	int r;

	for (uint32_t i = group->begin; i < group->end; i++) {
		const struct aggregate *path = &fold->parts.aggregates[fold->parts.paths[i]];

		amount.weight += path->weight;
		amount.samples += path->samples;
	}
	branch.total = amount.weight;
	branch.samples = amount.samples;
	r = grow_twig(fold, 0, &branch);
	part.twig = branch.twig;
	return r <= 0 ? r : fold_part(fold, &part, &amount);
}

static int fold_groups(struct fold *fold, const struct making *making)
{
	const struct aggregate *aggregates = fold->parts.aggregates;
	struct part group = {};
	int r = 0;

	while (group.begin < making->count && r == 0) {
		const uint32_t *paths = fold->parts.paths;
		uint32_t name = making_group(making, aggregates[paths[group.begin]].comm);

		for (group.end = group.begin + 1; group.end < making->count; group.end++) {
			if (making_group(making, aggregates[paths[group.end]].comm) != name)
				break;
		}
		r = fold_group(fold, name, &group);
		group.begin = group.end;
	}
	return r;
}

/* Of all that the sampler has seen so far. */
static double least_kept(const struct making *making)
{
	double weight = (double)making->aggregates->weight;
	double least = KEPT_OF_LEAST * making->profiler->options.least_share * weight;
	double few = making->aggregates->samples
			     ? KEPT_SAMPLES * weight / (double)making->aggregates->samples
			     : 0;

	return least > few ? least : few;
}

int tree_fold(struct making *making)
{
	struct fold fold = { .folded = making->folded, .least = least_kept(making) };
	uint32_t root = 0;
	int r = parts_new(making, &fold.parts);

	if (r == 0 && !making->folded->twigs.count)
		r = get_twig(making->folded, 0, ENDED, &root) < 0 ? -ENOMEM : 0;
	if (r == 0)
		r = fold_groups(&fold, making);
	parts_free(&fold.parts);
	return r;
}

bool profiler_folds_early(const struct profiler *profiler)
{
	double least = KEPT_OF_LEAST * profiler->options.least_share;
	uint64_t samples = 0;

	for (size_t i = 0; i < profiler->samplers.count; i++)
		samples += profiler->samplers.items[i].aggregates.samples;
	return least * (double)samples < KEPT_SAMPLES && !profiler->options.frames_max;
}

static int fold_sampler(struct profiler *profiler, struct sampler *sampler)
{
	struct making making = {
		.profiler = profiler,
		.sampler = sampler,
		.aggregates = &sampler->aggregates,
		.folded = &sampler->folded,
		.count = sampler->aggregates.items.count,
	};
	int r = making_begin(&making);

	if (r == 0)
		r = notes_fold(&making);
	if (r == 0)
		r = table_fold(&making);
	if (r == 0)
		r = tree_fold(&making);
	making_end(&making);
	aggregates_forget(&sampler->aggregates);
	return r;
}

int profiler_fold(struct profiler *profiler)
{
	int r = 0;

	for (size_t i = 0; i < profiler->samplers.count && r == 0; i++)
		r = fold_sampler(profiler, &profiler->samplers.items[i]);
	stacks_forget(&profiler->stacks);
	return r;
}

void folded_free(struct folded *folded)
{
	array_free(&folded->sums.items);
	dense_free(&folded->sums.index);
	array_free(&folded->twigs);
	dense_free(&folded->by_path);
	hash_free(&folded->doubts.skids);
}
