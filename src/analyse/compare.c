/* What got slower between two sides? Amounts by kind and name, and which of their differences are
 * more than chance. */
#include "analyse/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analyse/welch.h"
#include "base/hash.h"

enum side {
	BEFORE,
	AFTER,
	SIDES,
};

enum {
	BATCHES = 16, /* of a run's slices: long enough that neighbours do not matter much */
	BATCHES_MIN = 8,
};

/* What is less than this of its run's time is taken as nothing. */
#define SHARE_KEPT 0.001

/* One thing that has an amount in each run. */
struct cell {
	struct change change;
	double ns[SIDES][COMPARE_RUNS_MAX];
	struct mean_spread single[SIDES]; /* of the only run of a side */
};

struct work {
	const struct runs *sides[SIDES];
	bool is_rate;
	ARRAY(struct cell) cells;
	struct hash_map by_name;
};

/* Where an amount belongs. */
struct place {
	enum side side;
	size_t run;
};

static void work_end(struct work *work)
{
	array_free(&work->cells);
	hash_free(&work->by_name);
}

/* --- the amounts of one run --- */

/* What a nanosecond of the run counts. */
static double scale_of(const struct work *work, const struct verdict *verdict)
{
	if (!work->is_rate)
		return 1;
	return verdict->window_ns ? 1e9 / (double)verdict->window_ns : 0;
}

static struct cell *get_cell(struct work *work, enum change_kind kind, const char *name,
			     const char *detail)
{
	struct change change = { .kind = kind };
	uint64_t key, *index;
	struct cell *cell;

	(void)snprintf(change.name, sizeof(change.name), "%s", name);
	(void)snprintf(change.detail, sizeof(change.detail), "%s", detail);
	key = hash_pair(kind, hash_pair(XXH3_64bits(change.name, strlen(change.name)),
					XXH3_64bits(change.detail, strlen(change.detail))));
	index = hash_find(&work->by_name, key);
	if (index)
		return &work->cells.items[*index];
	index = hash_put(&work->by_name, key);
	cell = index ? array_push(&work->cells) : NULL;
	if (!cell)
		return NULL;
	*index = work->cells.count - 1;
	cell->change = change;
	return cell;
}

/* Several amounts of one name add up, and so do their variances. */
static int add(struct work *work, struct place place, const struct change *what, double ns,
	       struct mean_spread spread)
{
	struct cell *cell = get_cell(work, what->kind, what->name, what->detail);
	struct mean_spread *single;
	bool is_first;

	if (!cell)
		return -ENOMEM;
	single = &cell->single[place.side];
	is_first = !cell->ns[place.side][place.run];
	cell->ns[place.side][place.run] += ns;
	single->is_known = spread.is_known && (is_first || single->is_known);
	single->variance += spread.variance;
	single->freedom = spread.freedom;
	return 0;
}

static struct change named(enum change_kind kind, const char *name, const char *detail)
{
	struct change change = { .kind = kind };

	(void)snprintf(change.name, sizeof(change.name), "%s", name);
	(void)snprintf(change.detail, sizeof(change.detail), "%s", detail);
	return change;
}

static bool is_of_cpu(enum cause cause)
{
	return cause == CAUSE_CPU_USER || cause == CAUSE_CPU_KERNEL;
}

/* What user and kernel time are is only known when a run ends: in slices they are one. */
static uint64_t slice_ns(const struct cause_slices *slices, size_t i, enum cause cause)
{
	return is_of_cpu(cause) ? slices->ns[i][CAUSE_CPU_USER] + slices->ns[i][CAUSE_CPU_KERNEL]
				: slices->ns[i][cause];
}

/* How the cause's time would differ from run to run if each were made of such parts as this one:
 * from the sums of a few long stretches of it. part_ns of the cause's time are asked for. */
static struct mean_spread spread_of(const struct verdict *verdict, enum cause cause, double part_ns)
{
	const struct cause_slices *slices = &verdict->slices;
	size_t batches = slices->count < BATCHES ? slices->count : BATCHES;
	double sums[BATCHES] = {}, mean = 0, squares = 0, all = 0;
	size_t each = batches ? slices->count / batches : 0;

	if (batches < BATCHES_MIN)
		return (struct mean_spread){};
	for (size_t i = 0; i < batches * each; i++)
		sums[i / each] += (double)slice_ns(slices, i, cause);
	for (size_t i = 0; i < batches; i++)
		all += sums[i];
	mean = all / (double)batches;
	for (size_t i = 0; i < batches; i++)
		squares += (sums[i] - mean) * (sums[i] - mean);
	if (!all)
		return (struct mean_spread){ .is_known = true, .freedom = (double)(batches - 1) };
	return (struct mean_spread){
		.is_known = true,
		.variance = (double)batches * squares / (double)(batches - 1) * (part_ns / all) *
			    (part_ns / all),
		.freedom = (double)(batches - 1),
	};
}

static int add_finding(struct work *work, struct place place, const struct verdict *verdict,
		       const struct finding *finding)
{
	const double scale = scale_of(work, verdict);
	const double ns = (double)finding->ns * scale;
	const struct mean_spread spread = spread_of(verdict, finding->cause, ns);
	const char *id = cause_id(finding->cause);
	struct change cause = named(CHANGE_CAUSE, id, cause_title(finding->cause));
	struct change subject = named(CHANGE_SUBJECT, finding->subject.name, id);
	int r;

	if (!finding->ns)
		return 0;
	r = add(work, place, &cause, ns, spread);
	if (r < 0 || is_of_cpu(finding->cause) || finding->share < SHARE_KEPT)
		return r;
	return add(work, place, &subject, ns, spread);
}

static int add_verdict(struct work *work, struct place place, const struct verdict *verdict)
{
	const double scale = scale_of(work, verdict);
	const struct change time = named(CHANGE_TIME, verdict->base_words, "");
	const struct change unknown = named(CHANGE_CAUSE, "unknown", "not attributed");
	struct mean_spread all = { .is_known = true };
	int r = 0;

	for (size_t i = 0; i < verdict->findings.count && r == 0; i++) {
		const struct finding *finding = &verdict->findings.items[i];
		struct mean_spread one =
			spread_of(verdict, finding->cause, (double)finding->ns * scale);

		all.is_known &= one.is_known;
		all.variance += one.variance;
		all.freedom = one.freedom;
		r = add_finding(work, place, verdict, finding);
	}
	if (r == 0)
		r = add(work, place, &time, (double)verdict->base_ns * scale, all);
	if (r == 0 && verdict->unknown_ns)
		r = add(work, place, &unknown, (double)verdict->unknown_ns * scale,
			(struct mean_spread){});
	return r;
}

static int add_functions(struct work *work, struct place place, const struct run *run)
{
	const struct profile *profile = run->profile;
	const double scale = scale_of(work, run->verdict);
	int r = 0;

	for (size_t i = 0; i < profile->rows.count && r == 0; i++) {
		const struct profile_row *row = &profile->rows.items[i];
		const struct profile_frame *frame = &profile->frames.items[row->frame];
		const struct change what =
			named(CHANGE_FUNCTION, frame->name[0] ? frame->name : "[unknown]",
			      frame->module[0] ? frame->module : "[kernel]");
		double ns = (double)row->self * scale;

		if (!row->self_samples || row->self_share < SHARE_KEPT)
			continue;
		/* Samples are counts of events that come by chance. */
		r = add(work, place, &what, ns,
			(struct mean_spread){ .is_known = true,
					      .variance = ns * ns / (double)row->self_samples });
	}
	return r;
}

static int add_pools(struct work *work, struct place place, const struct run *run)
{
	const double scale = scale_of(work, run->verdict);
	int r = 0;

	for (size_t i = 0; i < run->profile->pools.count && r == 0; i++) {
		const struct profile_pool *pool = &run->profile->pools.items[i];
		const struct change what = named(CHANGE_POOL, pool->name, "");
		double ns = (double)pool->run_ns * scale;

		if (pool->run_ns)
			r = add(work, place, &what, ns,
				spread_of(run->verdict, CAUSE_CPU_USER, ns));
	}
	return r;
}

static bool has_time(const struct run *run)
{
	return run->profile && run->profile->unit == PROFILE_NS && run->profile->amount;
}

static int add_run(struct work *work, struct place place)
{
	const struct run *run = &work->sides[place.side]->items[place.run];
	int r = add_verdict(work, place, run->verdict);

	if (r == 0 && has_time(run))
		r = add_functions(work, place, run);
	if (r == 0 && run->profile)
		r = add_pools(work, place, run);
	return r;
}

/* --- which differences are more than chance --- */

/* Of the mean of a side. */
static struct mean_spread side_spread(const struct cell *cell, enum side side, size_t count)
{
	return count == 1 ? cell->single[side] : mean_spread_of(cell->ns[side], count);
}

/* What is not there at all in a single run says nothing of how much it could have been. */
static bool is_absent(const struct cell *cell, enum side side, size_t count)
{
	return count == 1 && !cell->ns[side][0];
}

static bool chance_of(const struct work *work, const struct cell *cell, double *ret_ns)
{
	struct mean_spread sides[SIDES];

	for (enum side side = BEFORE; side < SIDES; side++) {
		size_t count = work->sides[side]->count;

		sides[side] = side_spread(cell, side, count);
		if (is_absent(cell, side, count))
			sides[side] = (struct mean_spread){ .is_known = true };
		if (!sides[side].is_known)
			return false;
	}
	*ret_ns = welch_chance(&sides[BEFORE], &sides[AFTER]);
	return true;
}

static bool is_single(const struct work *work)
{
	return work->sides[BEFORE]->count == 1 || work->sides[AFTER]->count == 1;
}

static double least_share(const struct work *work)
{
	return is_single(work) ? COMPARE_SHARE_MIN_SINGLE : COMPARE_SHARE_MIN;
}

static void judge(const struct work *work, struct cell *cell, double time_ns)
{
	struct change *change = &cell->change;
	double difference;
	bool is_known;

	change->before_ns = mean_of(cell->ns[BEFORE], work->sides[BEFORE]->count);
	change->after_ns = mean_of(cell->ns[AFTER], work->sides[AFTER]->count);
	difference = change->after_ns - change->before_ns;
	change->share = time_ns > 0 ? difference / time_ns : 0;
	is_known = chance_of(work, cell, &change->chance_ns);
	change->is_chance_known = is_known;
	change->is_certain = is_known && fabs(difference) > change->chance_ns &&
			     fabs(change->share) >= least_share(work);
}

/* --- the comparison --- */

static int compare_changes(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	double a_ns = fabs(a->after_ns - a->before_ns), b_ns = fabs(b->after_ns - b->before_ns);
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->is_certain != b->is_certain)
		return a->is_certain ? -1 : 1;
	if (a_ns != b_ns)
		return a_ns > b_ns ? -1 : 1;
	order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->detail, b->detail);
}

static double time_before(const struct work *work)
{
	double ns = 0;

	for (size_t i = 0; i < work->cells.count; i++) {
		if (work->cells.items[i].change.kind == CHANGE_TIME)
			ns += mean_of(work->cells.items[i].ns[BEFORE], work->sides[BEFORE]->count);
	}
	return ns;
}

static int list_changes(struct work *work, struct comparison *comparison)
{
	double time_ns = time_before(work);

	for (size_t i = 0; i < work->cells.count; i++) {
		struct change *change;

		judge(work, &work->cells.items[i], time_ns);
		change = array_push(&comparison->changes);
		if (!change)
			return -ENOMEM;
		*change = work->cells.items[i].change;
	}
	if (comparison->changes.count)
		qsort(comparison->changes.items, comparison->changes.count,
		      sizeof(*comparison->changes.items), compare_changes);
	return 0;
}

static int list_runs(const struct work *work, enum side side, struct comparison *comparison)
{
	for (size_t i = 0; i < work->sides[side]->count; i++) {
		const struct run *run = &work->sides[side]->items[i];
		struct compared_run *told = side == BEFORE ? array_push(&comparison->before)
							   : array_push(&comparison->after);

		if (!told)
			return -ENOMEM;
		told->path = strdup(run->path);
		if (!told->path)
			return -ENOMEM;
		memcpy(told->name, run->verdict->name, sizeof(told->name));
		told->window_ns = run->verdict->window_ns;
		told->time_ns = (double)run->verdict->base_ns * scale_of(work, run->verdict);
		told->lost_events = run->verdict->lost_events;
	}
	return 0;
}

/* Did a command do all of its work? */
static bool is_whole(const struct verdict *verdict)
{
	return verdict->target == TARGET_COMMAND && verdict->has_exit_status &&
	       !verdict->was_interrupted;
}

static bool has_any(const struct work *work, bool (*is)(const struct run *run))
{
	for (enum side side = BEFORE; side < SIDES; side++) {
		for (size_t i = 0; i < work->sides[side]->count; i++) {
			if (is(&work->sides[side]->items[i]))
				return true;
		}
	}
	return false;
}

static bool is_unfinished(const struct run *run)
{
	return !is_whole(run->verdict);
}

static bool has_losses(const struct run *run)
{
	return run->verdict->lost_events > 0;
}

static bool lacks_samples(const struct run *run)
{
	return !has_time(run);
}

static bool is_command(const struct run *run)
{
	return run->verdict->target == TARGET_COMMAND;
}

static bool is_no_command(const struct run *run)
{
	return !is_command(run);
}

static bool has_other_name(const struct work *work)
{
	const char *name = work->sides[BEFORE]->items[0].verdict->name;

	for (enum side side = BEFORE; side < SIDES; side++) {
		for (size_t i = 0; i < work->sides[side]->count; i++) {
			if (strcmp(work->sides[side]->items[i].verdict->name, name) != 0)
				return true;
		}
	}
	return false;
}

static int add_notes(const struct work *work, struct comparison *comparison)
{
	int r = 0;

	if (is_single(work))
		r = text_add(&comparison->notes,
			     "with one run on a side nobody knows how much such runs differ by "
			     "chance: only differences of at least %.0f %% of the time are called "
			     "certain; give several runs of each side (A1 A2 A3 -- B1 B2 B3)",
			     100 * COMPARE_SHARE_MIN_SINGLE);
	if (r == 0 && has_any(work, is_command) && work->is_rate)
		r = text_add(&comparison->notes,
			     "a command was watched but not to its end: amounts are in each second "
			     "of the watch");
	if (r == 0 && has_any(work, has_losses))
		r = text_add(&comparison->notes,
			     "events were lost in some runs: their amounts are too low");
	if (r == 0 && has_any(work, lacks_samples))
		r = text_add(&comparison->notes,
			     "functions are not compared: not all runs have samples of time");
	if (r == 0 && has_other_name(work))
		r = text_add(&comparison->notes, "the runs are not all of one target");
	return r;
}

/* A function that only one side could show would look like a change. */
static void drop_functions(struct work *work)
{
	size_t kept = 0;

	if (!has_any(work, lacks_samples))
		return;
	for (size_t i = 0; i < work->cells.count; i++) {
		if (work->cells.items[i].change.kind != CHANGE_FUNCTION)
			work->cells.items[kept++] = work->cells.items[i];
	}
	work->cells.count = kept;
}

static void suggest(struct comparison *comparison)
{
	const char *before, *after;

	if (!comparison->before.count || !comparison->after.count)
		return;
	before = comparison->before.items[0].path;
	after = comparison->after.items[0].path;
	for (size_t i = 0; i < comparison->changes.count; i++) {
		const struct change *change = &comparison->changes.items[i];

		if (change->kind != CHANGE_CAUSE || !change->is_certain)
			continue;
		if (is_of_cpu(cause_find(change->name)))
			(void)snprintf(comparison->next_command, sizeof(comparison->next_command),
				       "slowpath cpu -i %.48s --before %.48s --flame change.svg",
				       after, before);
		else
			(void)snprintf(comparison->next_command, sizeof(comparison->next_command),
				       "slowpath -i %.100s", after);
		return;
	}
}

static int make(struct work *work, struct comparison *comparison)
{
	int r = 0;

	for (enum side side = BEFORE; side < SIDES && r == 0; side++) {
		for (size_t i = 0; i < work->sides[side]->count && r == 0; i++)
			r = add_run(work, (struct place){ side, i });
		if (r == 0)
			r = list_runs(work, side, comparison);
	}
	drop_functions(work);
	if (r == 0)
		r = list_changes(work, comparison);
	if (r == 0)
		r = add_notes(work, comparison);
	if (r == 0)
		suggest(comparison);
	return r;
}

int compare_runs(const struct runs *before, const struct runs *after, struct comparison **ret,
		 struct diag *why)
{
	owns(work_end) struct work work = { .sides = { before, after } };
	owns(comparison_free) struct comparison *comparison = calloc(1, sizeof(*comparison));

	if (!comparison)
		return diag_set(why, -ENOMEM, "out of memory");
	if (has_any(&work, is_command) && has_any(&work, is_no_command))
		return diag_set(why, -EINVAL,
				"runs of a command and watches of processes or of the machine "
				"cannot be compared: they do not count the same time");
	work.is_rate = has_any(&work, is_unfinished);
	comparison->is_rate = work.is_rate;
	comparison->least_share = least_share(&work);
	memcpy(comparison->base_words, before->items[0].verdict->base_words,
	       sizeof(comparison->base_words));
	if (make(&work, comparison) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	*ret = give(comparison);
	return 0;
}
