/* How do we say it on a terminal? The report of calls: functions, their tree, and single calls. */
#ifndef VIEW_CALL_TEXT_H
#define VIEW_CALL_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/call_tree.h"
#include "view/text.h"

/* Print the report for people. -errno when out took no more; it is flushed. */
must_check int view_call_text(const struct call_report *report, const struct view_style *style,
			      FILE *out);

#endif
