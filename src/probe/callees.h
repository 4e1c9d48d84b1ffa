/* How long is a watched function in those that it calls? By programs at the entry and the return of
 * each. Inner to the watch. */
#ifndef PROBE_CALLEES_H
#define PROBE_CALLEES_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.wire.h"

struct bpf_link;
struct bpf_object;

struct callee {
	struct bpf_link *entry;
	struct bpf_link *exit;
	const char *name; /* the caller's */
};

/* Zero is valid: none is timed. */
struct callees {
	struct callee items[WIRE_CALLEES];
	uint32_t count;
};

/* Choose whether their programs are loaded: before the load. */
must_check int callees_choose(struct bpf_object *object, bool is_wanted);

/*
 * Put programs at these functions of the kernel, each called by the one before, outermost first.
 * Those that none can be put at are left out, and what is beyond WIRE_CALLEES: callees->count says
 * how many are timed. Their names must outlive callees_tell().
 */
void callees_attach(struct callees *callees, const struct bpf_object *object,
		    const char *const *names, size_t count);

/* Tell which are timed ("functions.callee.N"). */
must_check int callees_tell(const struct callees *callees, const struct event_sink *sink,
			    uint64_t time_ns, struct diag *why);
void callees_detach(struct callees *callees);

#endif
