/* How do we say on a terminal which operations on files took how long? In 80 to 200 columns. */
#ifndef VIEW_FILES_TEXT_H
#define VIEW_FILES_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/files.h"
#include "finding/stack_map.h"
#include "view/text.h"

/* Print the report for people, and what lies below a path; map: NULL for none. -errno when out took
 * no more; it is flushed. */
must_check int view_files_text(const struct files_report *report, const struct stack_map *map,
			       const struct view_style *style, FILE *out);

#endif
