/* How do we say it on a terminal? Who is stuck and why, then the deadlocks, then all stacks, in 80
 * to 200 columns. */
#ifndef VIEW_STUCK_TEXT_H
#define VIEW_STUCK_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/stuck.h"
#include "view/text.h"

/* Print the report for people. -errno when out took no more; it is flushed. */
must_check int view_stuck_text(const struct stuck_report *report, const struct view_style *style,
			       FILE *out);

#endif
