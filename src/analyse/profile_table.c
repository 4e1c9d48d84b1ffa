/* Which functions is the time in? One row for each combination of the keys; a sample counts once in
 * a row's total, however often the function recurs in it. */
#include <errno.h>
#include <string.h>

#include "analyse/profile_state.h"

/* Where the row of a function is, within one group. */
struct cell {
	uint32_t group; /* its number, from 1 on; another: it was not met in this one */
	uint32_t sum;
};

struct table {
	struct making *making;
	struct sums sums;
	uint32_t *items;    /* by function */
	struct cell *cells; /* by function */
	uint32_t groups;
	uint32_t nowhere; /* function that a sample without any stack is in */
};

static bool has(const struct table *table, enum profile_key key)
{
	return table->making->keys[key];
}

/* What of a function tells rows apart is a function itself. */
static int find_items(struct table *table)
{
	struct stacks *stacks = &table->making->profiler->stacks;
	const struct function nowhere = { .kind = FRAME_USER };
	size_t count;
	int r = stacks_function(stacks, &nowhere, &table->nowhere);

	count = stacks->functions.count;
	table->items = calloc(count, sizeof(*table->items));
	if (r < 0 || !table->items)
		return -ENOMEM;
	for (size_t i = 0; i < count && r == 0; i++) {
		struct function item = stacks->functions.items[i];

		/* Of a function that is told apart as a whole it is known already. */
		item.place = 0;
		if (!has(table, PROFILE_SYMBOL))
			item.name = 0;
		if (!has(table, PROFILE_DSO))
			item.module = 0;
		if (!has(table, PROFILE_SYMBOL) && !has(table, PROFILE_DSO))
			item.kind = 0;
		r = stacks_function(stacks, &item, &table->items[i]);
	}
	table->cells = calloc(count, sizeof(*table->cells));
	return table->cells ? r : -ENOMEM;
}

static uint64_t sum_hash(const void *list, uint32_t item)
{
	const struct sums *sums = list;
	const struct sum *sum = &sums->items.items[item];

	return hash_pair(sum->group, sum->item);
}

/* The row, made when it is new. */
static int get_sum(struct sums *sums, uint32_t group, uint32_t item, uint32_t *ret)
{
	struct sum *sum;
	size_t place;

	if (dense_reserve(&sums->index, sum_hash, sums) < 0)
		return -ENOMEM;
	place = dense_begin(&sums->index, hash_pair(group, item));
	for (; sums->index.slots[place]; place = dense_next(&sums->index, place)) {
		*ret = sums->index.slots[place] - 1;
		if (sums->items.items[*ret].group == group && sums->items.items[*ret].item == item)
			return 0;
	}
	sum = array_push(&sums->items);
	if (!sum)
		return -ENOMEM;
	*ret = (uint32_t)sums->items.count - 1;
	sum->group = group;
	sum->item = item;
	dense_put(&sums->index, place, *ret);
	return 0;
}

/* The row of a function that is met in the group for the first time. */
static int meet(struct table *table, uint32_t comm, uint32_t function)
{
	const struct making *making = table->making;
	struct cell cell = { .group = table->groups };
	uint32_t group = 0;

	if (has(table, PROFILE_COMM) || has(table, PROFILE_POOL))
		group = making_group(making, comm);
	if (get_sum(&table->sums, group, table->items[function], &cell.sum) < 0)
		return -ENOMEM;
	if (has(table, PROFILE_POOL))
		table->sums.items.items[cell.sum].pool = making->pools[comm];
	table->cells[function] = cell;
	return 0;
}

static inline int find_sum(struct table *table, const struct aggregate *aggregate,
			   uint32_t function, struct sum **ret)
{
	const struct cell *cell = &table->cells[function];

	if (cell->group != table->groups && meet(table, aggregate->comm, function) < 0)
		return -ENOMEM;
	*ret = &table->sums.items.items[cell->sum];
	return 0;
}

static inline int add_total(struct table *table, const struct aggregate *aggregate, uint32_t stamp,
			    uint32_t function)
{
	struct sum *sum;

	if (find_sum(table, aggregate, function, &sum) < 0)
		return -ENOMEM;
	if (sum->stamp == stamp)
		return 0;
	sum->stamp = stamp;
	sum->total += aggregate->weight;
	sum->total_samples += aggregate->samples;
	return 0;
}

static int add_aggregate(struct table *table, const struct aggregate *aggregate, uint32_t stamp)
{
	const struct stacks *stacks = &table->making->profiler->stacks;
	const uint32_t contents[] = { aggregate->user, aggregate->kernel };
	uint32_t innermost = table->nowhere, count;
	struct sum *sum;

	for (size_t part = 0; part < array_count(contents); part++) {
		const uint32_t *frames = stacks_frames(stacks, contents[part], &count);

		for (uint32_t i = 0; i < count; i++) {
			if (add_total(table, aggregate, stamp, frames[i]) < 0)
				return -ENOMEM;
		}
		if (count)
			innermost = frames[count - 1];
	}
	if (add_total(table, aggregate, stamp, innermost) < 0 ||
	    find_sum(table, aggregate, innermost, &sum) < 0)
		return -ENOMEM;
	sum->self += aggregate->weight;
	sum->self_samples += aggregate->samples;
	return 0;
}

/*
 * Those of one group lie far apart: what is needed of them is asked for while others are counted,
 * each piece when the one that leads to it has come.
 */
prefetcher look_ahead(const struct table *table, size_t next)
{
	const struct making *making = table->making;
	const struct stacks *stacks = &making->profiler->stacks;
	const struct aggregate *items = making->aggregates->items.items, *aggregate;

	if (next + 3 * STACK_AHEAD < making->count)
		__builtin_prefetch(&items[making->order[next + 3 * STACK_AHEAD]]);
	if (next + 2 * STACK_AHEAD < making->count) {
		aggregate = &items[making->order[next + 2 * STACK_AHEAD]];
		stacks_prefetch_content(stacks, aggregate->user);
		stacks_prefetch_content(stacks, aggregate->kernel);
	}
	if (next + STACK_AHEAD < making->count) {
		aggregate = &items[making->order[next + STACK_AHEAD]];
		stacks_prefetch(stacks, aggregate->user);
		stacks_prefetch(stacks, aggregate->kernel);
	}
}

/* Group by group, so that a row is found by its item alone. */
static int add_all(struct table *table)
{
	const struct making *making = table->making;
	const struct aggregate *items = making->aggregates->items.items;
	bool is_grouped = has(table, PROFILE_COMM) || has(table, PROFILE_POOL);
	uint32_t group = UINT32_MAX;
	int r = 0;

	for (size_t i = 0; i < making->count && r == 0; i++) {
		const struct aggregate *aggregate = &items[making->order[i]];
		uint32_t next = is_grouped ? making_group(making, aggregate->comm) : 0;

		look_ahead(table, i);
		if (next != group)
			table->groups++;
		group = next;
		r = add_aggregate(table, aggregate, (uint32_t)i + 1);
	}
	return r;
}

static int compare_names(const struct making *making, uint32_t one, uint32_t other)
{
	const struct names *names = &making->profiler->names;

	return one == other ? 0 : strcmp(names_text(names, one), names_text(names, other));
}

static int compare_sums(const void *left, const void *right, void *context)
{
	const struct sum *a = left, *b = right;
	const struct making *making = context;
	int order;

	if (a->self != b->self)
		return a->self > b->self ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	order = compare_names(making, a->group, b->group);
	return order ? order : making_compare(making, a->item, b->item);
}

/* Most rows are too small to show: they need not be put in order. */
static void hide_small(struct table *table)
{
	struct profile *profile = table->making->profile;
	double least = profile->min_share * (double)profile->amount;
	struct sum *sums = table->sums.items.items;
	size_t kept = 0;

	for (size_t i = 0; i < table->sums.items.count; i++) {
		if ((double)sums[i].total >= least)
			sums[kept++] = sums[i];
		else
			profile->hidden_rows++;
	}
	table->sums.items.count = kept;
}

static int tell_row(struct table *table, const struct sum *sum)
{
	struct making *making = table->making;
	struct profile *profile = making->profile;
	double amount = profile->amount ? (double)profile->amount : 1;
	struct profile_row row = {
		.threads = UINT32_MAX,
		.pool = UINT32_MAX,
		.frame = UINT32_MAX,
		.self = sum->self,
		.total = sum->total,
		.self_samples = sum->self_samples,
		.total_samples = sum->total_samples,
		.self_share = (double)sum->self / amount,
		.total_share = (double)sum->total / amount,
	};
	struct profile_row *place;
	int r = 0;

	if (has(table, PROFILE_COMM) || has(table, PROFILE_POOL))
		r = making_threads(making, sum->group, &row.threads);
	if (r == 0 && has(table, PROFILE_POOL))
		r = making_threads(making, sum->pool, &row.pool);
	if (r == 0 && (has(table, PROFILE_DSO) || has(table, PROFILE_SYMBOL)))
		r = making_frame(making, sum->item, &row.frame);
	place = r == 0 ? array_push(&profile->rows) : NULL;
	if (!place)
		return -ENOMEM;
	*place = row;
	return 0;
}

/* Add the aggregates to the rows. */
static int fill(struct table *table)
{
	int r = find_items(table);

	/* Aggregates that were counted before have had the same stamps. */
	for (size_t i = 0; i < table->sums.items.count; i++)
		table->sums.items.items[i].stamp = 0;
	if (r == 0)
		r = add_all(table);
	free(table->items);
	free(table->cells);
	return r;
}

static int tell_rows(struct table *table)
{
	struct sums *sums = &table->sums;
	int r = 0;

	hide_small(table);
	if (sums->items.count)
		qsort_r(sums->items.items, sums->items.count, sizeof(*sums->items.items),
			compare_sums, table->making);
	for (size_t i = 0; i < sums->items.count && r == 0; i++)
		r = tell_row(table, &sums->items.items[i]);
	return r;
}

static void sums_free(struct sums *sums)
{
	array_free(&sums->items);
	dense_free(&sums->index);
}

/* What was forgotten is where each profile begins. */
static int begin_with(const struct folded *folded, struct sums *sums)
{
	uint32_t place;
	int r = 0;

	for (size_t i = 0; i < folded->sums.items.count && r == 0; i++) {
		const struct sum *sum = &folded->sums.items.items[i];

		r = get_sum(sums, sum->group, sum->item, &place);
		if (r == 0)
			sums->items.items[place] = *sum;
	}
	return r;
}

int table_make(struct making *making)
{
	struct table table = { .making = making };
	int r = making->folded ? begin_with(making->folded, &table.sums) : 0;

	if (r == 0)
		r = fill(&table);
	if (r == 0)
		r = tell_rows(&table);
	sums_free(&table.sums);
	return r;
}

int table_fold(struct making *making)
{
	struct table table = { .making = making, .sums = making->folded->sums };
	int r = fill(&table);

	making->folded->sums = table.sums;
	return r;
}
