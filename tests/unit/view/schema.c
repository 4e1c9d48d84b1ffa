/* Is a JSON value what its schema says, and harmless? */
#include "unit/view/schema.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"

void json_drop(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

json_t *json_parsed(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!value)
		fail_msg("line %d: %s", error.line, error.text);
	return value;
}

static bool is_of_type(const json_t *value, const char *type)
{
	return (json_is_object(value) && strcmp(type, "object") == 0) ||
	       (json_is_array(value) && strcmp(type, "array") == 0) ||
	       (json_is_string(value) && strcmp(type, "string") == 0) ||
	       (json_is_integer(value) && strcmp(type, "integer") == 0) ||
	       (json_is_number(value) && strcmp(type, "number") == 0) ||
	       (json_is_boolean(value) && strcmp(type, "boolean") == 0) ||
	       (json_is_null(value) && strcmp(type, "null") == 0);
}

static bool is_of_types(const json_t *value, const json_t *types)
{
	size_t i;
	json_t *type;

	if (json_is_string(types))
		return is_of_type(value, json_string_value(types));
	json_array_foreach(types, i, type)
	{
		if (is_of_type(value, json_string_value(type)))
			return true;
	}
	return false;
}

static bool is_among(const json_t *value, const json_t *allowed)
{
	size_t i;
	json_t *one;

	json_array_foreach(allowed, i, one)
	{
		if (json_equal(one, value))
			return true;
	}
	return false;
}

/* One of several: each an enum, or a type by itself. */
static bool is_any(const json_t *value, const json_t *several)
{
	size_t i;
	json_t *one;

	json_array_foreach(several, i, one)
	{
		const json_t *allowed = json_object_get(one, "enum");

		if (allowed ? is_among(value, allowed)
			    : is_of_types(value, json_object_get(one, "type")))
			return true;
	}
	return false;
}

static void check_object(const char *path, json_t *value, json_t *schema)
{
	json_t *properties = json_object_get(schema, "properties");
	json_t *others = json_object_get(schema, "additionalProperties");
	const char *key;
	json_t *part;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, part)
	{
		if (!json_object_get(value, json_string_value(part)))
			fail_msg("%s lacks %s", path, json_string_value(part));
	}
	json_object_foreach(value, key, part)
	{
		json_t *of_key = json_object_get(properties, key);
		char place[256];

		(void)snprintf(place, sizeof(place), "%s.%s", path, key);
		if (!of_key && !others)
			fail_msg("the schema does not know %s", place);
		schema_check(place, part, of_key ? of_key : others);
	}
}

void schema_check(const char *path, json_t *value, json_t *schema)
{
	json_t *types = json_object_get(schema, "type");
	json_t *allowed = json_object_get(schema, "enum");
	json_t *constant = json_object_get(schema, "const");
	json_t *minimum = json_object_get(schema, "minimum");
	json_t *several = json_object_get(schema, "anyOf");
	json_t *item;
	size_t i;

	if (types && !is_of_types(value, types))
		fail_msg("%s is of the wrong type", path);
	if (allowed && !is_among(value, allowed))
		fail_msg("%s is none of the allowed values", path);
	if (several && !is_any(value, several))
		fail_msg("%s is none of those that may be", path);
	if (constant && !json_equal(constant, value))
		fail_msg("%s is not the constant", path);
	if (minimum && json_is_number(value) &&
	    json_number_value(value) < json_number_value(minimum))
		fail_msg("%s is too small", path);
	if (json_is_object(value))
		check_object(path, value, schema);
	json_array_foreach(value, i, item)
		schema_check(path, item, json_object_get(schema, "items"));
}

char *json_printed(json_view *view, const void *report)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(view(report, printed.out), 0);
	return printed_end(&printed);
}

json_t *json_of(json_view *view, const void *report)
{
	owns(own_free) char *text = json_printed(view, report);

	return json_parsed(text);
}

void json_is_harmless(json_view *view, const void *report)
{
	owns(own_free) char *text = json_printed(view, report);

	assert_harmless(text);
	assert_non_null(strstr(text, "x1b[2J"));
}

void json_fails_when_full(json_view *view, const void *report)
{
	FILE *full = printed_nowhere();

	assert_int_equal(view(report, full), -ENOSPC);
	(void)fclose(full);
}
