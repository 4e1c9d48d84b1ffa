/*
 * Which system calls did the threads make, how long did they take, and what did the longest wait
 * for? A fold over the events of one watch or of another tool's file, like the profiler
 * (profile.h). Where calls were counted as they returned (TALLY) each is in the table, and the
 * table is exact; elsewhere the long ones are told one by one and the short ones as sums, and what
 * cannot be known of these is said to be unknown. No I/O, no clock, no globals; memory is bounded,
 * and what found no room is counted and told.
 */
#ifndef ANALYSE_SYSCALLS_H
#define ANALYSE_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/syscalls.h"

struct syscalls;

struct syscalls_options {
	struct syscall_keys keys; /* what tells the rows of the table apart */
	enum syscall_order order;
	uint64_t over_ns; /* shorter calls are not told one by one */
	bool has_idle;    /* long calls in which a thread had nothing to do are told as well */
};

/* On success *ret is the caller's, to end with syscalls_free(). -ENOMEM. */
must_check int syscalls_new(const struct syscalls_options *options, struct syscalls **ret);
void syscalls_free(struct syscalls **syscalls);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int syscalls_take(void *syscalls, const struct event *event, struct diag *why);

/*
 * The report of all events; nothing can be taken after, but it can be made again. *ret is the
 * caller's, to end with syscall_report_free(). -ENOMEM. Of a watch of processes or of a command the
 * calls of its threads count.
 */
must_check int syscalls_report(struct syscalls *syscalls, struct syscall_report **ret,
			       struct diag *why);

/* Does a call with this number tell by its result how many bytes it moved? */
bool syscall_moves_bytes(int32_t number);

/* "ENOENT", "ERESTARTSYS"; "" for numbers without a name. */
const char *error_name(int32_t error);

#endif
