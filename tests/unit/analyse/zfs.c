/* Does each rule on ZFS speak where it should, and stay silent where it should not? */
#include "analyse/zfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/test.h"

/* A fact whose key has '|' for its tabs. */
static void tell(struct zfs_study *study, const char *key, const char *value)
{
	union {
		struct event_fact fact;
		char bytes[1024];
	} event;
	char *text = event.bytes + sizeof(event.fact);

	memset(&event, 0, sizeof(event));
	event.fact.head.kind = EVENT_FACT;
	event.fact.key_bytes = (uint16_t)strlen(key);
	event.fact.value_bytes = (uint16_t)strlen(value);
	event.fact.head.bytes = sizeof(event);
	memcpy(text, key, strlen(key));
	for (size_t i = 0; i < event.fact.key_bytes; i++)
		text[i] = text[i] == '|' ? '\t' : text[i];
	memcpy(text + strlen(key), value, strlen(value));
	assert_int_equal(zfs_study_take(study, &event.fact.head, NULL), 0);
}

struct told {
	const char *key;
	const char *value;
};

static struct zfs_report *report_of(const struct told *facts, size_t count)
{
	struct zfs_report *report = NULL;
	struct zfs_study *study = NULL;

	assert_int_equal(zfs_study_new(&study), 0);
	for (size_t i = 0; i < count; i++)
		tell(study, facts[i].key, facts[i].value);
	assert_int_equal(zfs_study_report(study, &report, NULL), 0);
	zfs_study_free(&study);
	return report;
}

#define REPORT(...)                                     \
	report_of((const struct told[]){ __VA_ARGS__ }, \
		  sizeof((const struct told[]){ __VA_ARGS__ }) / sizeof(struct told))

/* Its words; NULL: it is not claimed. */
static const char *claimed(const struct zfs_report *report, enum zfs_claim_kind kind)
{
	for (size_t i = 0; i < report->claims.count; i++) {
		if (report->claims.items[i].kind == kind)
			return report->claims.items[i].words;
	}
	return NULL;
}

#define ASSERT_CLAIM(kind, part, ...)                                                        \
	do {                                                                                 \
		owns(zfs_report_free) struct zfs_report *claim_report = REPORT(__VA_ARGS__); \
		const char *claim_words = claimed(claim_report, kind);                       \
		assert_non_null(claim_words);                                                \
		if (!strstr(claim_words, part))                                              \
			fail_msg("%s", claim_words);                                         \
	} while (0)

#define ASSERT_SILENT(...)                                                                    \
	do {                                                                                  \
		owns(zfs_report_free) struct zfs_report *silent_report = REPORT(__VA_ARGS__); \
		if (silent_report->claims.count)                                              \
			fail_msg("%s", silent_report->claims.items[0].words);                 \
	} while (0)

#define POOL                                       \
	{                                          \
		"zfs1|zpool|tank|health", "ONLINE" \
	}

static void pools(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_SUSPENDED, "SUSPENDED", POOL,
		     { "zfs1|status|tank|kernel", "SUSPENDED" });
	ASSERT_CLAIM(ZFS_CLAIM_FULL_POOL, "93 %", { "zfs1|zpool|tank|capacity", "93%" });
	ASSERT_CLAIM(ZFS_CLAIM_FRAGMENTED, "60 %", { "zfs1|zpool|tank|fragmentation", "60" });
	ASSERT_SILENT(POOL, { "zfs1|zpool|tank|capacity", "79" },
		      { "zfs1|zpool|tank|fragmentation", "-" });
}

#define VDEV(place, name, disk_ns)                          \
	{ "zfs1|iostat|" place "|name", name },             \
	{                                                   \
		"zfs1|iostat|" place "|disk_write", disk_ns \
	}

static void a_device_is_slow_among_its_peers(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_SLOW_VDEV,
		     "c takes 90.0 ms for a write in the mean, its 3 peers 2.00 ms", POOL,
		     VDEV("000", "tank", "9000000"), VDEV("001", "raidz1-0", "9000000"),
		     VDEV("002", "a", "1900000"), VDEV("003", "b", "2000000"),
		     VDEV("004", "c", "90000000"), VDEV("005", "d", "2100000"));
	/* All are slow: nobody is. A group is no device, and one alone has no peers. */
	ASSERT_SILENT(POOL, VDEV("000", "tank", "9000000"), VDEV("001", "a", "80000000"),
		      VDEV("002", "b", "90000000"));
	ASSERT_SILENT(POOL, VDEV("000", "tank", "9000000"), VDEV("001", "a", "90000000"));
	/* The device of another pool is no peer. */
	ASSERT_SILENT(POOL, { "zfs1|zpool|fast|health", "ONLINE" }, VDEV("000", "fast", "9000"),
		      VDEV("001", "a", "9000"), VDEV("002", "tank", "9000000"),
		      VDEV("003", "b", "90000000"));
}

static void devices_that_fail(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_VDEV_ERRORS, "vdb is FAULTED, with 12 errors",
		     { "zfs1|vdev|001|pool", "tank" }, { "zfs1|vdev|001|name", "vdb" },
		     { "zfs1|vdev|001|state", "FAULTED" }, { "zfs1|vdev|001|write", "12" });
	ASSERT_CLAIM(ZFS_CLAIM_SLOW_IO, "vdb had 7 I/Os of more than 500 ms",
		     { "zfs1|param|zfs|zio_slow_io_ms", "500" }, { "zfs1|vdev|001|pool", "tank" },
		     { "zfs1|vdev|001|name", "vdb" }, { "zfs1|vdev|001|slow", "7" });
	ASSERT_CLAIM(ZFS_CLAIM_SLOW_IO, "3 delay events",
		     { "zfs1|event|ereport.fs.zfs.delay|count", "3" });
	ASSERT_CLAIM(ZFS_CLAIM_DEADMAN, "1 deadman event",
		     { "zfs1|event|ereport.fs.zfs.deadman|count", "1" });
	ASSERT_CLAIM(ZFS_CLAIM_DEADMAN, "slow vdev", { "zfs1|message|000|", "5 slow vdev: x" });
	ASSERT_SILENT({ "zfs1|vdev|001|pool", "tank" }, { "zfs1|vdev|001|name", "vdb" },
		      { "zfs1|vdev|001|state", "ONLINE" }, { "zfs1|vdev|001|write", "0" });
}

static void ciphers(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_AES_CCM, "tank/a, tank/b, tank/c and 1 more are encrypted", POOL,
		     { "zfs1|zfs|tank/a|encryption", "aes-256-ccm" },
		     { "zfs1|zfs|tank/b|encryption", "aes-128-ccm" },
		     { "zfs1|zfs|tank/c|encryption", "aes-256-ccm" },
		     { "zfs1|zfs|tank/d|encryption", "aes-256-ccm" });
	ASSERT_SILENT(POOL, { "zfs1|zfs|tank/a|encryption", "aes-256-gcm" },
		      { "zfs1|param|icp|icp_gcm_impl", "cycle [fastest] avx generic" });
	ASSERT_CLAIM(ZFS_CLAIM_SLOW_CIPHER, "generic implementation", POOL,
		     { "zfs1|zfs|tank/a|encryption", "aes-256-gcm" },
		     { "zfs1|param|zfs|icp_gcm_impl", "cycle fastest avx [generic]" });
	ASSERT_SILENT(POOL, { "zfs1|zfs|tank/a|encryption", "off" },
		      { "zfs1|param|zfs|icp_gcm_impl", "cycle fastest avx [generic]" });
}

#define STATUS                                                              \
	{ "zfs1|vdev|000|pool", "tank" }, { "zfs1|vdev|000|name", "tank" }, \
	{                                                                   \
		"zfs1|vdev|000|class", "data"                               \
	}
#define ALWAYS                                    \
	{                                         \
		"zfs1|zfs|tank/db|sync", "always" \
	}

static void each_write_is_safe_at_once(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_SYNC_ALWAYS, "tank/db: sync=always", POOL, STATUS, ALWAYS);
	ASSERT_SILENT(POOL, STATUS, ALWAYS, { "zfs1|vdev|001|pool", "tank" },
		      { "zfs1|vdev|001|name", "nvme0" }, { "zfs1|vdev|001|class", "logs" });
	/* Whether there is a log device is not known. */
	ASSERT_SILENT(POOL, ALWAYS);
	/* Another pool whose name begins alike. */
	ASSERT_SILENT(POOL, STATUS, { "zfs1|zfs|tank2/db|sync", "always" });
}

#define WRITES(writes, bytes)                                              \
	{ "zfs1|zfs|tank/db|recordsize", "128K" },                         \
		{ "zfs1|kstat|tank/objset-0x36|dataset_name", "tank/db" }, \
		{ "zfs1|kstat|tank/objset-0x36|reads", "0" },              \
		{ "zfs1|kstat|tank/objset-0x36|nread", "0" },              \
		{ "zfs1|kstat|tank/objset-0x36|writes", writes },          \
	{                                                                  \
		"zfs1|kstat|tank/objset-0x36|nwritten", bytes              \
	}

static void small_writes_into_large_records(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_SMALL_RECORDS, "1,000 writes of 8 KiB in the mean", POOL,
		     WRITES("1000", "8192000"));
	ASSERT_SILENT(POOL, WRITES("999", "8191000"));
	ASSERT_SILENT(POOL, WRITES("1000", "65536000"));
}

static void writers_are_held_back(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_DIRTY_THROTTLE, "of 2,000 transactions 150 were delayed",
		     { "zfs1|kstat|dmu_tx|dmu_tx_assigned", "2000" },
		     { "zfs1|kstat|dmu_tx|dmu_tx_dirty_delay", "150" });
	ASSERT_SILENT({ "zfs1|kstat|dmu_tx|dmu_tx_assigned", "200000" },
		      { "zfs1|kstat|dmu_tx|dmu_tx_dirty_delay", "150" });
	/* What was before the watch is not of it. */
	ASSERT_SILENT({ "zfs1|kstat|dmu_tx|dmu_tx_assigned", "1000" },
		      { "zfs1|kstat|dmu_tx|dmu_tx_dirty_delay", "150" },
		      { "zfs2|kstat|dmu_tx|dmu_tx_assigned", "2000" },
		      { "zfs2|kstat|dmu_tx|dmu_tx_dirty_delay", "150" });
}

static void transaction_groups(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = NULL;

	ASSERT_CLAIM(ZFS_CLAIM_TXG_STALL, "transaction group 7 took 6.00 s to sync", POOL,
		     { "zfs1|txgs|tank|7.state", "C" }, { "zfs1|txgs|tank|7.stime", "6000000000" },
		     { "zfs1|txgs|tank|8.state", "C" }, { "zfs1|txgs|tank|8.stime", "1000000" });
	ASSERT_SILENT(POOL, { "zfs1|param|zfs|zfs_txg_timeout", "30" },
		      { "zfs1|txgs|tank|7.state", "C" },
		      { "zfs1|txgs|tank|7.stime", "6000000000" });
	/* One that is not committed yet has no time. */
	report = REPORT(POOL, { "zfs1|txgs|tank|7.state", "C" }, { "zfs1|txgs|tank|7.otime", "4" },
			{ "zfs1|txgs|tank|7.stime", "2" }, { "zfs1|txgs|tank|9.state", "O" },
			{ "zfs1|txgs|tank|9.otime", "0" }, { "zfs1|txgs|tank|8.state", "C" },
			{ "zfs1|txgs|tank|8.otime", "8" }, { "zfs1|txgs|tank|8.stime", "4" },
			{ "zfs1|txgs|tank|8.qtime", "3" }, { "zfs1|txgs|tank|8.wtime", "5" });
	assert_int_equal(report->pools.items[0].txgs.count, 2);
	assert_int_equal(report->pools.items[0].txgs.open_mean_ns, 6);
	assert_int_equal(report->pools.items[0].txgs.sync_mean_ns, 3);
	assert_int_equal(report->pools.items[0].txgs.wait_max_ns, 8);
}

#define ARC_SIZES                                                                    \
	{ "zfs1|kstat|arcstats|size", "1000" }, { "zfs1|kstat|arcstats|c", "1000" }, \
	{                                                                            \
		"zfs1|kstat|arcstats|c_max", "4000"                                  \
	}

static void the_cache(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = NULL;

	ASSERT_CLAIM(ZFS_CLAIM_ARC_SMALL, "of 2,000 misses 300 were", ARC_SIZES,
		     { "zfs1|kstat|arcstats|demand_data_misses", "2000" },
		     { "zfs1|kstat|arcstats|mfu_ghost_hits", "300" });
	ASSERT_SILENT(ARC_SIZES, { "zfs1|kstat|arcstats|demand_data_misses", "2000" },
		      { "zfs1|kstat|arcstats|mfu_ghost_hits", "100" });
	ASSERT_CLAIM(ZFS_CLAIM_ARC_COLLAPSING, "it may not grow", ARC_SIZES,
		     { "zfs1|kstat|arcstats|arc_no_grow", "1" });
	ASSERT_CLAIM(ZFS_CLAIM_ARC_COLLAPSING, "fell from 1000 B to 500 B", ARC_SIZES,
		     { "zfs2|kstat|arcstats|size", "500" }, { "zfs2|kstat|arcstats|c", "500" });
	report = REPORT(ARC_SIZES, { "zfs1|kstat|arcstats|demand_data_hits", "100" },
			{ "zfs1|kstat|arcstats|snaptime", "1000" },
			{ "zfs2|kstat|arcstats|size", "1000" }, { "zfs2|kstat|arcstats|c", "990" },
			{ "zfs2|kstat|arcstats|demand_data_hits", "175" },
			{ "zfs2|kstat|arcstats|demand_data_misses", "25" },
			{ "zfs2|kstat|arcstats|snaptime", "6000" });
	assert_int_equal(report->window_ns, 5000);
	assert_int_equal(report->arc.kinds[ZFS_DEMAND_DATA].hits, 75);
	assert_true(report->arc.kinds[ZFS_DEMAND_DATA].hit_share == 0.75);
	assert_true(report->arc.kinds[ZFS_PREFETCH_DATA].hit_share < 0);
	assert_int_equal(report->claims.count, 0);
}

static void queues_whose_threads_all_work(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_TASKQ_BOUND, "all 2 threads work, and 9 tasks wait",
		     { "zfs1|taskq|z_rd_int|act", "2" }, { "zfs1|taskq|z_rd_int|max", "2" },
		     { "zfs1|taskq|z_rd_int|pend", "9" });
	ASSERT_SILENT({ "zfs1|taskq|z_rd_int|act", "1" }, { "zfs1|taskq|z_rd_int|max", "2" },
		      { "zfs1|taskq|z_rd_int|pend", "9" });
}

static void threads_are_summed_by_pool(void **state)
{
	owns(zfs_report_free) struct zfs_report *report = REPORT(
		{ "zfs1|thread|z_rd_int_0|10", "1000" }, { "zfs1|thread|z_rd_int_1|11", "50" },
		{ "zfs2|thread|z_rd_int_0|10", "1500" }, { "zfs2|thread|z_rd_int_2|12", "30" },
		{ "zfs2|thread|txg_sync|20", "5" });

	assert_int_equal(report->threads.count, 2);
	assert_string_equal(report->threads.items[0].name, "z_rd_int_*");
	assert_int_equal(report->threads.items[0].cpu_ns, 530);
	assert_int_equal(report->threads.items[0].threads, 2);
}

static void waits_of_writers_have_quantiles(void **state)
{
	owns(zfs_report_free) struct zfs_report *report =
		REPORT(POOL, { "zfs1|kstat|tank/dmu_tx_assign|1024 ns", "90" },
		       { "zfs1|kstat|tank/dmu_tx_assign|256 ns", "0" },
		       { "zfs1|kstat|tank/dmu_tx_assign|2048 ns", "9" },
		       { "zfs1|kstat|tank/dmu_tx_assign|4096 ns", "1" });
	const struct zfs_quantiles *assign = &report->pools.items[0].assign;

	assert_int_equal(assign->count, 100);
	assert_int_equal(assign->p50_ns, 1024);
	assert_int_equal(assign->p99_ns, 2048);
	assert_int_equal(assign->max_ns, 4096);
}

static void what_is_not_known_is_said(void **state)
{
	owns(zfs_report_free) struct zfs_report *report =
		REPORT(POOL, { "zfs1|damage|there/arcstats|", "line 3: x" });
	struct zfs_study *study = NULL;
	struct zfs_report *none = NULL;

	/* One of the age of the counts, and one for each text that is missing. */
	assert_int_equal(report->notes.count, 15);
	assert_int_equal(report->damage.count, 1);
	assert_string_equal(report->damage.items[0].words, "there/arcstats, line 3: x");
	assert_int_equal(zfs_study_new(&study), 0);
	tell(study, "kernel.release", "6.1");
	assert_int_equal(zfs_study_report(study, &none, NULL), -ENODATA);
	zfs_study_free(&study);
}

static bool is_noted(const struct zfs_report *report, const char *part)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, part))
			return true;
	}
	return false;
}

/* Each with what it is called when it is missing. */
static const struct {
	struct told fact;
	const char *note;
} TEXTS[] = {
	{ { "zfs1|zpool|tank|capacity", "5" }, "no zpool get" },
	{ { "zfs1|vdev|000|pool", "tank" }, "no zpool status" },
	{ { "zfs1|txgs|tank|7.state", "C" }, "no kstat txgs" },
	{ { "zfs1|iostat|000|name", "tank" }, "no zpool iostat -lqvHp" },
	{ { "zfs1|latency|000|name", "tank" }, "no zpool iostat -wvHp" },
	{ { "zfs1|zfs|tank|sync", "standard" }, "no zfs get" },
	{ { "zfs1|kstat|arcstats|size", "1" }, "no kstat arcstats" },
	{ { "zfs1|kstat|dmu_tx|dmu_tx_assigned", "1" }, "no kstat dmu_tx" },
	{ { "zfs1|kstat|zil|zil_commit_count", "1" }, "no kstat zil" },
	{ { "zfs1|param|zfs|zfs_arc_max", "0" }, "no params.txt" },
	{ { "zfs1|impl|fletcher_4|fastest", "avx2" }, "no kstat fletcher_4_bench" },
	{ { "zfs1|messages||count", "4" }, "no kstat dbgmsg" },
	{ { "zfs1|events||count", "0" }, "no zpool events" },
	{ { "zfs1|taskq|z_rd_int|act", "1" }, "no kstat/taskq/summary" },
};
enum {
	TEXT_COUNT = sizeof(TEXTS) / sizeof(TEXTS[0])
};

static struct zfs_report *report_without(size_t missing)
{
	static const struct told BESIDE[] = {
		{ "zfs1|zpool|tank|health", "ONLINE" },
		{ "zfs1|vdev|000|name", "tank" },
		{ "zfs1|kstat|arcstats|c", "1" },
		{ "zfs1|kstat|tank/objset-0x36|dataset_name", "tank" },
		{ "zfs1|kstat|tank/objset-0x36|reads", "0" },
		{ "zfs1|kstat|tank/objset-0x36|nread", "0" },
		{ "zfs1|kstat|tank/objset-0x36|writes", "0" },
		{ "zfs1|kstat|tank/objset-0x36|nwritten", "0" },
	};
	struct told facts[TEXT_COUNT + sizeof(BESIDE) / sizeof(BESIDE[0])];
	size_t count = sizeof(BESIDE) / sizeof(BESIDE[0]);

	memcpy(facts, BESIDE, sizeof(BESIDE));
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		if (i != missing)
			facts[count++] = TEXTS[i].fact;
	}
	return report_of(facts, count);
}

static void each_text_that_is_missing_is_noted_and_no_other(void **state)
{
	for (size_t i = 0; i <= TEXT_COUNT; i++) {
		owns(zfs_report_free) struct zfs_report *report = report_without(i);

		/* One is of the age of the counts. */
		assert_int_equal(report->notes.count, i < TEXT_COUNT ? 2 : 1);
		if (i < TEXT_COUNT && !is_noted(report, TEXTS[i].note))
			fail_msg("not noted: %s", TEXTS[i].note);
	}
}

static void pools_of_which_something_is_missing_are_named(void **state)
{
	owns(zfs_report_free) struct zfs_report *report =
		REPORT({ "zfs1|zpool|a|capacity", "5" }, { "zfs1|zpool|b|health", "ONLINE" },
		       { "zfs1|zpool|c|health", "ONLINE" }, { "zfs1|zpool|d|health", "ONLINE" },
		       { "zfs1|zpool|e|health", "ONLINE" });

	assert_true(is_noted(report, "the sizes of b, c, d and 1 more are not known"));
}

static void datasets_without_counts_are_noted(void **state)
{
	owns(zfs_report_free) struct zfs_report *report =
		REPORT(POOL, { "zfs1|zfs|tank|sync", "standard" });

	assert_true(is_noted(report, "no kstat objset-*"));
}

static void a_limit_that_is_not_known_is_said_to_be(void **state)
{
	ASSERT_CLAIM(ZFS_CLAIM_DIRTY_THROTTLE, "limit unknown",
		     { "zfs1|kstat|dmu_tx|dmu_tx_assigned", "2000" },
		     { "zfs1|kstat|dmu_tx|dmu_tx_dirty_delay", "150" });
	ASSERT_CLAIM(ZFS_CLAIM_DIRTY_THROTTLE, "limit 1 GiB",
		     { "zfs1|param|zfs|zfs_dirty_data_max", "1073741824" },
		     { "zfs1|kstat|dmu_tx|dmu_tx_assigned", "2000" },
		     { "zfs1|kstat|dmu_tx|dmu_tx_dirty_delay", "150" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pools),
		cmocka_unit_test(a_device_is_slow_among_its_peers),
		cmocka_unit_test(devices_that_fail),
		cmocka_unit_test(ciphers),
		cmocka_unit_test(each_write_is_safe_at_once),
		cmocka_unit_test(small_writes_into_large_records),
		cmocka_unit_test(writers_are_held_back),
		cmocka_unit_test(transaction_groups),
		cmocka_unit_test(the_cache),
		cmocka_unit_test(queues_whose_threads_all_work),
		cmocka_unit_test(threads_are_summed_by_pool),
		cmocka_unit_test(waits_of_writers_have_quantiles),
		cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(each_text_that_is_missing_is_noted_and_no_other),
		cmocka_unit_test(pools_of_which_something_is_missing_are_named),
		cmocka_unit_test(datasets_without_counts_are_noted),
		cmocka_unit_test(a_limit_that_is_not_known_is_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
