/* Is a JSON value what its schema says? */
#ifndef TESTS_UNIT_VIEW_SCHEMA_H
#define TESTS_UNIT_VIEW_SCHEMA_H

#include <jansson.h>

void json_drop(json_t **value);

/* The value of a text, the caller's; the test fails when it is not sound JSON. */
json_t *json_parsed(const char *text);

/* As much of JSON Schema as our schemas use; stricter in one thing: a field must be known to it. */
void schema_check(const char *path, json_t *value, json_t *schema);

#endif
