/* How do we say it to programs? The report on locks as one JSON object, the same bytes for the same
 * report. */
#ifndef VIEW_LOCKS_JSON_H
#define VIEW_LOCKS_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/locks.h"

/* Print the report as "slowpath.locks/1". -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int view_locks_json(const struct lock_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_locks_json_object(const struct lock_report *report);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_locks_json_schema(FILE *out);

#endif
