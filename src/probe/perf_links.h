/* How does a program come to be called by perf events? One event on each CPU calls it. */
#ifndef PROBE_PERF_LINKS_H
#define PROBE_PERF_LINKS_H

#include "base/array.h"
#include "base/own.h"

struct bpf_link;
struct bpf_program;
struct perf_event_attr;

struct perf_link {
	struct bpf_link *link;
};

/* Zero is valid: none. */
struct perf_links {
	ARRAY(struct perf_link) items;
};

/* Have the program called by such an event on each CPU that is online; what was there before stays.
 * -errno: on some it may be. */
must_check int perf_links_attach(struct perf_links *links, struct perf_event_attr *attr,
				 const struct bpf_program *program);
void perf_links_free(struct perf_links *links);

#endif
