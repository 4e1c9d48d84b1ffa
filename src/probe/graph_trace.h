/* How is every call below a function seen? By the kernel's function_graph tracer, into a trace.dat.
 */
#ifndef PROBE_GRAPH_TRACE_H
#define PROBE_GRAPH_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

struct graph_trace_options {
	const char *tracefs;   /* where it is mounted */
	const char *function;  /* its name, or a pattern as set_graph_function takes it: "vfs_*" */
	const uint32_t *tgids; /* of these processes, their threads and their future children; or */
	size_t tgid_count;     /* 0: of the machine */
};

struct graph_trace;

/*
 * Make everything ready; nothing is traced yet. Whatever ends this process, the kernel's settings
 * are put back (see graph_settings.h). -EBUSY: somebody else uses the tracer; -EINVAL: there is no
 * such function, or it cannot be traced; -errno.
 */
must_check int graph_trace_new(const struct graph_trace_options *options, struct graph_trace **ret,
			       struct diag *why);

/* How many functions the name or pattern stands for. */
unsigned int graph_trace_functions(const struct graph_trace *trace);

must_check int graph_trace_start(struct graph_trace *trace, struct diag *why);

/* Take what the CPUs have recorded so far into files on the disk that have no name; to be called
 * some times a second. Beyond GRAPH_TRACE_BYTES_MAX nothing more is taken: then the kernel
 * overwrites the oldest, and counts it. */
must_check int graph_trace_drain(struct graph_trace *trace, struct diag *why);

/* Stop, put the settings back, and write all of it to fd as a trace.dat of version 6
 * (trace-cmd.dat.v6(5)), with this machine's kallsyms. -ENODATA: no call was seen. */
must_check int graph_trace_finish(struct graph_trace *trace, int fd, struct diag *why);

/* A file in /var/tmp that no path leads to any more: its descriptor, the caller's. On a disk rather
 * than in memory, for it may become large. -errno. */
must_check int graph_trace_nameless(struct diag *why);

void graph_trace_free(struct graph_trace **trace);

/* How many instances below tracefs are of processes that were killed; graph_trace_new() removes
 * them. */
unsigned int graph_trace_leftovers(const char *tracefs);

#define GRAPH_TRACE_BYTES_MAX (1ULL << 30)

#endif
