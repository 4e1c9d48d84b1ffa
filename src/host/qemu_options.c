/* What does one value on QEMU's command line say? As qemu's own readers have it: util/keyval.c,
 * util/qemu-option.c. */
#include "host/qemu_options.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
	KEY_BYTES = 128,
	DEPTH_MAX = 8, /* of objects in objects */
};

static int add(struct qemu_options *options, const char *key, const char *value)
{
	owns(own_free) char *own_key = NULL;
	owns(own_free) char *own_value = NULL;
	struct qemu_option *option;

	if (options->items.count >= QEMU_OPTIONS_MAX)
		return 0;
	own_key = strdup(key);
	own_value = strdup(value);
	option = own_key && own_value ? array_push(&options->items) : NULL;
	if (!option)
		return -ENOMEM;
	option->key = give(own_key);
	option->value = give(own_value);
	return 0;
}

/* --- JSON --- */

static int add_value(struct qemu_options *options, const char *key, const json_t *value,
		     unsigned int depth);

static int add_members(struct qemu_options *options, const char *prefix, const json_t *object,
		       unsigned int depth)
{
	const char *name;
	json_t *value;
	int r = 0;

	/* jansson's iterators take no const. */
	json_object_foreach((json_t *)object, name, value)
	{
		char key[KEY_BYTES];

		if (r < 0 || snprintf(key, sizeof(key), "%s%s%s", prefix, prefix[0] ? "." : "",
				      name) >= (int)sizeof(key))
			continue;
		r = add_value(options, key, value, depth);
	}
	return r;
}

static int add_items(struct qemu_options *options, const char *prefix, const json_t *list,
		     unsigned int depth)
{
	int r = 0;

	for (size_t i = 0; i < json_array_size(list) && r == 0; i++) {
		char key[KEY_BYTES];

		if (snprintf(key, sizeof(key), "%s.%zu", prefix, i) < (int)sizeof(key))
			r = add_value(options, key, json_array_get(list, i), depth);
	}
	return r;
}

static int add_value(struct qemu_options *options, const char *key, const json_t *value,
		     unsigned int depth)
{
	char number[32];

	if (depth >= DEPTH_MAX)
		return 0;
	if (json_is_object(value))
		return add_members(options, key, value, depth + 1);
	if (json_is_array(value))
		return add_items(options, key, value, depth + 1);
	if (json_is_boolean(value))
		return add(options, key, json_is_true(value) ? "on" : "off");
	if (json_is_string(value))
		return add(options, key, json_string_value(value));
	if (!json_is_integer(value))
		return 0;
	(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return add(options, key, number);
}

static int read_json(const char *text, struct qemu_options *options)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int r = json_is_object(object) ? add_members(options, "", object, 0) : 0;

	json_decref(object);
	return r;
}

/* --- key=value --- */

/* One part, up to a single comma; text is moved behind it. The part is written into the room, which
 * is as long as the text. */
static void take_part(const char **text, char *room)
{
	const char *at = *text;

	while (*at && (at[0] != ',' || at[1] == ',')) {
		at += at[0] == ',';
		*room++ = *at++;
	}
	*room = '\0';
	*text = at + (*at == ',');
}

static int add_part(struct qemu_options *options, char *part, const char *implied_key)
{
	char *equals = strchr(part, '=');

	if (equals) {
		*equals = '\0';
		return add(options, part, equals + 1);
	}
	if (implied_key)
		return add(options, implied_key, part);
	/* The old way: "server", "nowait". */
	return strncmp(part, "no", 2) == 0 ? add(options, part + 2, "off")
					   : add(options, part, "on");
}

int qemu_options_read(const char *text, const char *implied_key, struct qemu_options *ret)
{
	owns(own_free) char *room = malloc(strlen(text) + 1);
	struct qemu_options options = {};
	bool is_json = text[0] == '{';
	int r = room ? 0 : -ENOMEM;

	if (r == 0 && is_json)
		r = read_json(text, &options);
	for (bool is_first = true; r == 0 && !is_json && *text; is_first = false) {
		take_part(&text, room);
		r = add_part(&options, room, is_first ? implied_key : NULL);
	}
	if (r < 0) {
		qemu_options_free(&options);
		return r;
	}
	*ret = options;
	return 0;
}

const char *qemu_option(const struct qemu_options *options, const char *key)
{
	for (size_t i = options->items.count; i-- > 0;) {
		if (strcmp(options->items.items[i].key, key) == 0)
			return options->items.items[i].value;
	}
	return NULL;
}

bool qemu_option_is_on(const struct qemu_options *options, const char *key, bool without)
{
	const char *value = qemu_option(options, key);

	if (!value)
		return without;
	if (strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		return true;
	if (strcmp(value, "off") == 0 || strcmp(value, "no") == 0 || strcmp(value, "false") == 0)
		return false;
	return without;
}

void qemu_options_free(struct qemu_options *options)
{
	for (size_t i = 0; i < options->items.count; i++) {
		free(options->items.items[i].key);
		free(options->items.items[i].value);
	}
	array_free(&options->items);
}
