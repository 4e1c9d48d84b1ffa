/* Which of them are alike? What an actor does to files that it treats alike is a lane; lanes of
 * different threads that do the same are one job. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/workload_state.h"

enum {
	SMALL_MAX = 16, /* fewer operations on a file do not tell how it is treated */
};

/* Which ways an operation goes. */
enum {
	DOES_READ = 1,
	DOES_WRITE = 2,
};

/* What must be the same. All of it is compared, byte for byte. */
struct signature {
	uint64_t sizes[WORKLOAD_DIRECTIONS];
	uint32_t name;
	uint32_t does;
	uint32_t access;
	uint16_t engine;
	uint16_t flags;
	int32_t syscall;
	uint16_t are_small;
	uint16_t is_synced;
};
_Static_assert(sizeof(struct signature) == 40, "no padding");

struct sorting {
	struct modeller *modeller;
	struct lanes *lanes;
	ARRAY(struct signature) signatures; /* beside the lanes */
	uint32_t *visits_of;                /* by actor: how many files it touched */
};

static uint32_t does_of(const struct visit *visit)
{
	uint64_t reads = visit->side[WORKLOAD_READ].count;
	uint64_t writes = visit->side[WORKLOAD_WRITE].count;

	/* One of two hundred is no mix: a header that is read before all is written. */
	return (reads * 200 >= writes && reads ? DOES_READ : 0) |
	       (writes * 200 >= reads && writes ? DOES_WRITE : 0);
}

static struct order_sums orders_of(const struct visit *visit)
{
	struct order_sums sums = {};

	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++) {
		struct order order = visit->side[i].order;

		order_end(&order);
		order_sums_merge(&sums, &order.sums);
	}
	return sums;
}

/* In the run of a job file: which job its file is of. */
static uint32_t name_of(const struct sorting *sorting, const struct visit *visit)
{
	struct modeller *modeller = sorting->modeller;
	const struct actor *actor = modeller->actors.items[visit->actor];
	const struct thread *thread = modeller->tasks.threads.items[actor->id.thread].thread;
	const struct file_known *file = modeller_file(modeller, visit->dev, visit->inode);

	if (modeller->options.is_run && file) {
		const char *text = names_text(&modeller->names, file->name);
		const char *slash = strrchr(text, '/');

		text = slash ? slash + 1 : text;
		return names_put(&modeller->names, text, strcspn(text, "."));
	}
	return thread ? thread->name_kind : 0;
}

static struct signature signature_of(const struct sorting *sorting, const struct visit *visit)
{
	const struct actor *actor = sorting->modeller->actors.items[visit->actor];
	const struct order_sums sums = orders_of(visit);
	struct signature signature = {
		.name = name_of(sorting, visit),
		.does = does_of(visit),
		.engine = actor->id.engine,
		.flags = actor->id.flags,
		.syscall = actor->id.syscall,
		.is_synced = visit->writes_a_sync.count > 0,
	};

	signature.are_small = visit->is_rest || (visit_operations(visit) < SMALL_MAX &&
						 sorting->visits_of[visit->actor] != 1);
	if (signature.are_small)
		return signature;
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++) {
		if (signature.does & (i == WORKLOAD_READ ? DOES_READ : DOES_WRITE))
			signature.sizes[i] = sizes_main(&visit->side[i].sizes);
	}
	signature.access = order_access(&sums);
	return signature;
}

/* --- lanes of one actor --- */

static int new_lane(struct sorting *sorting, const struct signature *signature, uint32_t actor,
		    struct lane **ret)
{
	struct signature *beside = array_push(&sorting->signatures);
	/* A list of pointers: that is what is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	struct lane **place = beside ? array_push(&sorting->lanes->items) : NULL;

	if (!place)
		return -ENOMEM;
	*beside = *signature;
	*place = calloc(1, sizeof(**place));
	if (!*place)
		return -ENOMEM;
	(*place)->actor = actor;
	(*place)->name = signature->name;
	(*place)->are_small = signature->are_small;
	*ret = *place;
	return 0;
}

static int get_lane(struct sorting *sorting, const struct visit *visit, size_t first,
		    struct lane **ret)
{
	const struct signature signature = signature_of(sorting, visit);

	/* Beside each lane stands its signature. */
	for (size_t i = first; i < sorting->signatures.count && i < sorting->lanes->items.count;
	     i++) {
		if (memcmp(&sorting->signatures.items[i], &signature, sizeof(signature)) == 0) {
			*ret = sorting->lanes->items.items[i];
			return 0;
		}
	}
	return new_lane(sorting, &signature, visit->actor, ret);
}

static int add_visit(struct sorting *sorting, uint32_t number, size_t first)
{
	const struct visit *visit = sorting->modeller->visits.items[number];
	struct lane *lane;
	int r = get_lane(sorting, visit, first, &lane);

	if (r < 0)
		return r;
	if (!hash_put(&lane->files, hash_pair(visit->dev, visit->inode)))
		return -ENOMEM;
	lane->visits++;
	lane->range_sum += visit->end - visit->begin;
	if (visit_operations(visit) > lane->busiest_count) {
		lane->busiest_count = visit_operations(visit);
		lane->busiest = number;
	}
	return visit_merge(&lane->sum, visit);
}

static int merge_paces(struct lane *lane, const struct histogram *pauses,
		       const struct histogram *intervals)
{
	int r = histograms_merge(&lane->pauses, pauses);

	return r < 0 ? r : histograms_merge(&lane->intervals, intervals);
}

static int tell_pace(struct sorting *sorting, const struct actor *actor, struct lane *lane,
		     bool is_alone)
{
	lane->actors = 1;
	lane->is_alone = is_alone;
	lane->pace = actor->pace.sums;
	lane->first_ns = actor->first_ns;
	lane->last_ns = actor->last_ns;
	lane->active_ns = actor->last_ns - actor->first_ns;
	return merge_paces(lane, actor->pace.pauses, actor->pace.intervals);
}

static int add_actor(struct sorting *sorting, const struct actor *actor)
{
	const struct modeller *modeller = sorting->modeller;
	size_t first = sorting->lanes->items.count;
	int r = 0;

	for (uint32_t i = 0; i < modeller->visits.count && r == 0; i++) {
		const struct visit *visit = modeller->visits.items[i];

		if (visit && visit->actor == actor->number && visit_operations(visit))
			r = add_visit(sorting, i, first);
	}
	for (size_t i = first; i < sorting->lanes->items.count && r == 0; i++)
		r = tell_pace(sorting, actor, sorting->lanes->items.items[i],
			      sorting->lanes->items.count - first == 1);
	return r;
}

static int count_visits(struct sorting *sorting)
{
	const struct modeller *modeller = sorting->modeller;

	sorting->visits_of = calloc(modeller->actors.count + 1, sizeof(*sorting->visits_of));
	if (!sorting->visits_of)
		return -ENOMEM;
	for (size_t i = 0; i < modeller->visits.count; i++) {
		const struct visit *visit = modeller->visits.items[i];

		if (visit && visit_operations(visit))
			sorting->visits_of[visit->actor]++;
	}
	return 0;
}

/* --- lanes of different actors --- */

static void merge_pace(struct pace_sums *into, const struct pace_sums *from)
{
	for (size_t i = 0; i <= DEPTHS_MAX; i++) {
		into->at_depth[i] += from->at_depth[i];
		into->peaks[i] += from->peaks[i];
	}
	into->calls += from->calls;
	into->submitted += from->submitted;
	if (from->batch_max > into->batch_max)
		into->batch_max = from->batch_max;
	if (from->depth_max > into->depth_max)
		into->depth_max = from->depth_max;
	into->rounds += from->rounds;
	into->taken += from->taken;
	into->pauses += from->pauses;
	into->pause_ns += from->pause_ns;
	scatter_merge(&into->pause_apart, &from->pause_apart);
	into->intervals += from->intervals;
	into->interval_squares += from->interval_squares;
	into->interval_pairs += from->interval_pairs;
	into->late += from->late;
}

static int merge_files(struct lane *into, const struct lane *from)
{
	for (size_t i = 0; i < from->files.capacity; i++) {
		if (from->files.slots[i].used && !hash_put(&into->files, from->files.slots[i].key))
			return -ENOMEM;
	}
	return 0;
}

static int merge_lane(struct lane *into, const struct lane *from)
{
	int r = visit_merge(&into->sum, &from->sum);

	if (r == 0)
		r = merge_files(into, from);
	if (r < 0)
		return r;
	into->actors += from->actors;
	into->visits += from->visits;
	into->is_alone &= from->is_alone;
	into->range_sum += from->range_sum;
	into->active_ns += from->active_ns;
	if (from->first_ns < into->first_ns)
		into->first_ns = from->first_ns;
	if (from->last_ns > into->last_ns)
		into->last_ns = from->last_ns;
	if (from->busiest_count > into->busiest_count) {
		into->busiest_count = from->busiest_count;
		into->busiest = from->busiest;
	}
	merge_pace(&into->pace, &from->pace);
	return merge_paces(into, from->pauses, from->intervals);
}

static double reads_share(const struct lane *lane)
{
	uint64_t all = visit_operations(&lane->sum);

	return all ? (double)lane->sum.side[WORKLOAD_READ].count / (double)all : 0;
}

static bool is_near(double a, double b)
{
	return a <= b * 1.25 + 0.5 && b <= a * 1.25 + 0.5;
}

/* Do they do the same, as far as fio could tell them apart? */
static bool are_alike(const struct sorting *sorting, size_t a, size_t b)
{
	const struct lane *one = sorting->lanes->items.items[a];
	const struct lane *other = sorting->lanes->items.items[b];
	double reads = reads_share(one) - reads_share(other);

	if (memcmp(&sorting->signatures.items[a], &sorting->signatures.items[b],
		   sizeof(struct signature)) != 0)
		return false;
	/* The clones of a job can wait for one another at times, but they are one job. */
	if (sorting->modeller->options.is_run)
		return true;
	return reads < 0.1 && reads > -0.1 &&
	       is_near(pace_depth(&one->pace), pace_depth(&other->pace)) &&
	       is_near(one->sum.writes_a_sync.mean, other->sum.writes_a_sync.mean);
}

static void free_lane(struct lane *lane)
{
	if (!lane)
		return;
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++)
		free(lane->sum.side[i].latency);
	free(lane->sum.sync_latency);
	free(lane->pauses);
	free(lane->intervals);
	hash_free(&lane->files);
	free(lane);
}

static int join(struct sorting *sorting)
{
	struct lanes *lanes = sorting->lanes;
	size_t kept = 0;

	for (size_t i = 0; i < lanes->items.count; i++) {
		struct lane *lane = lanes->items.items[i];
		size_t k = 0;
		int r = 0;

		while (k < kept && !are_alike(sorting, k, i))
			k++;
		lanes->items.items[i] = NULL;
		if (k < kept) {
			r = merge_lane(lanes->items.items[k], lane);
			free_lane(lane);
		} else {
			sorting->signatures.items[kept] = sorting->signatures.items[i];
			lanes->items.items[kept++] = lane;
		}
		if (r < 0)
			return r;
	}
	lanes->items.count = kept;
	return 0;
}

int lanes_make(struct modeller *modeller, struct lanes **ret)
{
	owns(workload_lanes_free) struct lanes *lanes = calloc(1, sizeof(*lanes));
	struct sorting sorting = { .modeller = modeller, .lanes = lanes };
	int r = lanes ? count_visits(&sorting) : -ENOMEM;

	for (size_t i = 0; i < modeller->actors.count && r == 0; i++)
		r = add_actor(&sorting, modeller->actors.items[i]);
	if (r == 0)
		r = join(&sorting);
	array_free(&sorting.signatures);
	free(sorting.visits_of);
	if (r < 0)
		return r;
	*ret = give(lanes);
	return 0;
}

void workload_lanes_free(struct lanes **lanes)
{
	struct lanes *old = *lanes;

	*lanes = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->items.count; i++)
		free_lane(old->items.items[i]);
	array_free(&old->items);
	free(old);
}
