/* How do we say it to programs? The verdict as one JSON object, the same bytes for the same
 * verdict. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/finding.h"

/* Print the verdict as "slowpath.verdict/1". -ENOMEM, or -errno when out took no more; it is
 * flushed. */
must_check int view_json(const struct verdict *verdict, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_json_object(const struct verdict *verdict);

/* When each cause took its time: {slice_s, slices: [{cause: seconds}]}, the caller's. No slices:
 * not known. NULL when memory is out. */
json_t *view_json_over_time(const struct verdict *verdict);

/* What each of the threads with most time outside idle did, by when: {slice_s, slices, threads:
 * [{tid, tgid, comm, states: {name: [seconds]}}], threads_left_out, left_out_s}, the caller's: so
 * many threads are not told, and so much time of all threads is in no state. NULL when memory is
 * out. */
json_t *view_json_threads_over_time(const struct verdict *verdict);

/* Print the JSON Schema of what view_json() prints. -errno when out took no more; it is flushed. */
must_check int view_json_schema(FILE *out);

#endif
