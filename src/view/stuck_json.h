/* How do we say it to programs? The report as one JSON object, the same bytes for the same report.
 */
#ifndef VIEW_STUCK_JSON_H
#define VIEW_STUCK_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/stuck.h"

/* Print the report as "slowpath.stuck/1". -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int view_stuck_json(const struct stuck_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_stuck_json_object(const struct stuck_report *report);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_stuck_json_schema(FILE *out);

#endif
