/* How do we draw who wakes whom? As a graph for dot (graphviz). */
#ifndef VIEW_WAIT_DOT_H
#define VIEW_WAIT_DOT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/wait.h"

/* Print the graph; names are labels and nothing else. -errno when out took no more; it is flushed.
 */
must_check int view_wakers_dot(const struct wait_report *report, FILE *out);

#endif
