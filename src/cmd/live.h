/* How does a live watch run? From the probes through the namer to those who keep and those who
 * think, until it ends. */
#ifndef CMD_LIVE_H
#define CMD_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.h"

struct features;
struct pollfd;
struct signals;

/* Somebody who looks on while the watch runs: what lasts is told to the thinker as well, and the
 * machine's meters (COUNTER). The end of such a watch is not told. */
struct live_onlooker {
	uint64_t every_ns; /* how often to glance at all threads */
	/* When one of these is ready the next tick comes at once; owned by the onlooker. */
	const struct pollfd *fds;
	size_t fd_count; /* at most LIVE_ONLOOKER_FDS */
	/*
	 * Called many times a second, on the watch's own thread: nothing is told while it works.
	 * The thinker took all that happened up to told_ns; the last glance was at glance_ns
	 * (0: none yet). 0: go on; 1: it is enough, the watch ends; -errno with the reason.
	 */
	int (*tick)(void *self, uint64_t told_ns, uint64_t glance_ns, struct diag *why);
	void *self;
};

enum {
	LIVE_ONLOOKER_FDS = 2,
};

/* Asks which functions of the kernel shall be timed in the calls of the watched one. */
struct live_callees {
	/* Fill in names, outermost first (they live until the watch ends), and return how many; 0:
	 * not known yet, ask again. -errno with the reason. */
	int (*choose)(void *self, const char **names, size_t max, struct diag *why);
	void *self;
};

struct live_options {
	struct features *features;
	enum watch_what what;
	const uint32_t *tgids; /* processes to watch */
	size_t tgid_count;
	char *const *command; /* ends with NULL; NULL: none */
	const char *output;   /* where to keep the events; NULL: nowhere */
	uint64_t duration_ns; /* 0: until the target ends or the user says so */
	uint32_t sample_hz;
	uint64_t slow_io_ns;                  /* of a watch of files: see watch_options */
	uint64_t call_stack_ns;               /* see struct watch_options */
	uint64_t call_over_ns;                /* the same */
	struct watch_function function;       /* see struct watch_options */
	const struct live_onlooker *onlooker; /* of a whole watch; NULL: nobody */
	struct live_callees callees;          /* choose is NULL: none */
	bool tell_progress;                   /* a line on stderr that is rewritten */
	bool with_lock_stat; /* what the kernel itself counts of its locks is told as well */
	bool with_guests;    /* how the targets that are virtual machines are set up is told */
	bool wants_inlined;  /* see struct symbol_source */
	const struct signals *signals; /* that the caller has taken; NULL: the watch takes them */
	const int *command_output;     /* of the command: standard output and error; NULL: ours */
};

/* How the watch ended. */
struct live_end {
	int command_status;  /* the command's exit status as a shell has it; when it was given */
	bool command_failed; /* it could not be run: command_status is 126 or 127 */
	bool target_ended;   /* the one process that was watched, or the command */
	struct rusage command_usage; /* of a command that ended */
	unsigned int interrupts;     /* signals that were to end it */
	struct diag recording;       /* why the recording stopped early; code 0: it did not */
};

/*
 * Watch the target, keep all events in a recording if one is wanted, and hand them to the thinker
 * (NULL: none), in order. A recording is begun when all but the command is ready, so that an older
 * one is not lost to a watch that cannot begin. The command is waited for, even when the watch ends
 * before it does or fails. A recording that cannot go on is told in ret->recording: the watch goes
 * on without it. -errno with the reason; what the thinker took is its to keep.
 */
must_check int live_run(const struct live_options *options, const struct event_sink *thinker,
			struct live_end *ret, struct diag *why);

#endif
