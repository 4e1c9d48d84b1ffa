/*
 * Which operations on which files took how long, and where did the time go? A fold over the events
 * of a watch of files: operations one by one, tallies of all of them, and block requests. No I/O,
 * no clock, no globals; memory is bounded, and what found no room is counted and told.
 */
#ifndef ANALYSE_FILES_H
#define ANALYSE_FILES_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/files.h"

struct filer;

struct filer_options {
	struct files_keys keys; /* what tells the rows of the table apart */
	double min_share;       /* rows below this are left out, and counted */
	uint64_t over_ns;       /* operations of this length and longer are told one by one */
};

/* On success *ret is the caller's, to end with filer_free(). -ENOMEM. */
must_check int filer_new(const struct filer_options *options, struct filer **ret);
void filer_free(struct filer **filer);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int filer_take(void *filer, const struct event *event, struct diag *why);

/* The report on all events taken so far. *ret is the caller's, to end with files_report_free().
 * -ENOMEM; -ENODATA: files were not watched. */
must_check int filer_report(struct filer *filer, struct files_report **ret, struct diag *why);

#endif
