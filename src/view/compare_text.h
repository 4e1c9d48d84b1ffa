/* How do we say on a terminal what got slower? In 80 to 200 columns. */
#ifndef VIEW_COMPARE_TEXT_H
#define VIEW_COMPARE_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/compare.h"
#include "view/text.h"

/* Print the comparison for people. -errno when out took no more; it is flushed. */
must_check int view_compare_text(const struct comparison *comparison,
				 const struct view_style *style, FILE *out);

#endif
