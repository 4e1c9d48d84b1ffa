/* What need no longer be remembered? */
#ifndef ANALYSE_FORGET_H
#define ANALYSE_FORGET_H

#include "analyse/state.h"

/* Make room when too many spans are kept: the oldest quarter of the time remembered goes. */
void forget_oldest(struct analysis *analysis);

/* Spans are forgotten before the requests that they were waits for: to be called before each
 * request. */
void forget_for_requests(struct analysis *analysis);

#endif
