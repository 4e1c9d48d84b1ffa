/* What of ZFS is not known, and what could not be judged for want of it? A rule that had nothing to
 * look at must not look like one that saw nothing wrong. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyse/zfs_state.h"

enum {
	NAMES_TOLD = 3, /* pools that are named */
};

static bool has_any(const struct zfs_facts *facts, const char *source)
{
	size_t at, end;

	zfs_facts_of(facts, zfs_last_look(facts), source, &at, &end);
	return at < end;
}

/* --- of a pool --- */

static bool has_size(const struct zfs_pool *pool)
{
	return pool->full_share >= 0;
}

static bool has_devices(const struct zfs_pool *pool)
{
	return pool->has_status;
}

static bool has_txgs(const struct zfs_pool *pool)
{
	return pool->txgs.count;
}

static const struct {
	bool (*is_known)(const struct zfs_pool *pool);
	const char *what;
	const char *where;
	const char *cost;
} OF_POOLS[] = {
	{ has_size, "the sizes", "no zpool get",
	  "whether they are full or fragmented could not be judged" },
	{ has_devices, "the devices", "no zpool status",
	  "log devices, errors and peers could not be judged" },
	{ has_txgs, "the transaction groups", "no kstat txgs with one that was synced",
	  "stalls could not be judged" },
};

/* The first pools for which it is not known; "": it is of all. */
static void name_pools(const struct zfs_report *report,
		       bool (*is_known)(const struct zfs_pool *pool), char *ret, size_t bytes)
{
	size_t count = 0, used = 0;

	ret[0] = '\0';
	if (!report->pools.count)
		zfs_copy(ret, bytes, "all pools");
	for (size_t i = 0; i < report->pools.count; i++) {
		const struct zfs_pool *pool = &report->pools.items[i];

		if (is_known(pool) || count++ >= NAMES_TOLD)
			continue;
		used += (size_t)snprintf(ret + used, bytes - used, "%s%.100s", used ? ", " : "",
					 pool->name);
	}
	if (count > NAMES_TOLD)
		(void)snprintf(ret + used, bytes - used, " and %zu more", count - NAMES_TOLD);
}

static int note_pools(struct zfs_report *report)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_count(OF_POOLS); i++) {
		char names[(NAMES_TOLD + 1) * 104];

		name_pools(report, OF_POOLS[i].is_known, names, sizeof(names));
		if (names[0])
			r = text_add(&report->notes, "%s of %s are not known (%s): %s",
				     OF_POOLS[i].what, names, OF_POOLS[i].where, OF_POOLS[i].cost);
	}
	return r;
}

/* --- of all --- */

static bool has_iostat(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return has_any(facts, "iostat");
}

static bool has_latencies(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return has_any(facts, "latency");
}

static bool has_datasets(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	return report->datasets.count;
}

/* Those that are not mounted have none. */
static bool has_dataset_counts(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	for (size_t i = 0; i < report->datasets.count; i++) {
		if (report->datasets.items[i].has_counts)
			return true;
	}
	return !report->datasets.count; /* then that is what is said */
}

static bool has_arc(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	return report->arc.is_known;
}

static bool has_transactions(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	return report->counts.is_known;
}

static bool has_zil(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	return report->counts.has_zil;
}

static bool has_parameters(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return has_any(facts, "param");
}

static bool has_checksums(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return zfs_value(facts, zfs_last_look(facts), "impl", "fletcher_4", "fastest");
}

static bool has_messages(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)facts;
	return report->messages_read;
}

static bool has_events(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return zfs_value(facts, zfs_last_look(facts), "events", "", "count");
}

static bool has_queues(const struct zfs_facts *facts, const struct zfs_report *report)
{
	(void)report;
	return has_any(facts, "taskq");
}

static const struct {
	bool (*is_known)(const struct zfs_facts *facts, const struct zfs_report *report);
	const char *words;
} OF_ALL[] = {
	{ has_iostat, "the devices' latencies are not known (no zpool iostat -lqvHp): slow ones "
		      "could not be judged" },
	{ has_latencies, "the histograms of the devices' latencies are not known (no zpool iostat "
			 "-wvHp): they are not shown" },
	{ has_datasets, "the datasets' properties are not known (no zfs get): encryption, sync and "
			"record sizes could not be judged" },
	{ has_dataset_counts, "how much is read and written of the datasets is not known (no kstat "
			      "objset-*): small writes into large records could not be judged" },
	{ has_arc, "the ARC is not known (no kstat arcstats): it could not be judged" },
	{ has_transactions, "the counts of transactions are not known (no kstat dmu_tx): whether "
			    "writers are held back could not be judged" },
	{ has_zil,
	  "the counts of the intent log are not known (no kstat zil): they are not shown" },
	{ has_parameters,
	  "the modules' parameters are not known (no params.txt, or it has none): the "
	  "implementations of ciphers could not be judged, and limits are taken to "
	  "be ZFS's defaults" },
	{ has_checksums, "which implementation of checksums is used is not known (no kstat "
			 "fletcher_4_bench): it is not shown" },
	{ has_messages,
	  "ZFS's own log is not known (no kstat dbgmsg, or it is empty): what it says "
	  "of slow devices and syncs could not be judged" },
	{ has_events, "the events are not known (no zpool events): delays and deadman events could "
		      "not be judged" },
	{ has_queues, "the task queues are not known (no kstat/taskq/summary; older ZFS has none): "
		      "whether they are bound by their threads could not be judged" },
};

int zfs_make_notes(const struct zfs_facts *facts, struct zfs_report *report)
{
	int r = 0;

	if (facts->lost)
		r = text_add(&report->notes,
			     "%" PRIu64 " values found no room and are in nothing here",
			     facts->lost);
	if (r == 0 && !report->has_two_looks)
		r = text_add(
			&report->notes,
			"counts and means are since the module was loaded or the pool imported, not of now; "
			"a slow hour does not show in them");
	if (r == 0)
		r = note_pools(report);
	for (size_t i = 0; r == 0 && i < array_count(OF_ALL); i++) {
		if (!OF_ALL[i].is_known(facts, report))
			r = text_add(&report->notes, "%s", OF_ALL[i].words);
	}
	return r;
}
