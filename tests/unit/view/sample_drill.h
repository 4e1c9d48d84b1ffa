/* What report of slow calls do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_DRILL_H
#define TESTS_UNIT_VIEW_SAMPLE_DRILL_H

#include "finding/drill.h"

/* All that such a report can hold; the caller's. */
struct drill_report *sample_drill(void);

#endif
