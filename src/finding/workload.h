/*
 * What did the programs ask of their files? The model that analyse builds and view shows, in words
 * and as a job of fio. As with the verdict, nothing is computed twice: a view lays out what stands
 * here. Names are as the traced system calls them: any bytes.
 */
#ifndef FINDING_WORKLOAD_H
#define FINDING_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"

/* What describes a job. */
enum workload_term {
#define WORKLOAD_TERM(NAME, id, words) WORKLOAD_TERM_##NAME,
#include "finding/workload.def"
#undef WORKLOAD_TERM
	WORKLOAD_TERM_COUNT
};

/* "engine"; its words: "how it asks the kernel". Never NULL. */
const char *workload_term_name(enum workload_term term);
const char *workload_term_words(enum workload_term term);

/* How a program asks for I/O, as fio's engines do it. */
enum workload_engine {
	WORKLOAD_ENGINE_SYNC,    /* read, write */
	WORKLOAD_ENGINE_PSYNC,   /* pread, pwrite */
	WORKLOAD_ENGINE_VSYNC,   /* readv, writev */
	WORKLOAD_ENGINE_PVSYNC,  /* preadv, pwritev */
	WORKLOAD_ENGINE_PVSYNC2, /* preadv2, pwritev2 */
	WORKLOAD_ENGINE_LIBAIO,
	WORKLOAD_ENGINE_IO_URING,
	WORKLOAD_ENGINE_MMAP,
	WORKLOAD_ENGINE_OTHER, /* sendfile and the like: fio has no such engine */
	WORKLOAD_ENGINE_COUNT,
};
/* As fio calls it, and "other". Never NULL. */
const char *workload_engine_name(enum workload_engine engine);

enum workload_direction {
	WORKLOAD_READ,
	WORKLOAD_WRITE,
	WORKLOAD_DIRECTIONS,
};

enum workload_access {
	WORKLOAD_ACCESS_UNKNOWN,
	WORKLOAD_ACCESS_SEQUENTIAL,
	WORKLOAD_ACCESS_STRIDED, /* always the same step, not its own size */
	WORKLOAD_ACCESS_RANDOM,
	WORKLOAD_ACCESS_RUNS,   /* so many in sequence, then elsewhere */
	WORKLOAD_ACCESS_PARTLY, /* some in sequence, some not */
};
/* "sequential", … "unknown". Never NULL. */
const char *workload_access_name(enum workload_access access);

enum workload_sync {
	WORKLOAD_SYNC_NONE,
	WORKLOAD_SYNC_DATA, /* O_DSYNC */
	WORKLOAD_SYNC_ALL,  /* O_SYNC */
};
/* As fio calls it: "none", "dsync", "sync". Never NULL. */
const char *workload_sync_name(enum workload_sync sync);

enum workload_arrival {
	WORKLOAD_ARRIVAL_UNKNOWN,
	WORKLOAD_ARRIVAL_CLOSED,  /* the next one begins when an earlier one has ended */
	WORKLOAD_ARRIVAL_EVEN,    /* at even intervals, whether or not earlier ones have ended */
	WORKLOAD_ARRIVAL_POISSON, /* at random moments, whether or not */
};
/* "closed", "even", "poisson", "unknown". Never NULL. */
const char *workload_arrival_name(enum workload_arrival arrival);

enum {
	WORKLOAD_SIZES = 16,
	WORKLOAD_NAME_BYTES = 48,
	WORKLOAD_VALUE_BYTES = 160,
};

struct workload_size {
	uint64_t bytes;
	uint64_t count;
	double share; /* of the direction's operations */
};

/* What goes in one direction. */
struct workload_side {
	uint64_t count;
	uint64_t bytes;                             /* asked for */
	uint64_t errors;                            /* of count */
	struct workload_size sizes[WORKLOAD_SIZES]; /* by falling share; shares sum to 1 */
	size_t size_count;
	uint64_t rounded; /* of count: there was no room for their sizes, the nearest was taken */
	struct latency latency; /* from when it was handed over to when the program had it back */
	double submit_share;    /* of the latency: handing it over; below 0: not known apart */
	double cached_share;    /* caused no block request; below 0: not known */
};

/* How much a term can be believed, and why not more. */
struct workload_trust {
	bool is_known;
	enum confidence confidence;
	char why[WORKLOAD_VALUE_BYTES]; /* "" where nothing speaks against it */
};

/* Threads that do the same: what fio calls a job. */
struct workload_job {
	char name[WORKLOAD_NAME_BYTES]; /* in [a-zA-Z0-9_.-], one of its own */
	char thread[64];                /* what the threads are called */
	char process[64];
	bool are_threads;           /* of one process, and not its only ones */
	uint32_t jobs;              /* threads */
	double share;               /* of all operations or of all bytes, the larger */
	uint64_t first_ns, last_ns; /* since the watch's begin */
	uint64_t active_ns;         /* of one thread, on average */

	enum workload_engine engine;
	const char *method; /* the system call, for WORKLOAD_ENGINE_OTHER; else "" */
	struct workload_side side[WORKLOAD_DIRECTIONS];
	double read_share; /* of the operations */

	enum workload_access access;
	double random_share;  /* of the operations; WORKLOAD_ACCESS_PARTLY */
	uint32_t run_length;  /* WORKLOAD_ACCESS_RUNS */
	int64_t stride_bytes; /* from one's begin to the next one's; WORKLOAD_ACCESS_STRIDED */
	uint32_t streams;     /* gone on from in turn, in one file by one thread */
	bool appends;         /* O_APPEND */

	bool is_direct;
	enum workload_sync sync;
	bool syncs_data;      /* by fdatasync */
	double writes_a_sync; /* 0: none is ever synced */
	uint64_t sync_count;
	struct latency sync_latency;

	uint32_t depth;     /* what it fills up to again and again */
	uint32_t depth_max; /* ever */
	double depth_mean;  /* over the time in which any is in flight */
	double batch_mean;
	uint32_t batch_max;
	double reaped_mean; /* 0: not known */

	uint32_t files;       /* of each thread */
	bool is_file_shared;  /* all threads use the same */
	uint32_t files_total; /* different ones of all threads */
	bool are_small;       /* files of which each was touched but a few times */
	char file[128];       /* the name of the busiest */
	char fs_type[17];
	uint64_t range_begin;    /* in bytes, lowest of all files */
	uint64_t range_end;      /* highest */
	uint64_t range_mean;     /* of a file: end − begin */
	uint64_t distinct_bytes; /* estimate, all files and threads */
	double revisits;         /* operations per distinct place */

	uint64_t think_ns;    /* median of the pauses; 0: none worth it */
	uint32_t think_every; /* operations from pause to pause */
	double think_share;   /* of the active time */
	enum workload_arrival arrival;
	double rate; /* operations per second, all threads */
	struct workload_trust trust[WORKLOAD_TERM_COUNT];
};

struct workload {
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint64_t window_ns;
	uint64_t operations; /* reads and writes on files, of the target */
	uint64_t bytes;
	uint64_t lost;     /* operations that were lost */
	uint64_t left_out; /* operations too few of a kind to make a job of */
	uint64_t left_out_bytes;
	uint64_t outside;                /* on pipes, sockets, devices and the kernel's own files */
	ARRAY(struct workload_job) jobs; /* by falling share */
	ARRAY(struct text) notes;
};

void workload_free(struct workload **workload);

/* The term's value as a person reads it: "4 KiB", "1 of 3 bytes …"; false when the job has none. */
bool workload_value(const struct workload_job *job, enum workload_term term,
		    char value[WORKLOAD_VALUE_BYTES]);

/* One term of a job, as recorded and as it came out when the job was run by fio. */
struct workload_match {
	enum workload_term term;
	char recorded[WORKLOAD_VALUE_BYTES];
	char reproduced[WORKLOAD_VALUE_BYTES]; /* "": the run did not have it */
	bool is_number;
	double off;      /* reproduced / recorded − 1; for numbers only */
	bool is_matched; /* the same, or near enough to be */
};

struct workload_job_match {
	char name[WORKLOAD_NAME_BYTES];
	bool is_missing; /* the run has no such job */
	uint32_t mismatches;
	ARRAY(struct workload_match) terms;
};

struct workload_comparison {
	ARRAY(struct workload_job_match) jobs;
	ARRAY(struct text) notes; /* what was changed for the run */
};

void workload_comparison_free(struct workload_comparison **comparison);

/* Term by term, in the order of workload.def; jobs are known by their names. -ENOMEM. */
must_check int workload_compare(const struct workload *recorded, const struct workload *reproduced,
				struct workload_comparison **ret);

#endif
