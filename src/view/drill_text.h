/* How do we say on a terminal where inside of the slow calls the time went? */
#ifndef VIEW_DRILL_TEXT_H
#define VIEW_DRILL_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/drill.h"
#include "view/text.h"

/* Print the report; flushes out. 0, or -errno when out took no more. */
must_check int view_drill_text(const struct drill_report *report, const struct view_style *style,
			       FILE *out);

#endif
