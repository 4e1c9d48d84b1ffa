/* What do the datasets ask for, how does the ARC serve them, and which threads work for ZFS? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/names.h"
#include "analyse/pools.h"
#include "analyse/zfs_state.h"

enum {
	MESSAGES_KEPT = 64,
	THREADS_SHOWN = 200,
};

/* --- datasets --- */

static void copy_property(const struct zfs_facts *facts, const char *dataset, const char *property,
			  char *to, size_t bytes)
{
	const char *value = zfs_value(facts, zfs_last_look(facts), "zfs", dataset, property);

	zfs_copy(to, bytes, value ? value : "");
}

static void fill_dataset(const struct zfs_facts *facts, struct zfs_dataset *dataset)
{
	const char *name = dataset->name;

	copy_property(facts, name, "encryption", dataset->encryption, sizeof(dataset->encryption));
	copy_property(facts, name, "compression", dataset->compression,
		      sizeof(dataset->compression));
	copy_property(facts, name, "checksum", dataset->checksum, sizeof(dataset->checksum));
	copy_property(facts, name, "sync", dataset->sync, sizeof(dataset->sync));
	if (!zfs_number(facts, zfs_last_look(facts), "zfs", name, "recordsize",
			&dataset->record_bytes) &&
	    !zfs_number(facts, zfs_last_look(facts), "zfs", name, "volblocksize",
			&dataset->record_bytes))
		dataset->record_bytes = 0;
}

static struct zfs_dataset *find_dataset(struct zfs_report *report, const char *name)
{
	for (size_t i = 0; i < report->datasets.count; i++) {
		if (strcmp(report->datasets.items[i].name, name) == 0)
			return &report->datasets.items[i];
	}
	return NULL;
}

static void count_dataset(const struct zfs_facts *facts, const char *objset,
			  struct zfs_dataset *dataset)
{
	dataset->has_counts =
		zfs_grown(facts, "kstat", objset, "reads", &dataset->reads) &&
		zfs_grown(facts, "kstat", objset, "nread", &dataset->read_bytes) &&
		zfs_grown(facts, "kstat", objset, "writes", &dataset->writes) &&
		zfs_grown(facts, "kstat", objset, "nwritten", &dataset->written_bytes);
}

/* Facts are sorted: those of one dataset stand together. */
int zfs_make_datasets(const struct zfs_facts *facts, struct zfs_report *report)
{
	size_t at, end;

	zfs_facts_of(facts, zfs_last_look(facts), "zfs", &at, &end);
	for (; at < end; at++) {
		const char *name = facts->all.items[at].subject;
		size_t count = report->datasets.count;
		struct zfs_dataset *dataset;

		/* Snapshots have no property that is judged. */
		if (strchr(name, '@') ||
		    (count && strcmp(report->datasets.items[count - 1].name, name) == 0))
			continue;
		dataset = array_push(&report->datasets);
		if (!dataset)
			return -ENOMEM;
		zfs_copy(dataset->name, sizeof(dataset->name), name);
		fill_dataset(facts, dataset);
	}
	zfs_facts_of(facts, zfs_last_look(facts), "kstat", &at, &end);
	for (; at < end; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		struct zfs_dataset *dataset;

		if (strcmp(fact->name, "dataset_name") != 0)
			continue;
		dataset = find_dataset(report, fact->value);
		if (dataset)
			count_dataset(facts, fact->subject, dataset);
	}
	return 0;
}

/* --- the ARC, transactions, the intent log --- */

static uint64_t arc_number(const struct zfs_facts *facts, const char *name)
{
	uint64_t number = 0;

	return zfs_number(facts, zfs_last_look(facts), "kstat", "arcstats", name, &number) ? number
											   : 0;
}

static uint64_t grown(const struct zfs_facts *facts, const char *file, const char *name)
{
	uint64_t number = 0;

	return zfs_grown(facts, "kstat", file, name, &number) ? number : 0;
}

static void make_arc(const struct zfs_facts *facts, struct zfs_arc *arc)
{
	static const char *const NAMES[ZFS_ARC_KIND_COUNT][2] = {
		{ "demand_data_hits", "demand_data_misses" },
		{ "demand_metadata_hits", "demand_metadata_misses" },
		{ "prefetch_data_hits", "prefetch_data_misses" },
		{ "prefetch_metadata_hits", "prefetch_metadata_misses" },
	};

	arc->is_known =
		zfs_number(facts, zfs_last_look(facts), "kstat", "arcstats", "size", &arc->size) &&
		zfs_number(facts, zfs_last_look(facts), "kstat", "arcstats", "c", &arc->target);
	if (!arc->is_known)
		return;
	arc->target_min = arc_number(facts, "c_min");
	arc->target_max = arc_number(facts, "c_max");
	if (facts->has_second &&
	    !zfs_number(facts, 1, "kstat", "arcstats", "c", &arc->target_before))
		arc->target_before = 0;
	for (size_t i = 0; i < ZFS_ARC_KIND_COUNT; i++) {
		struct zfs_hits *kind = &arc->kinds[i];
		double asked;

		kind->hits = grown(facts, "arcstats", NAMES[i][0]);
		kind->misses = grown(facts, "arcstats", NAMES[i][1]);
		asked = (double)kind->hits + (double)kind->misses;
		kind->hit_share = asked > 0 ? (double)kind->hits / asked : -1;
	}
	arc->ghost_hits = grown(facts, "arcstats", "mru_ghost_hits") +
			  grown(facts, "arcstats", "mfu_ghost_hits");
	arc->evicted = grown(facts, "arcstats", "deleted");
	arc->throttled = grown(facts, "arcstats", "memory_throttle_count");
	arc->is_held = arc_number(facts, "arc_no_grow") || arc_number(facts, "arc_need_free");
}

static void make_counts(const struct zfs_facts *facts, struct zfs_counts *counts)
{
	counts->is_known =
		zfs_grown(facts, "kstat", "dmu_tx", "dmu_tx_assigned", &counts->assigned);
	counts->dirty_delay = grown(facts, "dmu_tx", "dmu_tx_dirty_delay");
	counts->dirty_throttle = grown(facts, "dmu_tx", "dmu_tx_dirty_throttle");
	counts->dirty_over_max = grown(facts, "dmu_tx", "dmu_tx_dirty_over_max");
	counts->has_zil = zfs_grown(facts, "kstat", "zil", "zil_commit_count", &counts->commits);
	counts->log_writes = grown(facts, "zil", "zil_itx_metaslab_normal_count") +
			     grown(facts, "zil", "zil_itx_metaslab_slog_count");
	counts->log_device_bytes = grown(facts, "zil", "zil_itx_metaslab_slog_bytes");
	counts->log_bytes =
		grown(facts, "zil", "zil_itx_metaslab_normal_bytes") + counts->log_device_bytes;
}

/* --- implementations --- */

/* "cycle [fastest] generic x86_64": the chosen one stands in brackets. */
static void set_choice(struct zfs_impl *impl, const char *text)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t bytes = close ? (size_t)(close - open - 1) : 0;

	zfs_copy(impl->choices, sizeof(impl->choices), text);
	if (bytes >= sizeof(impl->used))
		bytes = sizeof(impl->used) - 1;
	if (close)
		memcpy(impl->used, open + 1, bytes);
	impl->used[bytes] = '\0';
}

static int make_impls(const struct zfs_facts *facts, struct zfs_report *report)
{
	size_t at, end;

	zfs_facts_of(facts, zfs_last_look(facts), "param", &at, &end);
	for (; at < end; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		struct zfs_impl *impl;

		if (!strstr(fact->name, "_impl"))
			continue;
		impl = array_push(&report->impls);
		if (!impl)
			return -ENOMEM;
		zfs_copy(impl->what, sizeof(impl->what), fact->name);
		set_choice(impl, fact->value);
	}
	zfs_facts_of(facts, zfs_last_look(facts), "impl", &at, &end);
	for (; at < end; at++) {
		struct zfs_impl *impl = array_push(&report->impls);

		if (!impl)
			return -ENOMEM;
		zfs_copy(impl->what, sizeof(impl->what), facts->all.items[at].subject);
		zfs_copy(impl->used, sizeof(impl->used), facts->all.items[at].value);
	}
	return 0;
}

/* --- events and ZFS's own log --- */

static int make_told(const struct zfs_facts *facts, struct zfs_report *report)
{
	unsigned int look = zfs_last_look(facts);
	size_t at, end;
	int r = 0;

	zfs_facts_of(facts, look, "event", &at, &end);
	for (; at < end; at++) {
		struct zfs_event_count *event = array_push(&report->events);

		if (!event)
			return -ENOMEM;
		zfs_copy(event->class, sizeof(event->class), facts->all.items[at].subject);
		(void)zfs_read_amount(facts->all.items[at].value, &event->count);
	}
	zfs_facts_of(facts, look, "message", &at, &end);
	for (; r == 0 && at < end; at++)
		r = text_add(&report->messages, "%s", facts->all.items[at].value);
	(void)zfs_number(facts, look, "messages", "", "trouble", &report->message_count);
	(void)zfs_number(facts, look, "messages", "", "count", &report->messages_read);
	return r;
}

int zfs_make_rest(const struct zfs_facts *facts, struct zfs_report *report)
{
	int r;

	make_arc(facts, &report->arc);
	make_counts(facts, &report->counts);
	r = make_impls(facts, report);
	return r == 0 ? make_told(facts, report) : r;
}

/* --- threads --- */

static struct zfs_threads *find_threads(struct zfs_report *report, const char *name)
{
	for (size_t i = 0; i < report->threads.count; i++) {
		if (strcmp(report->threads.items[i].name, name) == 0)
			return &report->threads.items[i];
	}
	if (report->threads.count >= THREADS_SHOWN)
		return NULL;
	struct zfs_threads *made = array_push(&report->threads);

	if (made)
		zfs_copy(made->name, sizeof(made->name), name);
	return made;
}

static int compare_threads(const void *a, const void *b)
{
	const struct zfs_threads *x = a, *y = b;
	int r = (x->cpu_ns < y->cpu_ns) - (x->cpu_ns > y->cpu_ns);

	return r ? r : strcmp(x->name, y->name);
}

/* A thread that came between the looks brings all its time; that of one that ended is not known. */
static int add_thread(const struct zfs_facts *facts, const struct zfs_fact *fact,
		      struct names *names, struct zfs_report *report)
{
	uint32_t comm = names_put(names, fact->subject, strlen(fact->subject));
	struct zfs_threads *threads =
		find_threads(report, names_text(names, pool_name(names, comm)));
	uint64_t ns = 0;

	if (names->is_out_of_memory)
		return -ENOMEM;
	if (!threads)
		return report->threads.count >= THREADS_SHOWN ? 0 : -ENOMEM;
	(void)zfs_grown(facts, "thread", fact->subject, fact->name, &ns);
	threads->threads++;
	threads->cpu_ns += ns;
	return 0;
}

int zfs_make_threads(const struct zfs_facts *facts, struct zfs_report *report)
{
	owns(names_free) struct names names = {};
	size_t at, end;
	int r = 0;

	if (!facts->has_second)
		return 0;
	zfs_facts_of(facts, 2, "thread", &at, &end);
	for (; r == 0 && at < end; at++)
		r = add_thread(facts, &facts->all.items[at], &names, report);
	if (report->threads.count)
		qsort(report->threads.items, report->threads.count, sizeof(*report->threads.items),
		      compare_threads);
	return r;
}
