/*
 * Which operations on which files took how long, and where did the time go? The report that analyse
 * builds and view shows. As with the verdict, nothing is computed twice.
 */
#ifndef FINDING_FILES_H
#define FINDING_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"
#include "finding/latency_map.h"

/* What tells the rows of the table apart. */
enum files_key {
	FILES_BY_FILE,
	FILES_BY_DIR,
	FILES_BY_MOUNT,
	FILES_BY_TYPE, /* of the file system */
	FILES_BY_OP,
	FILES_BY_ENGINE, /* system calls, libaio, io_uring, page faults */
	FILES_BY_THREAD,
	FILES_BY_COMM,
	FILES_KEY_COUNT
};
/* "file", "dir", … Never NULL. */
const char *files_key_name(enum files_key key);

struct files_keys {
	enum files_key items[FILES_KEY_COUNT];
	size_t count;
};
bool files_keys_have(const struct files_keys *keys, enum files_key key);
/* "file,op": -EINVAL: there is no such key, or it comes twice. */
must_check int files_keys_read(const char *text, struct files_keys *ret);

/* The layers that an operation passes. */
enum files_part {
	FILES_BEFORE,  /* until its first request: the file system, or waiting for others */
	FILES_QUEUED,  /* in the queue of its device */
	FILES_DEVICE,  /* in the driver and the device */
	FILES_BETWEEN, /* one request was complete, the next not yet made */
	FILES_AFTER,   /* until the operation was complete or reaped */
	FILES_PARTS
};

/*
 * Where the time of operations went whose block requests are known. Time in which several requests
 * were under way counts once. The parts sum to total_ns.
 */
struct files_split {
	uint64_t count;    /* of operations; 0: nothing is known */
	uint64_t requests; /* of all of them */
	uint64_t total_ns;
	uint64_t ns[FILES_PARTS];
	double share[FILES_PARTS]; /* of total_ns */
};

/* What operations were served from. They sum to those that were told one by one. */
struct files_source {
	uint64_t device;  /* it made block requests */
	uint64_t waited;  /* it made none, but its thread slept: for others' requests or locks */
	uint64_t memory;  /* it made none, and its thread never slept */
	uint64_t unknown; /* it made none, but whether somebody waited is not known */
};

struct files_row {
	const char *cells[FILES_KEY_COUNT]; /* by key; NULL: not asked for; "": not known */
	uint32_t tid;                       /* with FILES_BY_THREAD */
	bool is_rest;                       /* of the rows that found no room */
	bool is_tallied;           /* counted where it happened; else of what was told one by one */
	struct latency latency;    /* since the kernel began with it */
	struct latency completion; /* of libaio and io_uring: from handed over to reaped, of those
				      of which both are known */
	uint64_t mean_ns;
	double share;        /* of the time of all operations */
	double device_share; /* of those told one by one: made block requests; below 0: not known */
	struct files_source source;
	struct files_split split;
};

enum {
	FILES_FRAMES = 12, /* of a stack that are shown */
};

/* One operation that took long. */
struct files_slow {
	const char *path;
	const char *operation;
	const char *engine;
	const char *who;    /* "": not told */
	const char *flags;  /* "direct, sync, handed to a worker"; "" */
	const char *call;   /* the system call that submitted it; "" */
	const char *device; /* of the request that counts; "" */
	uint32_t tid;
	uint64_t id;
	uint64_t at_ns; /* since the watch's begin: when it was submitted */
	uint64_t ns;
	bool has_offset;
	uint64_t offset;
	uint64_t wanted;
	int64_t result;
	uint32_t depth;
	uint32_t batch;
	bool is_open;      /* it had not ended when the watch did */
	bool has_waited;   /* its thread slept */
	uint64_t slept_ns; /* the longest time without running that was seen in it; 0: none */
	const char *
		frames[FILES_FRAMES]; /* of the stack it slept on, innermost first; NULL: no more */
	struct files_split split;
};

/* What was written back, or read ahead, for a file outside of operations of the target. */
struct files_back {
	const char *path;
	const char *device;
	const char *by;     /* who queued the requests: "kworker", "jbd2/vda-8" */
	const char *writer; /* who wrote to the file while it was watched: most of it; "" */
	uint64_t reads;
	uint64_t writes;
	struct latency latency; /* queued to completed */
};

struct files_report {
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint64_t window_ns;
	struct files_keys keys;
	char by[96];
	uint64_t over_ns; /* operations of this length and longer are shown one by one */
	struct latency all;
	struct files_source source;
	struct files_split split;
	uint64_t requests;     /* block requests in all */
	uint64_t linked;       /* of them: caused by an operation that is known */
	uint64_t of_files;     /* of the others: of a known file */
	uint64_t slow_count;   /* operations of over_ns and longer, shown or not */
	uint64_t hidden_rows;  /* below min_share */
	uint64_t hidden_count; /* operations in them */
	uint64_t
		reap_unseen; /* of libaio: reaped without a system call, of those told one by one */
	uint64_t untimed;    /* of them: it is not known when they were complete */
	uint64_t lost;       /* operations that were not told one by one */
	uint64_t lost_requests;
	ARRAY(struct files_row) rows;
	struct latency_map_list maps;  /* of operations, by type of their file system */
	ARRAY(struct files_slow) slow; /* the slowest first */
	ARRAY(struct files_back) back;
	ARRAY(struct text) notes; /* what to know before believing it */
	ARRAY(char *) texts;      /* what the names point to */
};

/* Keep a text for as long as the report lives; "" is not copied. NULL: memory is out. */
const char *files_keep(struct files_report *report, const char *text);

void files_report_free(struct files_report **report);

#endif
