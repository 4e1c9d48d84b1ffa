/* Which threads do one kind of work, and how long did they run? Threads are known by their names,
 * the numbers in them folded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/patterns.h"
#include "analyse/profile_state.h"

enum pool_way {
	POOL_WAY_KEEP,
	POOL_WAY_NAME,
	POOL_WAY_WORKERS,
};

struct pool_rule {
	const char *pattern;
	enum pool_way way;
	const char *name;
};

static const struct pool_rule RULES[] = {
#define POOL_KEEP(pattern)     { pattern, POOL_WAY_KEEP, "" },
#define POOL_AS(pattern, name) { pattern, POOL_WAY_NAME, name },
#define POOL_WORKERS(pattern)  { pattern, POOL_WAY_WORKERS, "" },
#include "analyse/pools.def"
#undef POOL_KEEP
#undef POOL_AS
#undef POOL_WORKERS
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_separator(char c)
{
	return c && strchr("_-/:.+", c);
}

/*
 * Each number is one '*', and so are numbers with only a separator between them: z_wr_iss_0_12 is
 * of z_wr_iss_*. Digits inside of a word are part of it: md5sum.
 */
static size_t fold_numbers(const char *name, char *folded)
{
	size_t used = 0;

	for (const char *c = name; *c;) {
		size_t digits = strspn(c, "0123456789");
		bool is_in_word = c > name && is_letter(c[-1]) && is_letter(c[digits]);

		if (!digits || is_in_word) {
			digits = digits ?: 1;
			memcpy(folded + used, c, digits);
			used += digits;
			c += digits;
			continue;
		}
		c += digits;
		if (used >= 2 && folded[used - 2] == '*' && is_separator(folded[used - 1]))
			used--;
		else
			folded[used++] = '*';
	}
	return used;
}

/* "kworker/u8:2-events_unbound" is a worker of "events_unbound" just now; '+': was and waits. */
static uint32_t worker_name(struct names *names, const char *name)
{
	const char *queue = strpbrk(name, "-+");
	char text[80];
	int bytes;

	if (!queue || !queue[1])
		return names_put(names, "kworker/*", strlen("kworker/*"));
	bytes = snprintf(text, sizeof(text), "kworker %.63s", queue + 1);
	return names_put(names, text, bytes > 0 ? strnlen(text, sizeof(text)) : 0);
}

uint32_t pool_name(struct names *names, uint32_t comm)
{
	const char *name = names_text(names, comm);
	char folded[64];

	for (size_t i = 0; i < array_count(RULES); i++) {
		if (!pattern_fits(name, RULES[i].pattern, NULL))
			continue;
		switch (RULES[i].way) {
		case POOL_WAY_KEEP:
			return comm;
		case POOL_WAY_NAME:
			return names_put(names, RULES[i].name, strlen(RULES[i].name));
		case POOL_WAY_WORKERS:
			return worker_name(names, name);
		}
	}
	/* An event's name has at most 16 bytes, and folding makes none longer. */
	if (strlen(name) >= sizeof(folded))
		return comm;
	return names_put(names, folded, fold_numbers(name, folded));
}

int pool_find(struct hash_map *kept, struct names *names, uint32_t comm, uint32_t *ret)
{
	uint64_t *place = hash_find(kept, comm);

	if (!place) {
		uint32_t pool = pool_name(names, comm);

		place = hash_put(kept, comm);
		if (!place)
			return -ENOMEM;
		*place = pool;
	}
	*ret = (uint32_t)*place;
	return 0;
}

/* A program's threads and the kernel's are never of one pool. */
static int get_pool(struct profiler *profiler, uint32_t name, bool is_kernel, struct pool_sum **ret)
{
	struct threads *threads = &profiler->threads;
	uint64_t *number = hash_put(&threads->by_pool, (uint64_t)name << 1 | is_kernel);
	struct pool_sum *pool;

	if (!number)
		return -ENOMEM;
	if (!*number) {
		pool = array_push(&threads->pools);
		if (!pool)
			return -ENOMEM;
		pool->name = name;
		pool->is_kernel = is_kernel;
		*number = threads->pools.count;
	}
	*ret = &threads->pools.items[*number - 1];
	return 0;
}

/* The kernel's split is by its tick: only the proportion is taken. */
static uint64_t usage_kernel_ns(const struct event_usage *usage)
{
	unsigned __int128 both = (unsigned __int128)usage->user_ns + usage->kernel_ns;

	return both ? (uint64_t)((unsigned __int128)usage->run_ns * usage->kernel_ns / both) : 0;
}

static void add_bounded(uint64_t *sum, uint64_t ns)
{
	if (__builtin_add_overflow(*sum, ns, sum))
		*sum = UINT64_MAX;
}

int pools_add(struct profiler *profiler, const struct task *task)
{
	uint64_t run_ns = task->sample_ns, kernel_ns = task->sample_kernel_ns;
	bool is_kernel = task->flags & TASK_KERNEL;
	struct pool_sum *pool;
	int r;

	if (!is_kernel && !profiler_wants(profiler, task))
		return 0;
	r = get_pool(profiler, pool_name(&profiler->names, task->comm), is_kernel, &pool);
	if (r < 0)
		return r;
	if (task->has_usage) {
		run_ns = task->usage.run_ns;
		kernel_ns = usage_kernel_ns(&task->usage);
	} else if (profiler->threads.has_spans) {
		run_ns = task->run_ns;
		kernel_ns = task->run_kernel_ns;
	}
	if (kernel_ns > run_ns || is_kernel)
		kernel_ns = run_ns;
	pool->threads++;
	pool->born += profiler->is_seen && task->birth_ns > profiler->watch.head.time_ns;
	pool->died += task->is_dead;
	add_bounded(&pool->run_ns, run_ns);
	add_bounded(&pool->kernel_ns, kernel_ns);
	add_bounded(&pool->user_ns, run_ns - kernel_ns);
	return 0;
}

static int compare_pools(const void *left, const void *right)
{
	const struct profile_pool *a = left, *b = right;
	int order;

	if (a->run_ns != b->run_ns)
		return a->run_ns > b->run_ns ? -1 : 1;
	order = strcmp(a->name, b->name);
	return order ? order : a->is_kernel - b->is_kernel;
}

int pools_tell(const struct profiler *profiler, struct profile *profile)
{
	const struct threads *threads = &profiler->threads;
	double room_ns = (double)profile->window_ns * profile->cpus;

	profile->pools_are_exact = threads->has_usage || threads->has_spans;
	for (size_t i = 0; i < threads->pools.count; i++) {
		const struct pool_sum *sum = &threads->pools.items[i];
		struct profile_pool *pool = sum->run_ns ? array_push(&profile->pools) : NULL;

		if (!sum->run_ns)
			continue;
		if (!pool)
			return -ENOMEM;
		(void)snprintf(pool->name, sizeof(pool->name), "%s",
			       names_text(&profiler->names, sum->name));
		pool->threads = sum->threads;
		pool->born = sum->born;
		pool->died = sum->died;
		pool->is_kernel = sum->is_kernel;
		pool->run_ns = sum->run_ns;
		pool->user_ns = sum->user_ns;
		pool->kernel_ns = sum->kernel_ns;
		pool->cpu_share = room_ns > 0 ? (double)sum->run_ns / room_ns : 0;
	}
	if (profile->pools.count)
		qsort(profile->pools.items, profile->pools.count, sizeof(*profile->pools.items),
		      compare_pools);
	return 0;
}
