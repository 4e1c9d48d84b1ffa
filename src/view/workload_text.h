/* How do we say on a terminal what was asked of files? */
#ifndef VIEW_WORKLOAD_TEXT_H
#define VIEW_WORKLOAD_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/workload.h"
#include "view/text.h"

/* -errno when out took no more; it is flushed. */
must_check int view_workload_text(const struct workload *workload, const struct view_style *style,
				  FILE *out);

/* How the run of its job file compares, term by term. */
must_check int view_workload_comparison_text(const struct workload_comparison *comparison,
					     const struct view_style *style, FILE *out);

#endif
