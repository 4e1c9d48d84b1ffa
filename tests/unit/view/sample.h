/* What verdict do the views' tests show? One that has something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_H
#define TESTS_UNIT_VIEW_SAMPLE_H

#include "finding/finding.h"

/* A command that waits for its journal, with 23 threads; the caller's, to end with verdict_free().
 */
struct verdict *sample_command(void);

/* A machine with nothing to tell. */
struct verdict *sample_idle_machine(void);

#endif
