/* What comparison do the views' tests show? One that has something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_COMPARE_H
#define TESTS_UNIT_VIEW_SAMPLE_COMPARE_H

#include "finding/compare.h"

/* Three runs of each side, slower by a flush; end with comparison_free(). */
struct comparison *sample_compare(void);

/* Two runs that do not differ. */
struct comparison *sample_no_difference(void);

#endif
