/* What report on locks do the views' tests show? One that has something of everything, hostile
 * names included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_LOCKS_H
#define TESTS_UNIT_VIEW_SAMPLE_LOCKS_H

#include "finding/locks.h"

/* A machine with two locks that were waited for, and the kernel's own statistics; end with
 * lock_report_free(). */
struct lock_report *sample_locks(void);

/* Only the kernel's own, as the difference of two counts. */
struct lock_report *sample_lock_difference(void);

/* A watch in which nobody waited for a lock. */
struct lock_report *sample_no_locks(void);

#endif
