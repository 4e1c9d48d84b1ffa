/* How do we say to programs what was asked of files? */
#ifndef VIEW_WORKLOAD_JSON_H
#define VIEW_WORKLOAD_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/workload.h"

/* Print it as JSON; comparison is NULL when the job was not run. -ENOMEM, or -errno when out took
 * no more; it is flushed. */
must_check int view_workload_json(const struct workload *workload,
				  const struct workload_comparison *comparison, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_workload_json_object(const struct workload *workload,
				  const struct workload_comparison *comparison);

must_check int view_workload_json_schema(FILE *out);

#endif
