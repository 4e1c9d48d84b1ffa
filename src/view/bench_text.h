/* How do we say on a terminal how targets compare? In 80 to 200 columns. */
#ifndef VIEW_BENCH_TEXT_H
#define VIEW_BENCH_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/bench.h"
#include "view/text.h"

/* Print the report for people. -errno when out took no more; it is flushed. */
must_check int view_bench_text(const struct bench *bench, const struct view_style *style,
			       FILE *out);

#endif
