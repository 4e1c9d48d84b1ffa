/* How do we say it on a terminal? The locks most waited for first, in 80 to 200 columns. */
#ifndef VIEW_LOCKS_TEXT_H
#define VIEW_LOCKS_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/locks.h"
#include "view/text.h"

/* Print the report for people. -errno when out took no more; it is flushed. */
must_check int view_locks_text(const struct lock_report *report, const struct view_style *style,
			       FILE *out);

#endif
