/* How do we say it to programs? The verdict as one JSON object, the same bytes for the same
 * verdict. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include <stdio.h>

#include "base/own.h"
#include "finding/finding.h"

/* Print the verdict as "slowpath.verdict/1". -ENOMEM, or -errno when out took no more; it is
 * flushed. */
must_check int view_json(const struct verdict *verdict, FILE *out);

/* Print the JSON Schema of what view_json() prints. -errno when out took no more; it is flushed. */
must_check int view_json_schema(FILE *out);

#endif
