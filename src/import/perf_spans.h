/*
 * What did the threads do, by the tracepoints? Runs, waits and stays in the queue out of switches
 * and wake-ups, system calls out of their two ends, block requests out of theirs.
 */
#ifndef IMPORT_PERF_SPANS_H
#define IMPORT_PERF_SPANS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_requests.h"
#include "import/perf_tasks.h"
#include "import/perf_tell.h"

struct perf_spans;

must_check int perf_spans_new(struct perf_tasks *tasks, struct perf_spans **ret);
void perf_spans_free(struct perf_spans **spans);

/* Take a tracepoint's record, in order of time. */
must_check int perf_spans_take(struct perf_spans *spans, const struct perf_moment *moment,
			       struct perf_out *out, struct diag *why);

#define PERF_ALL_CPUS UINT32_MAX

/* Records of a CPU were lost until then: what was open is not known any more. */
void perf_spans_gap(struct perf_spans *spans, uint32_t cpu, uint64_t time_ns);

/* The watch ends: tell what is still open. */
must_check int perf_spans_finish(struct perf_spans *spans, uint64_t end_ns, struct perf_out *out,
				 struct diag *why);

/* Requests for which there was no room. */
uint64_t perf_spans_lost_requests(const struct perf_spans *spans);

#endif
