/* What report do the views' tests show? Made by hand, so that no analysis changes how it looks. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_STUCK_H
#define TESTS_UNIT_VIEW_SAMPLE_STUCK_H

#include "finding/stuck.h"

/* One of all that can be told, with names that a terminal would obey; the caller's. */
struct stuck_report *sample_stuck(void);

/* Nothing is stuck; the caller's. */
struct stuck_report *sample_nothing_stuck(void);

#endif
