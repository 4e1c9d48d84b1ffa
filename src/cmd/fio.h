/* What does fio measure here and now? One run of it, in the folder that slowpath stands in, watched
 * or not. */
#ifndef CMD_FIO_H
#define CMD_FIO_H

#include <stdbool.h>
#include <stdint.h>

#include "analyse/fio_result.h"
#include "base/diag.h"
#include "base/own.h"
#include "cmd/signals.h"
#include "event/event.h"
#include "probe/watch.h"

struct options;

/* Who runs it, again and again. */
struct fio {
	const struct options *options; /* what is to be done without */
	struct signals signals;        /* taken by fio_begin() */
	int niceness;                  /* of slowpath when it began: that of every run */
	bool is_interrupted;           /* slowpath was told to end */
	struct diag unwatched;         /* why runs are not watched any more; code 0: they are */
};

/*
 * Take the signals that would end slowpath, SIGHUP included, and see that there is a fio; its
 * version ("fio-3.33") is put into the room. -ENOENT and others: it cannot be run. End with
 * fio_end(), whatever came of it.
 */
must_check int fio_begin(struct fio *fio, char *version, size_t bytes, struct diag *why);
void fio_end(struct fio *fio);

/* Was slowpath told to end meanwhile? */
bool fio_is_interrupted(struct fio *fio);

struct fio_run {
	const char *job;   /* the file of it, in this folder */
	bool only_creates; /* its files, and does nothing with them */
	bool wants_watch;
	enum watch_what what; /* of the watch */
	uint32_t sample_hz;
	const char *output;            /* where to keep the events; NULL: nowhere */
	const struct event_sink *sink; /* of the events */
};

/* How a run ended; its result is the caller's, to end with fio_result_end(). */
struct fio_run_end {
	bool was_watched;
	struct fio_result result; /* none when it only created files */
	uint64_t cpu_ns;          /* of fio and its children, as wait(2) has it */
	uint64_t device_bytes;    /* read from devices, the same */
};

/*
 * Run it to its end. Where a watch is wanted but cannot be had, it runs without from then on.
 * -EINTR: slowpath was told to end, and so was fio; -EIO: fio failed, and the reason is what it
 * said itself.
 */
must_check int fio_run(struct fio *fio, const struct fio_run *run, struct fio_run_end *ret,
		       struct diag *why);

#endif
