/* How is what the tracer recorded kept? In files without a name while it comes, in a trace.dat at
 * the end. Inner to graph_trace.c. */
#ifndef PROBE_GRAPH_FILE_H
#define PROBE_GRAPH_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

/* The pages of one CPU. */
struct graph_pages {
	unsigned int cpu;
	int pipe_fd; /* where the kernel hands them out; -1 */
	int file_fd; /* where they are kept; -1 */
	uint64_t bytes;
};

#define GRAPH_PAGES_NONE                      \
	(struct graph_pages)                  \
	{                                     \
		.pipe_fd = -1, .file_fd = -1, \
	}

must_check int graph_pages_open(struct graph_pages *pages, const char *folder, unsigned int cpu,
				struct diag *why);
/* Take the next page through this room. 1; 0: there is none now; -errno. */
must_check int graph_pages_take(struct graph_pages *pages, void *room, size_t page_bytes,
				struct diag *why);
void graph_pages_close(struct graph_pages *pages);

struct graph_file {
	int fd;
	const char *folder; /* of tracefs, or an instance */
	const struct graph_pages *cpus;
	size_t cpu_count;
	size_t page_bytes;
	uint64_t at;
};

/* trace-cmd.dat.v6(5): formats, kallsyms, names of threads, losses by CPU, pages. */
must_check int graph_file_write(struct graph_file *file, struct diag *why);

#endif
