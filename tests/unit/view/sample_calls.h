/* What report of calls do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_CALLS_H
#define TESTS_UNIT_VIEW_SAMPLE_CALLS_H

#include "finding/call_tree.h"

/* Of all functions, with losses and names that are not to be trusted; or of one, with its slowest
 * call and each of them. The caller's. */
struct call_report *sample_calls(void);
struct call_report *sample_calls_of_one(void);

#endif
