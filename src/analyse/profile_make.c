/* What are the profiles? Each sampler's aggregates, put in the order of their threads' names, and
 * handed to those who make the table, the tree and the notes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/profile_hints.h"
#include "analyse/profile_state.h"

static const char *function_name(const struct making *making, const struct function *function)
{
	return names_text(&making->profiler->names, function->name);
}

static const char *function_module(const struct making *making, const struct function *function)
{
	return names_text(&making->profiler->names, function->module);
}

/* Threads' names stand in the same map as functions, under keys that no function has. */
#define GROUP_KEY(name) (UINT64_C(1) << 32 | (name))

static int tell_frame(struct making *making, uint64_t key, enum profile_frame_kind kind,
		      const char *const texts[2], uint32_t *ret)
{
	uint64_t *told = hash_put(&making->told, key);
	uint32_t index;

	if (!told)
		return -ENOMEM;
	if (!*told) {
		index = profile_add_frame(making->profile, kind, texts[0], texts[1]);
		if (index == UINT32_MAX)
			return -ENOMEM;
		*told = (uint64_t)index + 1;
	}
	*ret = (uint32_t)(*told - 1);
	return 0;
}

int making_frame(struct making *making, uint32_t function, uint32_t *ret)
{
	const struct function *told = &making->profiler->stacks.functions.items[function];
	const char *const texts[] = { function_name(making, told), function_module(making, told) };

	if (tell_frame(making, function, (enum profile_frame_kind)told->kind, texts, ret) < 0)
		return -ENOMEM;
	return told->place ? profile_set_place(making->profile, *ret,
					       names_text(&making->profiler->names, told->place))
			   : 0;
}

int making_threads(struct making *making, uint32_t name, uint32_t *ret)
{
	const char *const texts[] = { names_text(&making->profiler->names, name), "" };

	return tell_frame(making, GROUP_KEY(name), FRAME_THREADS, texts, ret);
}

int making_compare(const struct making *making, uint32_t one, uint32_t other)
{
	const struct function *functions = making->profiler->stacks.functions.items;
	const struct function *a = &functions[one], *b = &functions[other];
	int order = strcmp(function_name(making, a), function_name(making, b));

	if (!order)
		order = strcmp(function_module(making, a), function_module(making, b));
	return order ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

/* --- preparing --- */

static int name_pools(struct making *making)
{
	struct names *names = &making->profiler->names;

	if (!making->keys[PROFILE_POOL])
		return 0;
	making->pools = calloc(names->texts.count + 1, sizeof(*making->pools));
	if (!making->pools)
		return -ENOMEM;
	for (size_t i = 0; i < making->count; i++) {
		uint32_t comm = making->aggregates->items.items[i].comm;

		if (comm && !making->pools[comm])
			making->pools[comm] = pool_name(names, comm);
	}
	return names->is_out_of_memory ? -ENOMEM : 0;
}

static void know_keys(struct making *making)
{
	const struct profile_keys *keys = &making->profiler->options.keys;

	for (size_t i = 0; i < keys->count; i++)
		making->keys[keys->items[i]] = true;
}

/* By counting: those of one group stay in the order in which they were first seen. */
static int sort_by_group(struct making *making)
{
	const struct aggregate *items = making->aggregates->items.items;
	size_t names = making->profiler->names.texts.count + 1;
	owns(own_free) uint32_t *ends = calloc(names, sizeof(*ends));

	making->order = calloc(making->count ?: 1, sizeof(*making->order));
	if (!ends || !making->order)
		return -ENOMEM;
	for (size_t i = 0; i < making->count; i++)
		ends[making_group(making, items[i].comm)]++;
	for (size_t i = 1; i < names; i++)
		ends[i] += ends[i - 1];
	for (size_t i = making->count; i-- > 0;)
		making->order[--ends[making_group(making, items[i].comm)]] = (uint32_t)i;
	return 0;
}

int making_begin(struct making *making)
{
	int r;

	know_keys(making);
	r = name_pools(making);
	return r < 0 ? r : sort_by_group(making);
}

void making_end(struct making *making)
{
	free(making->order);
	free(making->pools);
	hash_free(&making->told);
}

static enum target_kind target_of(const struct profiler *profiler)
{
	switch (profiler->watch.target) {
	case WATCH_PROCESS:
		return TARGET_PROCESS;
	case WATCH_COMMAND:
		return TARGET_COMMAND;
	default:
		return TARGET_MACHINE;
	}
}

static void tell_keys(const struct making *making)
{
	const struct profile_keys *keys = &making->profiler->options.keys;
	struct profile *profile = making->profile;
	size_t used = 0;

	profile->keys = *keys;
	for (size_t i = 0; i < keys->count; i++) {
		int bytes = snprintf(profile->by + used, sizeof(profile->by) - used, "%s%s",
				     i ? "," : "", profile_key_name(keys->items[i]));

		used += bytes > 0 ? (size_t)bytes : 0;
	}
}

static const char *sampler_name(const struct profiler *profiler, const struct sampler *sampler)
{
	if (sampler->name)
		return names_text(&profiler->names, sampler->name);
	if (profiler->how_sampled)
		return names_text(&profiler->names, profiler->how_sampled);
	return "unknown";
}

static void tell_watch(struct making *making)
{
	const struct profiler *profiler = making->profiler;
	struct profile *profile = making->profile;
	uint64_t begin_ns = profiler->watch.head.time_ns;

	profile->target = target_of(profiler);
	(void)snprintf(profile->name, sizeof(profile->name), "%.*s",
		       (int)sizeof(profiler->watch.name), profiler->watch.name);
	profile->pid = profile->target == TARGET_MACHINE ? 0 : profiler->watch.pid;
	if (profiler->is_seen && profiler->end_ns > begin_ns)
		profile->window_ns = profiler->end_ns - begin_ns;
	profile->cpus = profiler->watch.cpus;
	profile->is_waits = profiler->options.is_waits;
	profile->is_wall = profiler->options.is_wall || profile->is_waits;
	profile->min_share = profiler->options.min_share;
	profile->unit = profile->is_wall ? PROFILE_NS : making->sampler->unit;
	if (!profile->is_waits)
		(void)snprintf(profile->sampler, sizeof(profile->sampler), "%s",
			       sampler_name(profiler, making->sampler));
	profile->amount = making->aggregates->weight;
	profile->samples = making->aggregates->samples;
	profile->lost_samples = profiler->lost_samples + making->sampler->aggregates.refused;
	tell_keys(making);
}

/* --- one profile --- */

static int tell_hints(const struct making *making)
{
	const struct names *names = &making->profiler->names;
	const struct hotspot_facts machine = {
		.clock = names_text(names, making->profiler->clock),
		.hypervisor = names_text(names, making->profiler->hypervisor),
	};

	return profile_hints(making->profile, &machine);
}

/* Of a tree that is told only this is made before, for the hints: what cpu shows. */
#define TOLD_SHARE 0.005

static int make(struct making *making)
{
	const struct profiler_options *options = &making->profiler->options;
	bool is_told = options->is_told;
	int r;

	tell_watch(making);
	if (is_told)
		making->profile->min_share = TOLD_SHARE;
	r = making_begin(making);
	if (r == 0 && !making->profile->is_waits && !is_told && !options->without_table)
		r = table_make(making);
	if (r == 0)
		r = tree_make(making);
	/* The rest is of samples. */
	if (r == 0 && making->profile->is_waits)
		return 0;
	if (r == 0)
		r = pools_tell(making->profiler, making->profile);
	if (r == 0)
		r = tell_hints(making);
	return r < 0 ? r : notes_make(making);
}

static int make_profile(struct profiler *profiler, struct sampler *sampler,
			const struct aggregates *aggregates, struct profile **ret)
{
	owns(profile_free) struct profile *profile = calloc(1, sizeof(*profile));
	struct making making = {
		.profiler = profiler,
		.profile = profile,
		.sampler = sampler,
		.aggregates = aggregates,
		.folded = aggregates == &sampler->aggregates ? &sampler->folded : NULL,
		.count = aggregates->items.count,
	};
	int r = profile ? make(&making) : -ENOMEM;

	making_end(&making);
	if (r < 0)
		return r;
	*ret = give(profile);
	return 0;
}

/* A tree that is told when it is asked for, and what it is made from. */
struct told_tree {
	struct profile_teller teller;
	struct making making;
	struct aggregates merged;
};

static int tell_tree(struct profile_teller *teller, profile_taker take, void *self)
{
	struct making *making = &((struct told_tree *)teller)->making;
	int r;

	/* Each tree uses up its order. */
	free(making->order);
	making->order = NULL;
	r = sort_by_group(making);
	return r < 0 ? r : tree_tell(making, take, self);
}

static void told_tree_end(struct profile_teller *teller)
{
	struct told_tree *tree = (struct told_tree *)teller;

	making_end(&tree->making);
	aggregates_free(&tree->merged);
	free(tree);
}

static int make_told(struct profiler *profiler, struct sampler *sampler, struct profile **ret)
{
	owns(profile_free) struct profile *profile = calloc(1, sizeof(*profile));
	struct told_tree *tree = calloc(1, sizeof(*tree));
	int r = 0;

	if (!profile || !tree) {
		free(tree);
		return -ENOMEM;
	}
	tree->teller = (struct profile_teller){ .tell = tell_tree, .end = told_tree_end };
	profile->teller = &tree->teller;
	tree->making = (struct making){ .profiler = profiler,
					.profile = profile,
					.sampler = sampler,
					.aggregates = &sampler->aggregates };
	if (profiler->options.is_wall) {
		tree->making.aggregates = &tree->merged;
		r = wall_merge(profiler, &sampler->aggregates, &tree->merged);
	}
	tree->making.count = tree->making.aggregates->items.count;
	if (r == 0)
		r = make(&tree->making);
	if (r < 0)
		return r;
	array_free(&profile->nodes);
	profile->min_share = 0;
	profile->hidden_rows = 0;
	*ret = give(profile);
	return 0;
}

static int add_profile(struct profiler *profiler, struct sampler *sampler,
		       struct profiles *profiles)
{
	owns(aggregates_free) struct aggregates merged = {};
	/* A list of pointers: that is what is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	struct profile **place = array_push(&profiles->items);
	int r = 0;

	if (!place)
		return -ENOMEM;
	if (profiler->options.is_told)
		return make_told(profiler, sampler, place);
	if (profiler->options.is_wall)
		r = wall_merge(profiler, &sampler->aggregates, &merged);
	if (r < 0)
		return r;
	return make_profile(profiler, sampler,
			    profiler->options.is_wall ? &merged : &sampler->aggregates, place);
}

static int finish(struct profiler *profiler)
{
	int r;

	if (profiler->is_finished)
		return 0;
	profiler->is_finished = true;
	if (profiler->options.is_wall_if_seen)
		profiler->options.is_wall = profiler->wall.is_seen;
	if (!profiler->has_ended)
		profiler->end_ns = profiler->now_ns;
	r = threads_finish(profiler);
	/* Nothing is added any more: the room is better used for what is made now. */
	stacks_seal(&profiler->stacks);
	for (size_t i = 0; i < profiler->samplers.count; i++)
		dense_free(&profiler->samplers.items[i].aggregates.index);
	if (profiler->options.is_told)
		dense_free(&profiler->wall.aggregates.index);
	return r;
}

/* Wall time is one: what the first sampler saw is spread over it. */
static int make_all(struct profiler *profiler, struct profiles *profiles)
{
	size_t count = profiler->samplers.count;
	int r = finish(profiler);

	if (r == 0 && !count)
		r = add_profile(profiler, &profiler->nobody, profiles);
	if (profiler->options.is_wall && count > 1)
		count = 1;
	for (size_t i = 0; i < count && r == 0; i++)
		r = add_profile(profiler, &profiler->samplers.items[i], profiles);
	return r;
}

int profiler_tree(struct profiler *profiler, struct profile **ret)
{
	struct sampler nobody = {};
	int r = finish(profiler);

	return r < 0 ? r : make_profile(profiler, &nobody, &profiler->wall.aggregates, ret);
}

void profiler_leave_out(struct profiler *profiler, double min_share)
{
	profiler->options.min_share = min_share;
}

void profiler_leave_waits(struct profiler *profiler)
{
	profiler->options.is_wall = false;
}

int profiler_profiles(struct profiler *profiler, struct profiles *ret, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r = make_all(profiler, &profiles);

	if (r < 0)
		return diag_set(why, r, "no memory left for the profile");
	*ret = profiles;
	profiles = (struct profiles){};
	return 0;
}
