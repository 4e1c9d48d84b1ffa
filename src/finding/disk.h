/*
 * What did the block devices do, for whom, and how long did it take? The report that analyse builds
 * and view shows. As with the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_DISK_H
#define FINDING_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"

/* What tells the rows of the table apart. */
enum disk_key {
	DISK_BY_DEVICE,    /* whole disks */
	DISK_BY_PARTITION, /* partitions by themselves */
	DISK_BY_OP,
	DISK_BY_FLAGS,
	DISK_BY_ISSUER, /* the process or kernel thread that queued it */
	DISK_KEY_COUNT,
};

struct disk_keys {
	enum disk_key items[DISK_KEY_COUNT]; /* in the order in which they were given */
	size_t count;
};

/* "device", "partition", "op", "flags", "issuer". Never NULL. */
const char *disk_key_name(enum disk_key key);
/* Read "device,op": each key at most once, at least one. -EINVAL. */
must_check int disk_keys_read(const char *text, struct disk_keys *ret);
bool disk_keys_have(const struct disk_keys *keys, enum disk_key key);

/* What a request asks for, as the kernel's own statistics tell them apart. */
enum disk_op {
	DISK_READ,
	DISK_WRITE,
	DISK_FLUSH, /* one that the kernel sends by itself; writes that wait for one are writes */
	DISK_DISCARD,
	DISK_OTHER, /* a driver's own */
	DISK_OP_COUNT,
};
/* "read", … "flush"; "other". Never NULL. */
const char *disk_op_name(enum disk_op op);

/* Requests that are not told apart here. Times of some kind are all 0 where they are not known. */
struct disk_times {
	struct latency total;  /* submitted to completed; errors and bytes are here */
	struct latency device; /* given to the driver to completed */
	/* Submitted to given to the driver: sum and mean from the two above; quantiles only of
	 * those told one by one. */
	struct latency queue;
	uint64_t mean_ns;
	uint64_t queue_mean_ns;
	uint64_t device_mean_ns;
	uint64_t mean_bytes;
	uint64_t merged; /* bios and requests that became part of these */
};

enum {
	DISK_SIZES = 33, /* [n]: how many had 2^n bytes or more, but not 2^(n+1); [0]: none, too */
};

/* What one device did of one operation. */
struct disk_work {
	struct disk_times times;
	double per_s;
	double bytes_per_s;
	double sequential_share; /* that go on where one shortly before ended; below 0: not known */
	uint64_t sizes[DISK_SIZES]; /* of those told one by one */
	uint64_t sync;              /* with these flags: */
	uint64_t meta;
	uint64_t ahead;
	uint64_t fua;
	uint64_t flushing; /* that wait for a flush before them */
	uint64_t empty;    /* of these: that carry nothing else */
	uint64_t requeued;
	uint64_t throttled;
};

/* A slice of time. */
struct disk_column {
	uint64_t count; /* completed in it */
	uint64_t bytes;
	double queue_depth; /* mean, of those told one by one */
	double device_depth;
};

/* How many requests took how long when: cells[column * rows + row], where a row is a doubling. */
struct disk_heat {
	uint32_t first_doubling; /* of row 0 */
	uint32_t rows;
	ARRAY(uint64_t) cells;
};

struct disk_device {
	char name[32];
	uint32_t dev;
	char scheduler[16]; /* "": none, or not known */
	char lower[32];     /* the device that it lies on; "": none */
	bool is_rotational;
	uint32_t physical_block; /* in bytes, where it is larger than the logical one; 0 */
	bool has_write_cache;
	bool is_virtual;
	bool takes_bios; /* it makes no requests: there is no queue before it */
	bool is_counted; /* in the sums: what lies on another told device is not */
	struct disk_work work[DISK_OP_COUNT];
	struct disk_times all; /* but flushes that the kernel sends by itself */
	double per_s;
	double bytes_per_s;
	double queue_depth; /* mean over the watch */
	double device_depth;
	double busy_share; /* of the time something was under way; below 0: not known */
	uint64_t told;     /* one by one, of all */
	uint64_t count;
	ARRAY(struct disk_column) columns;
	struct disk_heat heat;
};

struct disk_row {
	char device[32]; /* "": not told apart by it */
	bool has_op;
	enum disk_op op;
	char flags[64];   /* "sync meta"; "" none, or not told apart by them */
	char issuer[128]; /* "": not told apart by it */
	uint32_t pid;     /* of a process */
	bool is_rest;     /* all those for which there was no room */
	struct disk_times times;
	double count_share;
	double time_share; /* of the time of all requests */
};

/* One request that took long. */
struct disk_slow {
	uint64_t at_ns; /* it completed, since the watch began */
	char device[32];
	enum disk_op op;
	char flags[64];
	char issuer[128];
	uint32_t tid;
	int32_t error;
	uint64_t sector;
	uint64_t bytes;
	uint64_t total_ns;
	uint64_t queue_ns;
	uint64_t device_ns;
};

/* What is seen, in words. The ids are a public contract. */
enum disk_claim_kind {
#define CLAIM(NAME, id, advice) DISK_CLAIM_##NAME,
#include "finding/disk_claims.def"
#undef CLAIM
	DISK_CLAIM_COUNT
};
/* "deep_queue"; never NULL. */
const char *disk_claim_id(enum disk_claim_kind kind);
/* What to do about it; never NULL. */
const char *disk_claim_advice(enum disk_claim_kind kind);

struct disk_claim {
	enum disk_claim_kind kind;
	char device[32];
	char words[256]; /* what was seen, with its numbers */
};

struct disk_report {
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint64_t window_ns;

	/* What was asked for. */
	struct disk_keys keys;
	char by[64];
	uint64_t over_ns;

	/* Of all devices, but of those that lie on others. */
	struct disk_times all[DISK_OP_COUNT];
	uint64_t count;
	uint64_t bytes;
	uint64_t told;      /* one by one: of all devices */
	uint64_t told_of;   /* of so many */
	bool is_tallied;    /* counted where it happened: exact */
	uint64_t lost;      /* requests that are in no sum */
	bool may_miss;      /* and there may be more: nobody counts them all */
	uint64_t column_ns; /* how long a column is; 0: there are none */

	ARRAY(struct disk_device) devices; /* by falling time, then names */
	ARRAY(struct disk_row) rows;       /* by falling time, then what tells them apart */
	ARRAY(struct disk_row) issuers;    /* the same, by issuer alone */
	ARRAY(struct disk_slow) slowest;   /* the slowest first */
	uint64_t slow_count;               /* how many took over_ns or more */
	ARRAY(struct disk_claim) claims;
	ARRAY(struct text) notes;
};

void disk_report_free(struct disk_report **report);

#endif
