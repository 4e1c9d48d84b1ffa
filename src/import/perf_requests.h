/*
 * Which block requests were there? Tracepoints name a request only by device and sector: of several
 * with the same, the oldest is meant first. Flushes have no place: each device has one slot for
 * them.
 */
#ifndef IMPORT_PERF_REQUESTS_H
#define IMPORT_PERF_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "import/perf_formats.h"
#include "import/perf_tell.h"

#define PERF_REQUESTS_MAX 65536u

struct perf_request {
	struct event_request event;
	uint64_t key;
	uint32_t next; /* of the same key, younger; or of the free list: place + 1; 0: none */
};

/* Born zero. */
struct perf_requests {
	ARRAY(struct perf_request) items;
	struct hash_map oldest; /* key → place */
	uint32_t free;          /* place + 1 */
	uint64_t count;         /* made so far */
	uint64_t lost;          /* there was no room */
};

/* Where and when a tracepoint's record was made. */
struct perf_moment {
	const struct perf_format *format;
	struct perf_bytes raw;
	uint64_t time_ns;
	uint32_t tid;
	uint32_t cpu;
	uint64_t stack;
	uint64_t user_stack;
};

/* Was it queued (block_io_start, block_rq_insert) or issued (block_rq_issue)? -ENOMEM. */
must_check int perf_requests_queue(struct perf_requests *requests,
				   const struct perf_moment *moment);
must_check int perf_requests_issue(struct perf_requests *requests,
				   const struct perf_moment *moment);

/* It is complete: tell it. *ret_id: which it was, 0: began before the watch. */
must_check int perf_requests_complete(struct perf_requests *requests,
				      const struct perf_moment *moment, struct perf_out *out,
				      uint64_t *ret_id, struct diag *why);

/* Records are missing: what is open may have ended unseen. */
void perf_requests_forget(struct perf_requests *requests);
void perf_requests_free(struct perf_requests *requests);

#endif
