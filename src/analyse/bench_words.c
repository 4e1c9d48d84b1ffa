/* Why is one target slower than another? What an operation takes longer, by what it waited for; and
 * which threads used more of a CPU for the same, in which functions. */
#include "analyse/bench_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding/format.h"

/* A cause that is less of what an operation takes longer is not told, nor more than so many. */
#define CAUSE_SHARE_MIN 0.1
/* A pool is told when it kept so much of one CPU busy, and used so much more of it for the same. */
#define POOL_CPUS_MIN   0.1
#define POOL_FACTOR_MIN 1.25
/* With so much of a CPU its threads can hardly do more. */
#define POOL_CPUS_FULL  0.7

enum {
	CAUSES_TOLD = 3,
	POOLS_TOLD = 2,
	FUNCTIONS_TOLD = 3,
	SAMPLES_MIN = 20, /* of a pool: fewer say nothing of its functions */
	ADVICE_TOLD = 3,
};

/* A function that has less of its pool is not told. */
#define FUNCTION_SHARE_MIN 0.05

/* Where chance makes larger differences than this, its size says nothing. */
#define CHANCE_TOLD 100

/* --- the headline --- */

static const char *verb_of(const struct bench_row *row)
{
	bool reads = row->latency[BENCH_READ].count > 0;
	bool writes = row->latency[BENCH_WRITE].count > 0;

	if (reads && writes)
		return "reads and writes";
	return writes ? "writes" : "reads";
}

/* "8.1 times slower", "12 % slower" */
static void say_slower(const struct bench_side *slow, const struct bench_side *fast,
		       const struct bench_difference *difference, char *room, size_t bytes)
{
	double share = 1 - slow->row->bytes_per_s / fast->row->bytes_per_s;

	if (!difference->factor)
		(void)snprintf(room, bytes, "got nothing done");
	else if (difference->factor >= 1.5)
		(void)snprintf(room, bytes, "%s %s times slower", verb_of(slow->row),
			       format_factor(difference->factor).text);
	else
		(void)snprintf(room, bytes, "%s %s slower", verb_of(slow->row),
			       format_share(share > 0 ? share : 0).text);
}

static struct number speed(double bytes_per_s)
{
	return format_bytes(bytes_per_s > 0 ? (uint64_t)bytes_per_s : 0);
}

void bench_headline(const struct bench_side *slow, const struct bench_side *fast,
		    struct bench_difference *difference)
{
	const struct number slow_speed = speed(slow->row->bytes_per_s);
	const struct number fast_speed = speed(fast->row->bytes_per_s);
	char chance[64] = "chance alone could make any difference";
	char slower[64];

	say_slower(slow, fast, difference, slower, sizeof(slower));
	if (difference->chance < CHANCE_TOLD)
		(void)snprintf(chance, sizeof(chance), "chance alone makes up to %s times",
			       format_factor(difference->chance).text);
	if (!difference->is_judged)
		(void)snprintf(difference->headline, sizeof(difference->headline),
			       "%s %s than %s in %s: %s/s, not %s/s; whether that is chance is not "
			       "known",
			       slow->name, slower, fast->name,
			       slow->row->rounds == 1 ? "this one run" : "these few runs",
			       slow_speed.text, fast_speed.text);
	else if (difference->is_certain)
		(void)snprintf(difference->headline, sizeof(difference->headline),
			       "%s %s than %s: %s/s, not %s/s (%u rounds of each; %s)", slow->name,
			       slower, fast->name, slow_speed.text, fast_speed.text,
			       slow->row->rounds, chance);
	else
		(void)snprintf(difference->headline, sizeof(difference->headline),
			       "no certain difference between %s and %s: %s/s and %s/s (%u rounds "
			       "of each; %s)",
			       slow->name, fast->name, slow_speed.text, fast_speed.text,
			       slow->row->rounds, chance);
}

/* --- what an operation takes longer --- */

/* So much of an operation's time is of the cause, and whom most of it is blamed on. */
struct charged {
	enum cause cause;
	double ns;   /* of each operation */
	double more; /* than on the faster side */
	const struct finding *most;
};

static double op_ns(uint64_t ns, const struct bench_side *side)
{
	return side->ops ? (double)ns / (double)side->ops : 0;
}

/* Somebody who waits for a time of his own choosing, such as fio's first thread for its jobs, does
 * not make operations long. */
static bool is_pause(enum cause cause)
{
	return cause == CAUSE_WAIT_SLEEP || cause == CAUSE_WAIT_IDLE;
}

/* All time of the job's threads but their pauses. */
static uint64_t spent_ns(const struct verdict *verdict)
{
	uint64_t ns = verdict->base_ns;

	for (size_t i = 0; i < verdict->findings.count; i++) {
		const struct finding *finding = &verdict->findings.items[i];

		if (is_pause(finding->cause))
			ns -= finding->ns < ns ? finding->ns : ns;
	}
	return ns;
}

static void charge(const struct bench_side *side, struct charged causes[CAUSE_COUNT])
{
	for (size_t i = 0; i < side->verdict->findings.count; i++) {
		const struct finding *finding = &side->verdict->findings.items[i];
		struct charged *charged = &causes[finding->cause];

		if (is_pause(finding->cause))
			continue;
		charged->ns += op_ns(finding->ns, side);
		if (!charged->most || finding->ns > charged->most->ns)
			charged->most = finding;
	}
}

static int compare_charged(const void *left, const void *right)
{
	const struct charged *a = left, *b = right;

	if (a->more != b->more)
		return a->more > b->more ? -1 : 1;
	return (a->cause > b->cause) - (a->cause < b->cause);
}

static int add_once(void *list, const struct text *texts, size_t count, const char *words)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(texts[i].words, words) == 0)
			return 0;
	}
	return text_add(list, "%s", words);
}

static int add_advice(struct bench_difference *difference, const struct finding *finding)
{
	int r = 0;

	for (size_t i = 0; i < finding->advice.count && r == 0; i++) {
		if (difference->advice.count >= ADVICE_TOLD)
			break;
		r = add_once(&difference->advice, difference->advice.items,
			     difference->advice.count, finding->advice.items[i].words);
	}
	return r;
}

static int tell_cause(const struct charged *charged, double more, struct bench_difference *ret)
{
	const struct finding *most = charged->most;
	const struct number share = format_share(charged->more / more);
	const struct number part = format_duration((uint64_t)charged->more);
	const struct number whole = format_duration((uint64_t)more);
	/* Its own numbers: which function, how many waits, how long. */
	const char *numbers = most->evidence.count ? most->evidence.items[0].words : "";
	int r = text_add(&ret->reasons,
			 "%s of what an operation takes longer (%s of %s): %s, %s (%s%s%s)%s%s",
			 share.text, part.text, whole.text, cause_id(charged->cause),
			 cause_title(charged->cause), most->subject.kind,
			 most->subject.kind[0] ? " " : "", most->subject.name,
			 numbers[0] ? "; " : "", numbers);

	return r < 0 ? r : add_advice(ret, most);
}

static int tell_causes(const struct bench_side *slow, const struct bench_side *fast,
		       struct bench_difference *difference)
{
	struct charged slower[CAUSE_COUNT] = {}, faster[CAUSE_COUNT] = {};
	double more = op_ns(spent_ns(slow->verdict), slow) - op_ns(spent_ns(fast->verdict), fast);
	size_t told = 0;
	int r = 0;

	if (!slow->ops || !fast->ops || more <= 0)
		return 0;
	charge(slow, slower);
	charge(fast, faster);
	for (size_t i = 0; i < CAUSE_COUNT; i++) {
		slower[i].cause = (enum cause)i;
		slower[i].more = slower[i].ns - faster[i].ns;
	}
	qsort(slower, CAUSE_COUNT, sizeof(slower[0]), compare_charged);
	for (size_t i = 0; i < CAUSE_COUNT && r == 0 && told < CAUSES_TOLD; i++) {
		if (!slower[i].most || slower[i].more < CAUSE_SHARE_MIN * more)
			continue;
		r = tell_cause(&slower[i], more, difference);
		told++;
	}
	return r;
}

/* --- whose CPU time --- */

/* The samples of a pool's functions; rows are by falling self. */
struct pool_rows {
	uint64_t self;
	uint64_t samples;
};

/* Only a watch in full knows which workqueue a worker of the kernel works for. */
static bool is_same_pool(const char *watched, const struct bench_pool *pool)
{
	static const char WORKERS[] = "kworker";

	return strcmp(watched, pool->name) == 0 ||
	       (strcmp(pool->name, "kworker/*") == 0 &&
		strncmp(watched, WORKERS, strlen(WORKERS)) == 0);
}

static bool is_of(const struct profile *profile, const struct profile_row *row,
		  const struct bench_pool *pool)
{
	return row->pool < profile->frames.count && row->frame < profile->frames.count &&
	       is_same_pool(profile->frames.items[row->pool].name, pool);
}

static struct pool_rows sum_rows(const struct profile *profile, const struct bench_pool *pool)
{
	struct pool_rows sum = {};

	for (size_t i = 0; i < profile->rows.count; i++) {
		const struct profile_row *row = &profile->rows.items[i];

		if (!is_of(profile, row, pool))
			continue;
		sum.self += row->self;
		sum.samples += row->self_samples;
	}
	return sum;
}

static void add_function(const struct profile_frame *frame, double share, bool is_first, char *room,
			 size_t bytes)
{
	size_t used = strlen(room);
	bool has_module = frame->module[0] && frame->kind == FRAME_KERNEL;

	(void)snprintf(room + used, bytes - used, "%s%s in %.60s%s%.30s%s", is_first ? "" : ", ",
		       format_share(share).text, frame->name[0] ? frame->name : "[unknown]",
		       has_module ? " [" : "", has_module ? frame->module : "",
		       has_module ? "]" : "");
}

/* "46 % in kfpu_end [icp], 12 % in …"; "" when there are too few samples. */
static void say_functions(const struct profile *profile, const struct bench_pool *pool, char *room,
			  size_t bytes)
{
	const struct pool_rows all = profile ? sum_rows(profile, pool) : (struct pool_rows){};
	size_t told = 0;

	room[0] = '\0';
	if (all.samples < SAMPLES_MIN)
		return;
	for (size_t i = 0; i < profile->rows.count && told < FUNCTIONS_TOLD; i++) {
		const struct profile_row *row = &profile->rows.items[i];
		double share = (double)row->self / (double)all.self;

		if (!is_of(profile, row, pool) || share < FUNCTION_SHARE_MIN)
			continue;
		add_function(&profile->frames.items[row->frame], share, told == 0, room, bytes);
		told++;
	}
	if (told) {
		size_t used = strlen(room);

		(void)snprintf(room + used, bytes - used, " (%s samples)",
			       format_count(all.samples).text);
	}
}

/* NULL: it has none there. */
static const struct bench_pool *same_in(const struct bench_row *row, const struct bench_pool *pool)
{
	for (size_t i = 0; i < row->pools.count; i++) {
		const struct bench_pool *other = &row->pools.items[i];

		if (other->is_kernel == pool->is_kernel && strcmp(other->name, pool->name) == 0)
			return other;
	}
	return NULL;
}

static double per_gib_of(const struct bench_row *row, const struct bench_pool *pool)
{
	const struct bench_pool *same = same_in(row, pool);

	return same ? same->ns_per_gib : 0;
}

/* Does its CPU time hold the slower one back? Only if it has more to do than in the faster one, or
 * can hardly do more: what runs anyway is more for each byte where few are moved. */
static bool is_worth_telling(const struct bench_pool *pool, const struct bench_row *fast)
{
	const struct bench_pool *same = same_in(fast, pool);

	if (pool->cpus < POOL_CPUS_MIN)
		return false;
	return !same ||
	       (pool->ns_per_gib >= POOL_FACTOR_MIN * same->ns_per_gib &&
		(pool->cpus >= POOL_CPUS_FULL || pool->cpus >= same->cpus + POOL_CPUS_MIN));
}

static struct number duration(double ns)
{
	return format_duration(ns > 0 && ns < 1e19 ? (uint64_t)ns : 0);
}

/* "on a CPU 64 % of the time", "1.3 CPUs busy" */
static void say_busy(double cpus, char *room, size_t bytes)
{
	if (cpus < 1)
		(void)snprintf(room, bytes, "on a CPU %s of the time", format_share(cpus).text);
	else
		(void)snprintf(room, bytes, "%s CPUs busy", format_factor(cpus).text);
}

static int tell_pool(const struct bench_side *slow, const struct bench_side *fast,
		     const struct bench_pool *pool, struct bench_difference *difference)
{
	double before = per_gib_of(fast->row, pool);
	char functions[384], against[64] = "none", busy[64];

	say_functions(slow->profile, pool, functions, sizeof(functions));
	say_busy(pool->cpus, busy, sizeof(busy));
	if (before > 0)
		(void)snprintf(against, sizeof(against), "%s", duration(before).text);
	return text_add(&difference->reasons,
			"%s%s: %s, %s of CPU time for each GiB, with %s %s%s%s", pool->name,
			pool->is_kernel ? " (kernel threads)" : " (the job)", busy,
			duration(pool->ns_per_gib).text, fast->name, against,
			functions[0] ? "; " : "", functions);
}

struct pool_more {
	const struct bench_pool *pool;
	double more; /* CPU time for each GiB */
};

static int compare_more(const void *left, const void *right)
{
	const struct pool_more *a = left, *b = right;

	if (a->more != b->more)
		return a->more > b->more ? -1 : 1;
	return strcmp(a->pool->name, b->pool->name);
}

static int tell_pools(const struct bench_side *slow, const struct bench_side *fast,
		      struct bench_difference *difference)
{
	const struct bench_row *row = slow->row;
	owns(own_free) struct pool_more *pools = calloc(row->pools.count + 1, sizeof(*pools));
	size_t count = 0;
	int r = 0;

	if (!pools)
		return -ENOMEM;
	for (size_t i = 0; i < row->pools.count; i++) {
		const struct bench_pool *pool = &row->pools.items[i];
		double before = per_gib_of(fast->row, pool);

		if (!is_worth_telling(pool, fast->row))
			continue;
		pools[count++] = (struct pool_more){ pool, pool->ns_per_gib - before };
	}
	if (count)
		qsort(pools, count, sizeof(*pools), compare_more);
	for (size_t i = 0; i < count && i < POOLS_TOLD && r == 0; i++)
		r = tell_pool(slow, fast, pools[i].pool, difference);
	return r;
}

int bench_reasons(const struct bench_side *slow, const struct bench_side *fast,
		  struct bench_difference *difference)
{
	int r = 0;

	if (slow->verdict && fast->verdict)
		r = tell_causes(slow, fast, difference);
	if (r == 0 && slow->row->is_watched && fast->row->is_watched)
		r = tell_pools(slow, fast, difference);
	return r;
}
