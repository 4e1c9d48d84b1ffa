/*
 * How do targets compare under the same load, and why do they differ? The report that analyse
 * builds and view shows. As with the verdict, nothing is computed twice.
 */
#ifndef FINDING_BENCH_H
#define FINDING_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"

enum {
	BENCH_TARGETS_MAX = 8,
	BENCH_NAME_BYTES = 33,
	BENCH_ROUNDS_MAX = 1000,
	BENCH_ROUNDS_TO_JUDGE = 3, /* of each target; with fewer nobody knows what chance does */
};

/* Smaller differences are not worth telling, however certain. */
#define BENCH_SHARE_MIN 0.02

enum bench_preset {
#define BENCH_PRESET(NAME, id, words, options) BENCH_PRESET_##NAME,
#include "finding/bench.def"
#undef BENCH_PRESET
	BENCH_PRESET_COUNT
};

struct bench_preset_row {
	const char *id;
	const char *words;
	const char *options; /* of fio, separated by spaces */
};

const struct bench_preset_row *bench_preset_row(enum bench_preset preset);

/* Read "seq-read,mixed" into a set of bits (1 << preset): each at most once, at least one. -EINVAL.
 */
must_check int bench_presets_read(const char *text, uint32_t *ret);

/* Does it go around the page cache? */
bool bench_preset_is_direct(enum bench_preset preset);

enum bench_way {
	BENCH_READ,
	BENCH_WRITE,
	BENCH_WAYS,
};

/* "read", "write". */
const char *bench_way_name(enum bench_way way);

/* Where is tried. */
struct bench_target {
	char name[BENCH_NAME_BYTES]; /* letters, digits, '.', '_' and '-' */
	char *folder;                /* owned */
	char *type;                  /* owned: of the file system: "ext4"; "": not known */
	char *source;                /* owned: "/dev/vda"; "": not known */
};

/* CPU time of threads that do one kind of work, over all rounds. */
struct bench_pool {
	char name[64];
	bool is_kernel;   /* else they are of the job */
	uint32_t threads; /* the most in a round */
	uint32_t born;    /* during the rounds, of all together */
	uint32_t died;
	uint64_t run_ns;
	double cpus;       /* that it kept busy, of 1 each, while fio ran */
	double ns_per_gib; /* of what the job read and wrote; 0 when that was nothing */
};

/* What came of one target: over all of its whole rounds. */
struct bench_row {
	uint32_t rounds;
	uint64_t bytes; /* read and written */
	uint64_t ops;
	uint64_t jobs_ns;   /* that fio's jobs took, by fio's clock */
	uint64_t window_ns; /* from fio's start to its end; 0: not watched */
	/* In a second, both ways: the mean over the rounds, and how these differ. */
	double bytes_per_s;
	double least_bytes_per_s;
	double most_bytes_per_s;
	double deviation; /* standard deviation by the mean; 0 with one round */
	double ops_per_s;
	double way_bytes_per_s[BENCH_WAYS];
	struct latency latency[BENCH_WAYS]; /* from submission to completion; count 0: none */

	bool is_watched;     /* else there are no pools, and only fio's own CPU time is known */
	uint64_t job_ns;     /* CPU time of fio, its workers (iou-wrk) included */
	uint64_t kernel_ns;  /* CPU time of kernel threads meanwhile, whomever they worked for */
	uint64_t counted_ns; /* of fio again: as the kernel counted it for wait(2) */
	double cpu_per_gib;  /* nanoseconds of both for each GiB */
	ARRAY(struct bench_pool) pools; /* by falling run_ns, then name */
	uint64_t lost_events;

	bool is_device_known; /* how much of what was read came from a device */
	double device_share;  /* of the bytes read; more than 1: also what was not asked for */
	bool is_arc_known;    /* a file system of ZFS */
	double arc_hits;      /* share of the demands that ZFS's cache (ARC) could serve */
	double watched_bytes_per_s; /* of the round that was watched in full to explain it, and is
				       in no number above; 0: there was none */
};

/* One target is slower than the fastest. */
struct bench_difference {
	size_t slower; /* of the targets */
	size_t faster;
	double factor;   /* how many times as long it takes for the same */
	double chance;   /* the factor that chance alone makes in one of a hundred */
	bool is_judged;  /* there were rounds enough to tell it from chance */
	bool is_certain; /* it is more than that, and large enough to matter */
	char headline[320];
	ARRAY(struct text) reasons; /* what makes it slow, most of it first */
	ARRAY(struct text) advice;
};

/* A preset or a job file. */
struct bench_case {
	char id[64];
	char words[128]; /* "": nothing but the id is known */
	char *options;   /* owned: what fio was told; "": a job file of the user's */
	struct bench_row rows[BENCH_TARGETS_MAX];   /* by target; without rounds: not tried */
	ARRAY(struct bench_difference) differences; /* slowest first */
};

struct bench {
	uint32_t rounds; /* that were wanted */
	uint64_t run_ns; /* wanted for each; 0: as the job file says */
	uint64_t size;   /* bytes of the file in each target; 0: as the job file says */
	uint32_t cpus;   /* online; 0: not known */
	bool was_interrupted;
	char fio[32]; /* its version */
	ARRAY(struct bench_target) targets;
	ARRAY(struct bench_case) cases;
	ARRAY(struct text) notes; /* what to know before believing it */
};

void bench_free(struct bench **bench);

#endif
