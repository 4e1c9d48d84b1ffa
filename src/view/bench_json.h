/* How do we say to programs how targets compare? */
#ifndef VIEW_BENCH_JSON_H
#define VIEW_BENCH_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/bench.h"

/* Print the report as one JSON object. -ENOMEM, or -errno when out took no more; it is flushed. */
must_check int view_bench_json(const struct bench *bench, FILE *out);

/* The same as a value, the caller's; NULL: out of memory. */
json_t *view_bench_json_object(const struct bench *bench);

/* Print its JSON Schema. */
must_check int view_bench_json_schema(FILE *out);

#endif
