/* How do we say it to programs? The report on files as one JSON object, the same bytes for the same
 * report. */
#ifndef VIEW_FILES_JSON_H
#define VIEW_FILES_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/files.h"
#include "finding/stack_map.h"

/* Print the report as "slowpath.files/1"; map: NULL for none. -ENOMEM, or -errno when out took no
 * more; it is flushed. */
must_check int view_files_json(const struct files_report *report, const struct stack_map *map,
			       FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_files_json_object(const struct files_report *report, const struct stack_map *map);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_files_json_schema(FILE *out);

#endif
