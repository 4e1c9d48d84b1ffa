/* What are the threads of a trace called? As the file says at its begin, or else as switches do. */
#ifndef IMPORT_TRACE_THREADS_H
#define IMPORT_TRACE_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "import/perf_tell.h"

/* Born zero. */
struct trace_threads {
	struct hash_map told;   /* tid → hash of the name */
	bool are_of_no_process; /* which process a thread is of is not known */
};

void trace_threads_clear(struct trace_threads *threads);

/* Tell the thread by this name, NUL-padded, unless it was told by it already; idle threads never
 * are. */
must_check int trace_threads_tell(struct trace_threads *threads, uint32_t tid, const char comm[16],
				  struct perf_out *out, struct diag *why);

/* The same, but only where it has no name yet. */
must_check int trace_threads_hint(struct trace_threads *threads, uint32_t tid, const char comm[16],
				  struct perf_out *out, struct diag *why);

/* Tell those of a text of lines "TID NAME". */
must_check int trace_threads_read(struct trace_threads *threads, const char *text, size_t bytes,
				  struct perf_out *out, struct diag *why);

#endif
