/* How do we say it to programs? The report of block devices as one JSON object, the same bytes for
 * the same report. */
#ifndef VIEW_DISK_JSON_H
#define VIEW_DISK_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/disk.h"
#include "finding/stack_map.h"

/* Print the report, with a map unless that is NULL, as "slowpath.disk/1". -ENOMEM, or -errno when
 * out took no more; it is flushed.
 */
must_check int view_disk_json(const struct disk_report *report, const struct stack_map *map,
			      FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_disk_json_object(const struct disk_report *report, const struct stack_map *map);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_disk_json_schema(FILE *out);

#endif
