/* What did the watch see of locks? The table of waits becomes rows for people. */
#ifndef ANALYSE_LOCK_REPORT_H
#define ANALYSE_LOCK_REPORT_H

#include "analyse/lock_paths.h"
#include "analyse/lock_waits.h"
#include "analyse/state.h"
#include "base/own.h"
#include "finding/locks.h"

/* Fill in report->watch and its notes. 0 or -ENOMEM. */
must_check int lock_report_watch(struct analysis *analysis, struct lock_waits *waits,
				 const struct lock_paths *paths, struct lock_report *report);

#endif
