/* How are the calls of one function seen? By programs at its entry and its return, which come
 * beside those of a watch. */
#ifndef PROBE_FUNCTIONS_H
#define PROBE_FUNCTIONS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.h"

struct bpf_link;
struct bpf_object;

/* Zero is valid: no function is watched. */
struct functions {
	struct bpf_link *entry;
	struct bpf_link *exit;
};

/* Choose which programs are loaded, and how: before the load. */
must_check int functions_choose(struct bpf_object *object, const struct watch_function *function);

/* Put the programs at the function. -ENOENT: there is no such function; -errno. */
must_check int functions_attach(struct functions *functions, const struct bpf_object *object,
				const struct watch_function *function, struct diag *why);
void functions_detach(struct functions *functions);

/* Tell as facts that it is watched ("facility.functions", "functions.watched"). */
must_check int functions_tell(const struct watch_function *function, const struct event_sink *sink,
			      uint64_t time_ns, struct diag *why);

/*
 * Tell the calls that have not returned, and how many were too short to be told. The programs are
 * off by now.
 */
must_check int functions_tell_last(const struct bpf_object *object,
				   const struct watch_function *function, uint64_t short_calls,
				   const struct event_sink *sink, uint64_t time_ns,
				   struct diag *why);

#endif
