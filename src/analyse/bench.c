/* How do targets compare under the same load? The rounds of each are added up, then each is held
 * against the fastest. */
#include "analyse/bench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/bench_words.h"
#include "analyse/welch.h"
#include "finding/format.h"

/* What fio's CPU time may differ by between the watch and wait(2): the child before its exec, and
 * what each rounds. */
#define COUNTED_SHARE 0.02
#define COUNTED_NS    10000000

/* Less of what was read came from a device: caches are worth a note. */
#define DEVICE_SHARE_MIN 0.9
#define ARC_HITS_MAX     0.1

#define GIB (double)(UINT64_C(1) << 30)

/* One target under a case: what is added up, beside what already stands in its row. */
struct cell {
	ARRAY(double) bytes_per_s; /* of each round */
	double ops_per_s;          /* the sum */
	struct fio_flow flows[BENCH_WAYS];
	uint64_t read_bytes;
	uint64_t device_bytes;
	uint64_t arc_hits;
	uint64_t arc_misses;
	bool is_unwatched; /* some round was */
	struct verdict *verdict;
	struct profile *profile;
	uint64_t watched_ops;
};

struct bencher {
	struct bench *report;
	struct cell *cells; /* cases × BENCH_TARGETS_MAX */
};

int bencher_new(struct bench **report, struct bencher **ret)
{
	struct bencher *bencher = calloc(1, sizeof(*bencher));

	if (bencher)
		bencher->cells = calloc((*report)->cases.count * BENCH_TARGETS_MAX + 1,
					sizeof(*bencher->cells));
	if (!bencher || !bencher->cells) {
		free(bencher);
		return -ENOMEM;
	}
	bencher->report = give(*report);
	*ret = bencher;
	return 0;
}

static void free_cell(struct cell *cell)
{
	array_free(&cell->bytes_per_s);
	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS; way++)
		array_free(&cell->flows[way].bins);
	verdict_free(&cell->verdict);
	profile_free(&cell->profile);
}

void bencher_free(struct bencher **bencher)
{
	struct bencher *old = *bencher;

	*bencher = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->report->cases.count * BENCH_TARGETS_MAX; i++)
		free_cell(&old->cells[i]);
	free(old->cells);
	bench_free(&old->report);
	free(old);
}

static struct cell *cell_of(const struct bencher *bencher, size_t which, size_t target)
{
	return &bencher->cells[which * BENCH_TARGETS_MAX + target];
}

/* --- adding a round --- */

static void add_bounded(uint64_t *sum, uint64_t value)
{
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = UINT64_MAX;
}

static int get_pool(struct bench_row *row, const struct profile_pool *pool, struct bench_pool **ret)
{
	for (size_t i = 0; i < row->pools.count; i++) {
		*ret = &row->pools.items[i];
		if ((*ret)->is_kernel == pool->is_kernel && strcmp((*ret)->name, pool->name) == 0)
			return 0;
	}
	*ret = array_push(&row->pools);
	if (!*ret)
		return -ENOMEM;
	memcpy((*ret)->name, pool->name, sizeof((*ret)->name));
	(*ret)->is_kernel = pool->is_kernel;
	return 0;
}

static int add_pools(struct bench_row *row, const struct profile *profile)
{
	int r = 0;

	for (size_t i = 0; i < profile->pools.count && r == 0; i++) {
		const struct profile_pool *pool = &profile->pools.items[i];
		struct bench_pool *sum;

		r = get_pool(row, pool, &sum);
		if (r < 0)
			break;
		sum->threads = pool->threads > sum->threads ? pool->threads : sum->threads;
		sum->born += pool->born;
		sum->died += pool->died;
		add_bounded(&sum->run_ns, pool->run_ns);
		add_bounded(pool->is_kernel ? &row->kernel_ns : &row->job_ns, pool->run_ns);
	}
	add_bounded(&row->window_ns, profile->window_ns);
	return r;
}

static double per_second(uint64_t amount, uint64_t ns)
{
	return ns ? (double)amount * 1e9 / (double)ns : 0;
}

static int add_speed(struct cell *cell, struct bench_row *row, const struct fio_result *fio)
{
	const struct fio_flow *flows = fio->flows;
	uint64_t bytes = flows[BENCH_READ].bytes, ops = flows[BENCH_READ].ops;
	double *speed = array_push(&cell->bytes_per_s);

	if (!speed)
		return -ENOMEM;
	add_bounded(&bytes, flows[BENCH_WRITE].bytes);
	add_bounded(&ops, flows[BENCH_WRITE].ops);
	*speed = per_second(bytes, fio->jobs_ns);
	cell->ops_per_s += per_second(ops, fio->jobs_ns);
	add_bounded(&row->bytes, bytes);
	add_bounded(&row->ops, ops);
	add_bounded(&row->jobs_ns, fio->jobs_ns);
	if (row->rounds == 0 || *speed < row->least_bytes_per_s)
		row->least_bytes_per_s = *speed;
	if (*speed > row->most_bytes_per_s)
		row->most_bytes_per_s = *speed;
	return 0;
}

static void add_caches(struct cell *cell, struct bench_row *row, const struct bench_run *run)
{
	row->is_device_known = run->is_device_known && (row->is_device_known || !row->rounds);
	row->is_arc_known = run->has_arc && (row->is_arc_known || !row->rounds);
	add_bounded(&cell->read_bytes, run->fio->flows[BENCH_READ].bytes);
	add_bounded(&cell->device_bytes, run->device_bytes);
	add_bounded(&cell->arc_hits, run->arc_hits);
	add_bounded(&cell->arc_misses, run->arc_misses);
}

int bencher_add(struct bencher *bencher, size_t which, size_t target, const struct bench_run *run)
{
	struct bench_row *row = &bencher->report->cases.items[which].rows[target];
	struct cell *cell = cell_of(bencher, which, target);
	int r = add_speed(cell, row, run->fio);

	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS && r == 0; way++)
		r = fio_flow_merge(&cell->flows[way], &run->fio->flows[way]);
	if (r == 0 && run->profile)
		r = add_pools(row, run->profile);
	if (r < 0)
		return r;
	cell->is_unwatched |= !run->profile;
	add_bounded(&row->counted_ns, run->counted_ns);
	if (run->profile)
		add_bounded(&row->lost_events, run->profile->lost_samples);
	add_caches(cell, row, run);
	row->rounds++;
	return 0;
}

void bencher_explain(struct bencher *bencher, size_t which, size_t target,
		     const struct bench_watched *watched)
{
	struct bench_row *row = &bencher->report->cases.items[which].rows[target];
	const struct fio_flow *flows = watched->fio->flows;
	struct cell *cell = cell_of(bencher, which, target);

	verdict_free(&cell->verdict);
	profile_free(&cell->profile);
	cell->verdict = watched->verdict;
	cell->profile = watched->profile;
	cell->watched_ops = flows[BENCH_READ].ops + flows[BENCH_WRITE].ops;
	row->watched_bytes_per_s = per_second(flows[BENCH_READ].bytes + flows[BENCH_WRITE].bytes,
					      watched->fio->jobs_ns);
}

/* --- a row --- */

static int compare_pools(const void *left, const void *right)
{
	const struct bench_pool *a = left, *b = right;
	int order;

	if (a->run_ns != b->run_ns)
		return a->run_ns > b->run_ns ? -1 : 1;
	order = strcmp(a->name, b->name);
	return order ? order : a->is_kernel - b->is_kernel;
}

static void finish_pools(struct bench_row *row)
{
	double gib = (double)row->bytes / GIB;

	for (size_t i = 0; i < row->pools.count; i++) {
		struct bench_pool *pool = &row->pools.items[i];

		pool->cpus = row->window_ns ? (double)pool->run_ns / (double)row->window_ns : 0;
		pool->ns_per_gib = gib > 0 ? (double)pool->run_ns / gib : 0;
	}
	if (row->pools.count)
		qsort(row->pools.items, row->pools.count, sizeof(*row->pools.items), compare_pools);
	row->cpu_per_gib = gib > 0 ? ((double)row->job_ns + (double)row->kernel_ns) / gib : 0;
}

static void finish_row(struct cell *cell, struct bench_row *row)
{
	const struct mean_spread spread =
		mean_spread_of(cell->bytes_per_s.items, cell->bytes_per_s.count);
	uint64_t demands = cell->arc_hits;

	if (!row->rounds)
		return;
	row->bytes_per_s = mean_of(cell->bytes_per_s.items, cell->bytes_per_s.count);
	row->ops_per_s = cell->ops_per_s / row->rounds;
	/* The spread is that of the mean. */
	row->deviation =
		row->bytes_per_s > 0 ? sqrt(spread.variance * row->rounds) / row->bytes_per_s : 0;
	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS; way++) {
		row->way_bytes_per_s[way] = per_second(cell->flows[way].bytes, row->jobs_ns);
		fio_flow_tell(&cell->flows[way], &row->latency[way]);
	}
	row->is_watched = !cell->is_unwatched;
	row->is_device_known &= cell->read_bytes > 0;
	row->device_share =
		cell->read_bytes ? (double)cell->device_bytes / (double)cell->read_bytes : 0;
	add_bounded(&demands, cell->arc_misses);
	row->is_arc_known &= demands > 0;
	row->arc_hits = demands ? (double)cell->arc_hits / (double)demands : 0;
	finish_pools(row);
}

/* --- differences --- */

static struct bench_side side_of(const struct bencher *bencher, size_t which, size_t target)
{
	const struct cell *cell = cell_of(bencher, which, target);

	return (struct bench_side){
		.name = bencher->report->targets.items[target].name,
		.row = &bencher->report->cases.items[which].rows[target],
		.verdict = cell->verdict,
		.profile = cell->profile,
		.ops = cell->watched_ops,
	};
}

/* The logarithms of each round's speed: what disturbs a run slows it down by a part of what it is.
 * false: some round got nothing done, or there are too few. */
static bool take_logarithms(const struct cell *cell, struct mean_spread *ret_spread,
			    double *ret_mean)
{
	double logarithms[BENCH_ROUNDS_MAX];
	size_t count = cell->bytes_per_s.count;

	if (count < BENCH_ROUNDS_TO_JUDGE || count > BENCH_ROUNDS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!(cell->bytes_per_s.items[i] > 0))
			return false;
		logarithms[i] = log(cell->bytes_per_s.items[i]);
	}
	*ret_spread = mean_spread_of(logarithms, count);
	*ret_mean = mean_of(logarithms, count);
	return true;
}

/* Is the difference told from chance? */
static void judge(const struct bencher *bencher, size_t which, struct bench_difference *difference)
{
	const struct cell *slow = cell_of(bencher, which, difference->slower);
	const struct cell *fast = cell_of(bencher, which, difference->faster);
	struct mean_spread slow_spread, fast_spread;
	double slow_mean, fast_mean, chance;

	difference->is_judged = take_logarithms(slow, &slow_spread, &slow_mean) &&
				take_logarithms(fast, &fast_spread, &fast_mean);
	if (!difference->is_judged)
		return;
	chance = welch_chance(&slow_spread, &fast_spread);
	difference->chance = exp(chance);
	difference->is_certain =
		fast_mean - slow_mean > chance && difference->factor >= 1 / (1 - BENCH_SHARE_MIN);
}

/* With few rounds only what is large is worth an explanation. */
static bool is_worth_reasons(const struct bench_difference *difference)
{
	return difference->is_judged ? difference->is_certain : difference->factor >= 1.25;
}

static int add_difference(struct bencher *bencher, size_t which, size_t slower, size_t faster)
{
	struct bench_case *one = &bencher->report->cases.items[which];
	const struct bench_side slow = side_of(bencher, which, slower);
	const struct bench_side fast = side_of(bencher, which, faster);
	struct bench_difference *difference = array_push(&one->differences);

	if (!difference)
		return -ENOMEM;
	difference->slower = slower;
	difference->faster = faster;
	/* 0: without bound, as when one got nothing done. */
	difference->factor =
		slow.row->bytes_per_s > 0 ? fast.row->bytes_per_s / slow.row->bytes_per_s : 0;
	judge(bencher, which, difference);
	bench_headline(&slow, &fast, difference);
	return is_worth_reasons(difference) || !difference->factor
		       ? bench_reasons(&slow, &fast, difference)
		       : 0;
}

static int compare_differences(const void *left, const void *right)
{
	const struct bench_difference *a = left, *b = right;

	/* A factor without bound is the largest. */
	if (!a->factor != !b->factor)
		return a->factor ? 1 : -1;
	if (a->factor != b->factor)
		return a->factor > b->factor ? -1 : 1;
	return (a->slower > b->slower) - (a->slower < b->slower);
}

static int compare_targets(struct bencher *bencher, size_t which)
{
	struct bench_case *one = &bencher->report->cases.items[which];
	size_t targets = bencher->report->targets.count, fastest = targets;
	int r = 0;

	for (size_t i = 0; i < targets; i++) {
		if (one->rows[i].rounds &&
		    (fastest == targets ||
		     one->rows[i].bytes_per_s > one->rows[fastest].bytes_per_s))
			fastest = i;
	}
	for (size_t i = 0; i < targets && r == 0; i++) {
		if (i != fastest && one->rows[i].rounds)
			r = add_difference(bencher, which, i, fastest);
	}
	if (one->differences.count)
		qsort(one->differences.items, one->differences.count,
		      sizeof(*one->differences.items), compare_differences);
	return r;
}

/* --- notes --- */

static int note_row(struct bench *report, const struct bench_case *one,
		    const struct bench_target *target, const struct bench_row *row)
{
	double apart = fabs((double)row->job_ns - (double)row->counted_ns);
	int r = 0;

	if (row->is_device_known && row->device_share < DEVICE_SHARE_MIN)
		r = text_add(
			&report->notes,
			"%s of %s: only %s of what was read came from a device, the rest from "
			"memory (--size larger than memory, or direct=1, leaves the cache out)",
			one->id, target->name, format_share(row->device_share).text);
	if (r == 0 && row->is_arc_known && row->arc_hits > ARC_HITS_MAX)
		r = text_add(
			&report->notes,
			"%s of %s: %s of the reads were served by ZFS's cache (ARC) and not "
			"by a device: make --size larger than it, or set primarycache=metadata",
			one->id, target->name, format_share(row->arc_hits).text);
	if (r == 0 && row->is_watched && apart > COUNTED_NS &&
	    apart > COUNTED_SHARE * (double)row->counted_ns)
		r = text_add(&report->notes,
			     "%s of %s: the watch saw %s of CPU time of the job, the kernel "
			     "counted %s: threads of it were missed",
			     one->id, target->name, format_duration(row->job_ns).text,
			     format_duration(row->counted_ns).text);
	if (r == 0 && row->lost_events)
		r = text_add(&report->notes, "%s of %s: the watch lost %s samples", one->id,
			     target->name, format_count(row->lost_events).text);
	return r;
}

static int add_notes(struct bench *report)
{
	bool is_short = false, has_rounds = false;
	int r = 0;

	for (size_t i = 0; i < report->cases.count; i++) {
		for (size_t j = 0; j < report->targets.count && r == 0; j++) {
			const struct bench_row *row = &report->cases.items[i].rows[j];

			is_short |= row->rounds < BENCH_ROUNDS_TO_JUDGE;
			has_rounds |= row->rounds > 0;
			if (row->rounds)
				r = note_row(report, &report->cases.items[i],
					     &report->targets.items[j], row);
		}
	}
	if (r == 0 && is_short && has_rounds)
		r = text_add(&report->notes,
			     "with fewer than %d rounds nobody knows how much such runs differ by "
			     "chance (--rounds)",
			     BENCH_ROUNDS_TO_JUDGE);
	return r;
}

int bencher_report(struct bencher *bencher, const struct bench **ret, struct diag *why)
{
	struct bench *report = bencher->report;
	int r = 0;

	for (size_t i = 0; i < report->cases.count && r == 0; i++) {
		for (size_t j = 0; j < report->targets.count; j++)
			finish_row(cell_of(bencher, i, j), &report->cases.items[i].rows[j]);
		r = compare_targets(bencher, i);
	}
	if (r == 0)
		r = add_notes(report);
	if (r < 0)
		return diag_set(why, r, "no memory left for the report");
	*ret = report;
	return 0;
}
