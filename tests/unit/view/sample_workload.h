/* What workload do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_WORKLOAD_H
#define TESTS_UNIT_VIEW_SAMPLE_WORKLOAD_H

#include "finding/workload.h"

/* A database's: random reads, a log, a scan of a mapped file, and names that are not to be trusted.
 * The caller's. */
struct workload *sample_workload(void);

/* How the run of its job file came out: a term that differs, and a job that is missing. */
struct workload_comparison *sample_comparison(void);

/* A watch in which nothing was asked. */
struct workload *sample_no_workload(void);

#endif
