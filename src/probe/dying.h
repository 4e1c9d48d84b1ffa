/* What did threads use that died, but that the kernel still holds? Inner to the watch. */
#ifndef PROBE_DYING_H
#define PROBE_DYING_H

#include "base/diag.h"
#include "base/own.h"

struct intake;

/*
 * Wait a moment for the kernel to let go of the threads in this map, and tell what comes meanwhile.
 * Those of whom it does not are told with what they had when they began to die.
 */
must_check int dying_tell(int dying_map, struct intake *intake, struct diag *why);

#endif
