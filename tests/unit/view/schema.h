/* Is a JSON value what its schema says, and harmless? */
#ifndef TESTS_UNIT_VIEW_SCHEMA_H
#define TESTS_UNIT_VIEW_SCHEMA_H

#include <jansson.h>
#include <stdio.h>

void json_drop(json_t **value);

/* The value of a text, the caller's; the test fails when it is not sound JSON. */
json_t *json_parsed(const char *text);

/* As much of JSON Schema as our schemas use; stricter in one thing: a field must be known to it. */
void schema_check(const char *path, json_t *value, json_t *schema);

/* The view under test: it knows what the report is; NULL stands for the schema. */
typedef int json_view(const void *report, FILE *out);

/* What it prints, the caller's. */
char *json_printed(json_view *view, const void *report);
json_t *json_of(json_view *view, const void *report);

/* A report with the hostile name of the samples holds nothing that a terminal could obey. */
void json_is_harmless(json_view *view, const void *report);

/* A stream that takes no more is a failure. */
void json_fails_when_full(json_view *view, const void *report);

#endif
