/* What is wrong with ZFS's pools and datasets? Keeps the facts, and has each part of the report
 * made from them. */
#include "analyse/zfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/zfs_state.h"

struct zfs_study {
	struct zfs_facts facts;
};

int zfs_study_new(struct zfs_study **ret)
{
	struct zfs_study *study = calloc(1, sizeof(*study));

	if (!study)
		return -ENOMEM;
	*ret = study;
	return 0;
}

void zfs_study_free(struct zfs_study **study)
{
	if (!*study)
		return;
	zfs_facts_free(&(*study)->facts);
	free(*study);
	*study = NULL;
}

int zfs_study_take(void *self, const struct event *event, struct diag *why)
{
	struct zfs_study *study = self;

	if (event->kind != EVENT_FACT)
		return 0;
	if (zfs_facts_take(&study->facts, (const struct event_fact *)(const void *)event) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	return 0;
}

void zfs_copy(char *to, size_t bytes, const char *from)
{
	size_t length = strnlen(from, bytes - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

bool zfs_is_in_pool(const char *dataset, const char *pool)
{
	size_t bytes = strlen(pool);

	return strncmp(dataset, pool, bytes) == 0 &&
	       (!dataset[bytes] || strchr("/@#", dataset[bytes]));
}

static int compare_bins(const void *a, const void *b)
{
	const struct zfs_bin *x = a, *y = b;

	return (x->limit > y->limit) - (x->limit < y->limit);
}

void zfs_quantiles_of(struct zfs_bin *bins, size_t count, struct zfs_quantiles *ret)
{
	uint64_t all = 0, seen = 0;

	*ret = (struct zfs_quantiles){};
	if (!count)
		return;
	qsort(bins, count, sizeof(*bins), compare_bins);
	for (size_t i = 0; i < count; i++) {
		if (__builtin_add_overflow(all, bins[i].count, &all))
			return;
	}
	for (size_t i = 0; i < count; i++) {
		seen += bins[i].count;
		if (!bins[i].count)
			continue;
		if (!ret->p50_ns && seen >= all - all / 2)
			ret->p50_ns = bins[i].limit;
		if (!ret->p99_ns && seen >= all - all / 100)
			ret->p99_ns = bins[i].limit;
		ret->max_ns = bins[i].limit;
	}
	ret->count = all;
}

static int add_damage(const struct zfs_facts *facts, struct zfs_report *report)
{
	int r = 0;

	for (unsigned int look = 1; look <= 2; look++) {
		size_t at, end;

		zfs_facts_of(facts, look, "damage", &at, &end);
		for (; r == 0 && at < end; at++)
			r = text_add(&report->damage, "%s, %s", facts->all.items[at].subject,
				     facts->all.items[at].value);
	}
	return r;
}

static int make(const struct zfs_facts *facts, struct zfs_report *report)
{
	int r = zfs_make_pools(facts, report);

	if (r == 0)
		r = zfs_make_vdevs(facts, report);
	if (r == 0)
		r = zfs_make_datasets(facts, report);
	if (r == 0)
		r = zfs_make_rest(facts, report);
	if (r == 0)
		r = zfs_make_threads(facts, report);
	if (r == 0)
		r = add_damage(facts, report);
	if (r == 0)
		r = zfs_judge(facts, report);
	return r == 0 ? zfs_make_notes(facts, report) : r;
}

/* How long after the first look the kernel took the second. */
static uint64_t window_of(const struct zfs_facts *facts)
{
	uint64_t before, after;

	return facts->has_second &&
			       zfs_number(facts, 1, "kstat", "arcstats", "snaptime", &before) &&
			       zfs_number(facts, 2, "kstat", "arcstats", "snaptime", &after) &&
			       after > before
		       ? after - before
		       : 0;
}

int zfs_study_report(struct zfs_study *study, struct zfs_report **ret, struct diag *why)
{
	struct zfs_report *report = calloc(1, sizeof(*report));
	int r;

	if (!report)
		return diag_set(why, -ENOMEM, "out of memory");
	if (!study->facts.all.count) {
		free(report);
		return -ENODATA;
	}
	zfs_facts_sort(&study->facts);
	report->has_two_looks = study->facts.has_second;
	report->window_ns = window_of(&study->facts);
	r = make(&study->facts, report);
	if (r < 0) {
		zfs_report_free(&report);
		return diag_set(why, r, "out of memory");
	}
	*ret = report;
	return 0;
}
