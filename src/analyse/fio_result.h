/*
 * What did fio measure? The text of its --output-format=json+ as numbers. fio writes its own
 * troubles into the same file, before the JSON: they are kept as the reason of a failure. No byte
 * of it is trusted.
 */
#ifndef ANALYSE_FIO_RESULT_H
#define ANALYSE_FIO_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "finding/bench.h"

/* So many operations took about this long: fio's own buckets. */
struct fio_bin {
	uint64_t ns;
	uint64_t count;
};

/* One way, all jobs together. */
struct fio_flow {
	uint64_t bytes;
	uint64_t ops;
	/* Of single operations, from submission to completion; of `timed` of them. */
	uint64_t timed;
	uint64_t min_ns;
	uint64_t max_ns;
	double mean_ns;
	ARRAY(struct fio_bin) bins; /* by rising ns */
};

/* Zero is a valid empty one; end it with fio_result_end(). */
struct fio_result {
	char version[32]; /* "fio-3.33" */
	int error;        /* an errno, of the job that failed first; 0: none did */
	uint64_t jobs_ns; /* from the first operation to the last */
	struct fio_flow flows[BENCH_WAYS];
};

/*
 * Read it. -EBADMSG: it is not fio's JSON, or is cut; -ENOTSUP: the job file has several groups,
 * whose times cannot be put together. *ret is the caller's on success, and untouched else.
 */
must_check int fio_result_read(const char *text, size_t bytes, struct fio_result *ret,
			       struct diag *why);

/*
 * What fio said was wrong: the first line of its troubles, without "fio: "; "" when it said
 * nothing. Any bytes may be in it.
 */
void fio_result_trouble(const char *text, size_t bytes, char *room, size_t room_bytes);

void fio_result_end(struct fio_result *result);

/* Add the operations of one flow to another. -ENOMEM: it is unchanged. */
must_check int fio_flow_merge(struct fio_flow *flow, const struct fio_flow *other);

/* What a report says of it. */
void fio_flow_tell(const struct fio_flow *flow, struct latency *ret);

#endif
