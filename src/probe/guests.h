/* How are the exits of guests seen? By programs at KVM's tracepoints, where the kernel has them.
 * Inner to the watch. */
#ifndef PROBE_GUESTS_H
#define PROBE_GUESTS_H

#include <linux/types.h>
#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.wire.h"

struct bpf_object;
struct features;
struct translator;

/* Where the text of a tracepoint's format file says that the field is; false: it has none, or none
 * that can be read. */
bool guest_field_read(const char *format, const char *name, struct wire_field *ret);

/*
 * Before the load: choose whether the programs are loaded, and find what they read (*fields).
 * Wanted, but not to be had is no error. 0 or -errno.
 */
must_check int guests_choose(struct bpf_object *object, struct features *features, bool is_wanted,
			     volatile struct wire_guest_fields *fields);

/* Tell whether they are seen ("facility.guest_exits", "missing.guest_exits"). */
must_check int guests_tell(const struct bpf_object *object, const struct event_sink *sink,
			   uint64_t time_ns, struct diag *why);

/* The watch is over: tell where each virtual CPU is (GUEST_EXIT_OPEN_END, GUEST_EXIT_INSIDE). */
must_check int guests_tell_last(const struct bpf_object *object, struct translator *translator,
				struct diag *why);

#endif
