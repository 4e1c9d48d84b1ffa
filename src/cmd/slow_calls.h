/* Where inside of the slow calls of a function did the time go? The live half of slowpath calls. */
#ifndef CMD_SLOW_CALLS_H
#define CMD_SLOW_CALLS_H

#include "cmd/options.h"

/* Watch, or read a recording of a watch, look into the slow calls of the function that is named,
 * and say where their time was. What went wrong was told. Returns the exit status. */
int slow_calls_run(struct options *options);

#endif
