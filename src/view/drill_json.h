/* How do we say to programs where inside of the slow calls the time went? */
#ifndef VIEW_DRILL_JSON_H
#define VIEW_DRILL_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/drill.h"

/* Print the report as one JSON object; flushes out. -ENOMEM, or -errno when out took no more. */
must_check int view_drill_json(const struct drill_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_drill_json_object(const struct drill_report *report);

/* Print its JSON Schema; flushes out. 0, or -errno when out took no more. */
must_check int view_drill_json_schema(FILE *out);

#endif
