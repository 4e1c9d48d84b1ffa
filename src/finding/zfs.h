/*
 * What is wrong with ZFS's pools and datasets? The report that analyse builds and view shows.
 * Counts are those of the watch where there were two looks, else since the module was loaded or
 * the pool imported.
 */
#ifndef FINDING_ZFS_H
#define FINDING_ZFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

enum {
	ZFS_NAME_BYTES = 256, /* ZFS_MAX_DATASET_NAME_LEN */
	ZFS_WORD_BYTES = 64,
};

enum zfs_claim_kind {
#define ZFS_CLAIM(NAME, id, advice, source) ZFS_CLAIM_##NAME,
#include "finding/zfs_claims.def"
#undef ZFS_CLAIM
	ZFS_CLAIM_COUNT
};
/* "aes_ccm", what to do about it, and where the rule comes from; never NULL. */
const char *zfs_claim_id(enum zfs_claim_kind kind);
const char *zfs_claim_advice(enum zfs_claim_kind kind);
const char *zfs_claim_source(enum zfs_claim_kind kind);

struct zfs_claim {
	enum zfs_claim_kind kind;
	char subject[ZFS_NAME_BYTES]; /* a pool, a dataset, a vdev, "ARC" */
	char words[512];              /* what was seen, with its numbers */
};

enum zfs_arc_kind {
	ZFS_DEMAND_DATA,
	ZFS_DEMAND_METADATA,
	ZFS_PREFETCH_DATA,
	ZFS_PREFETCH_METADATA,
	ZFS_ARC_KIND_COUNT,
};
/* "demand data"; never NULL. */
const char *zfs_arc_kind_name(enum zfs_arc_kind kind);

struct zfs_hits {
	uint64_t hits;
	uint64_t misses;
	double hit_share; /* below 0: nothing was asked */
};

struct zfs_arc {
	bool is_known;
	uint64_t size, target, target_min, target_max; /* bytes */
	uint64_t target_before; /* at the first look; 0: there was one look */
	struct zfs_hits kinds[ZFS_ARC_KIND_COUNT];
	uint64_t ghost_hits; /* missed, but evicted not long ago */
	uint64_t evicted;
	uint64_t throttled; /* allocations that waited for memory */
	bool is_held;       /* it may not grow: memory is short */
};

struct zfs_txgs {
	uint64_t count; /* that were synced; 0: the times below are unknown */
	uint64_t open_mean_ns;
	uint64_t wait_max_ns; /* quiescing and waiting for the sync */
	uint64_t sync_mean_ns;
	uint64_t sync_max_ns;
	uint64_t slowest; /* the number of the one with sync_max_ns */
	uint64_t dirty_max_bytes;
};

/* Limits of doublings, as ZFS keeps them: "99 % took no longer than this". */
struct zfs_quantiles {
	uint64_t count; /* 0: unknown */
	uint64_t p50_ns;
	uint64_t p99_ns;
	uint64_t max_ns;
};

struct zfs_pool {
	char name[ZFS_NAME_BYTES];
	char health[ZFS_WORD_BYTES]; /* "": unknown */
	uint64_t size, allocated, free;
	double full_share;       /* below 0: unknown */
	double fragmented_share; /* below 0: unknown */
	bool has_status;         /* its vdevs are known */
	bool has_log;
	struct zfs_txgs txgs;
	struct zfs_quantiles assign; /* waits of writers for a transaction group */
};

struct zfs_vdev {
	char pool[ZFS_NAME_BYTES]; /* "": unknown */
	char name[ZFS_NAME_BYTES];
	char class[ZFS_WORD_BYTES]; /* "data", "logs", …; "": unknown */
	char state[ZFS_WORD_BYTES]; /* "": unknown */
	bool is_pool;               /* the sum of all its vdevs */
	bool is_leaf;
	bool has_iostat;
	uint64_t read_per_s, write_per_s, read_bytes_per_s, write_bytes_per_s;
	uint64_t read_wait_ns, write_wait_ns; /* with queues; 0: none happened */
	uint64_t read_disk_ns, write_disk_ns; /* in the device */
	uint64_t pending, active;
	uint64_t errors; /* read, write and checksum */
	uint64_t slow;
	struct zfs_quantiles disk_read, disk_write;
};

struct zfs_dataset {
	char name[ZFS_NAME_BYTES];
	char encryption[ZFS_WORD_BYTES]; /* "": unknown, as those below */
	char compression[ZFS_WORD_BYTES];
	char checksum[ZFS_WORD_BYTES];
	char sync[ZFS_WORD_BYTES];
	uint64_t record_bytes; /* 0: unknown */
	bool has_counts;
	uint64_t reads, read_bytes, writes, written_bytes;
};

struct zfs_impl {
	char what[ZFS_WORD_BYTES]; /* "icp_gcm_impl" */
	char used[ZFS_WORD_BYTES];
	char choices[128];
};

struct zfs_threads {
	char name[ZFS_WORD_BYTES]; /* of the pool of threads: "z_rd_int_*" */
	uint64_t cpu_ns;
	uint64_t threads; /* at the last look */
};

struct zfs_event_count {
	char class[ZFS_WORD_BYTES];
	uint64_t count;
};

struct zfs_counts {
	bool is_known;
	uint64_t assigned;       /* transactions that were given a group */
	uint64_t dirty_delay;    /* that were delayed for dirty data */
	uint64_t dirty_throttle; /* that had to wait for the next group */
	uint64_t dirty_over_max;
	bool has_zil;
	uint64_t commits, log_writes; /* of the intent log */
	uint64_t log_bytes, log_device_bytes;
};

struct zfs_report {
	bool has_two_looks;
	uint64_t window_ns; /* between them; 0: unknown, or there was one */
	struct zfs_arc arc;
	struct zfs_counts counts;
	ARRAY(struct zfs_pool) pools;
	ARRAY(struct zfs_vdev) vdevs;
	ARRAY(struct zfs_dataset) datasets;
	ARRAY(struct zfs_impl) impls;
	ARRAY(struct zfs_threads) threads; /* by falling CPU time; only with two looks */
	ARRAY(struct zfs_event_count) events;
	ARRAY(struct text) messages; /* of ZFS's own log: those that tell of trouble */
	uint64_t message_count;      /* of such; the latest are kept */
	uint64_t messages_read;
	ARRAY(struct zfs_claim) claims; /* the gravest first */
	ARRAY(struct text) damage;      /* what could not be read */
	ARRAY(struct text) notes;
};

void zfs_report_free(struct zfs_report **report);

#endif
