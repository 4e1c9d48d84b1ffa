/*
 * What did the block devices do, for whom, and how long did it take? A fold over block requests and
 * the tallies of them: the same events give the same report, byte for byte. No I/O, no clock, no
 * globals; memory is bounded.
 */
#ifndef ANALYSE_DISKS_H
#define ANALYSE_DISKS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/disk.h"

struct disks;

struct disks_options {
	struct disk_keys keys; /* of the table */
	uint64_t over_ns;      /* list single requests of at least this long; 0: the slowest few */
};

/* On success *ret is the caller's, to end with disks_free(). -ENOMEM. */
must_check int disks_new(const struct disks_options *options, struct disks **ret);
void disks_free(struct disks **disks);

/* Take the next event, in the stream's order. -ENOMEM. Fits struct event_sink. */
must_check int disks_take(void *disks, const struct event *event, struct diag *why);

/* The report on all events taken so far, once. *ret is the caller's, to end with
 * disk_report_free(). */
must_check int disks_report(struct disks *disks, struct disk_report **ret, struct diag *why);

#endif
