/* What report of waits do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_WAIT_H
#define TESTS_UNIT_VIEW_SAMPLE_WAIT_H

#include "finding/wait.h"

/* A database's: a commit, a read, waits without a stack, and names that are not to be trusted. The
 * caller's. */
struct wait_report *sample_wait(void);

#endif
