/* How do we say to programs what got slower? */
#ifndef VIEW_COMPARE_JSON_H
#define VIEW_COMPARE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/compare.h"

/* Print the comparison as one JSON object. -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int view_compare_json(const struct comparison *comparison, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_compare_json_object(const struct comparison *comparison);

/* Print its JSON Schema. */
must_check int view_compare_json_schema(FILE *out);

#endif
