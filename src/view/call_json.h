/* How do we say it to programs? The report of calls as one JSON object, the same bytes for the same
 * report. */
#ifndef VIEW_CALL_JSON_H
#define VIEW_CALL_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/call_tree.h"

/* Print the report as "slowpath.calls/1". -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int view_call_json(const struct call_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_call_json_object(const struct call_report *report);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_call_json_schema(FILE *out);

#endif
