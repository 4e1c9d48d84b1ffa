/* Under whose CPU quota does a thread run? Its control group is told when the quota first holds it.
 */
#ifndef PROBE_CGROUPS_H
#define PROBE_CGROUPS_H

#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

/* Stands before another sink; zero but for `next` is a valid start. End with cgroups_free(). */
struct cgroups {
	struct event_sink next;
	struct hash_map told; /* tids */
};

/* Pass the event on; before a QUEUE that was throttled, its thread's CGROUP. */
must_check int cgroups_take(void *cgroups, const struct event *event, struct diag *why);
void cgroups_free(struct cgroups *cgroups);

/*
 * The path of the CPU controller's group in the text of /proc/PID/cgroup: the line of the "cpu"
 * controller (version 1), else that of the unified hierarchy ("0::"). cgroups(7). NULL: neither is
 * there. *ret_bytes is its length.
 */
const char *cgroups_find_cpu(const char *text, size_t *ret_bytes);

#endif
