/* How do we say it to programs? The report of waits as one JSON object, the same bytes for the same
 * report. */
#ifndef VIEW_WAIT_JSON_H
#define VIEW_WAIT_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/wait.h"

/* Print the report as "slowpath.wait/1". -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int view_wait_json(const struct wait_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_wait_json_object(const struct wait_report *report);

/* Who ended a wait, for other answers as well; NULL when memory is out. */
json_t *wait_json_waker(const struct wait_waker *who);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_wait_json_schema(FILE *out);

#endif
