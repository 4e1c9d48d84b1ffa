/* How do we see it happen? A live watch: BPF programs on the kernel's tracepoints, told as events.
 */
#ifndef PROBE_WATCH_H
#define PROBE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct features;

/* What is watched: the less, the cheaper. */
enum watch_what {
	WATCH_ALL,   /* all that a verdict needs: spans, waits, requests, samples */
	WATCH_CPU,   /* samples, and each thread's CPU time (USAGE): nothing runs at a switch */
	WATCH_LOOK,  /* how all threads stand, twice: no programs stay */
	WATCH_CALLS, /* all system calls, counted (TALLY), and the long ones with their waits; each
			thread's CPU time */
	WATCH_IO,    /* operations on files (IO) and the block requests that they cause */
	WATCH_DISK,  /* block requests, and who queues them */
};

/* How the calls of a function are seen. */
enum watch_function_by {
	WATCH_BY_NOTHING, /* none is watched */
	WATCH_BY_UPROBE,
	WATCH_BY_KPROBE,
	WATCH_BY_KPROBE_MULTI,
	WATCH_BY_FENTRY,
};

/* A function whose calls are told (CALL). Its texts must outlive the watch. */
struct watch_function {
	enum watch_function_by by;
	const char *path; /* of its program or library; "": of the kernel */
	const char *name;
	const char *const *names; /* by kprobe_multi: those that name, a pattern, stands for */
	size_t name_count;        /* 0: name alone */
	uint64_t over_ns;         /* shorter calls are only counted */
	bool with_callees;        /* watch_time_callees() may come: the kernel has kprobes */
	int32_t syscall;          /* with these, and by nothing: it is this system call */
};

enum {
	WATCH_CALLEES_MAX = 16, /* that are timed */
};

struct watch_options {
	struct features *features; /* what may be used; must outlive watch_open() */
	enum watch_what what;
	enum watch_target target;
	const uint32_t *tgids; /* of the target's processes; none for the machine */
	size_t tgid_count;
	uint32_t sample_hz;
	uint64_t call_stack_ns; /* a user stack for each so much time in slow system calls; 0: as
				   the programs find right */
	uint64_t call_over_ns;  /* WATCH_CALLS: those of this length are told one by one as well; 0:
				   as the programs find right */
	uint64_t slow_io_ns;    /* of a watch of files: operations that take as long are told one by
				   one, others only as far as that costs little, and all are counted
				   in tallies; 0: each is told, and nothing is tallied */
	struct watch_function function; /* of a whole watch */
	bool with_glances;              /* of a whole watch: watch_glance() will be asked */
	bool with_guests;               /* the same: exits of guests are told (GUEST_EXIT) */
	char name[64];                  /* for event_watch */
};

struct watch;

/*
 * Load and attach the programs; nothing is told yet. The sink stays the caller's and must outlive
 * the watch. -EPERM: rights are missing; -ENOTSUP: the kernel lacks what cannot be done without.
 * Everything vanishes with the process, however it ends.
 */
must_check int watch_open(const struct watch_options *options, const struct event_sink *sink,
			  struct watch **ret, struct diag *why);

/* Begin: tells the WATCH and how it is made (facts). */
must_check int watch_start(struct watch *watch, struct diag *why);

/* When the watch began; 0 before. */
uint64_t watch_begin_ns(const struct watch *watch);

/* The text of /proc/kallsyms: some functions are told apart by their addresses. Best right after
 * the start. */
void watch_learn_kallsyms(struct watch *watch, const char *text, size_t bytes);

/*
 * Time these functions of the kernel inside of the watched one's calls that begin from now on: each
 * is called by the one before, outermost first. Those that no program can be put at are left out.
 * Tells which they are, and a CALLEE for each and each call. Once, and only where the function was
 * watched with_callees.
 */
must_check int watch_time_callees(struct watch *watch, const char *const *names, size_t count,
				  struct diag *why);

/* Tell what happened since the last call, up to a short while ago. Call at least 20 times a second.
 */
must_check int watch_poll(struct watch *watch, struct diag *why);

/*
 * Look at what all threads are at just now: with the next polls their open spans are told up to
 * this moment, marked SPAN_OPEN_END, and later only the rest of them. *ret_ns: the moment; one poll
 * ends exactly there, so that more can be told of it in its place.
 */
must_check int watch_glance(struct watch *watch, uint64_t *ret_ns, struct diag *why);

/* Up to when all was told that happened. */
uint64_t watch_told_ns(const struct watch *watch);

/* End: tells the rest, the open spans or the usage, the losses and WATCH_END with this status. */
must_check int watch_stop(struct watch *watch, int exit_status, uint32_t end_flags,
			  struct diag *why);

void watch_free(struct watch **watch);

#endif
