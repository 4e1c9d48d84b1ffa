/* How do we say it to programs? The report on ZFS as one JSON object, the same bytes for the same
 * report. */
#ifndef VIEW_ZFS_JSON_H
#define VIEW_ZFS_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/zfs.h"

/* Print the report as "slowpath.zfs/1". -ENOMEM, or -errno when out took no more; it is flushed. */
must_check int view_zfs_json(const struct zfs_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_zfs_json_object(const struct zfs_report *report);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_zfs_json_schema(FILE *out);

#endif
