/* Every event as a line of JSON: its fields, in the order of the table in fields.def. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "event/event.h"
#include "export/fields.h"
#include "export/writer.h"

static const char SCHEMA_NAME[] = "slowpath.events/1";

enum {
	KINDS_MAX = 64,
};

struct json_writer {
	struct writer writer;
	struct fields fields[KINDS_MAX]; /* by kind */
};

/* What an event is made of while it is written. */
struct piece {
	const char *bytes; /* of the event */
	const char *tail;  /* what of its tail is not written yet */
	uint64_t length;   /* the last FIELD_LENGTH */
};

static uint64_t read_unsigned(const char *place, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, place, bytes); /* little-endian, as recordings are */
	return value;
}

static int64_t read_signed(const char *place, size_t bytes)
{
	unsigned int unused = 64 - 8 * (unsigned int)bytes;

	return (int64_t)(read_unsigned(place, bytes) << unused) >> unused;
}

static void put_id(struct put *put, uint64_t value)
{
	put_text(put, "\"0x");
	put_hex(put, value);
	put_char(put, '"');
}

static void put_choice(struct put *put, const struct value_name *names, uint64_t value)
{
	for (; names->name; names++) {
		if (names->value == value) {
			put_json(put, names->name, strlen(names->name));
			return;
		}
	}
	put_unsigned(put, value);
}

static void put_set(struct put *put, const struct value_name *names, uint64_t value)
{
	const char *comma = "";

	put_char(put, '[');
	for (; names->name; names++) {
		if (!(value & names->value))
			continue;
		put_text(put, comma);
		put_json(put, names->name, strlen(names->name));
		comma = ",";
		value &= ~names->value;
	}
	if (value) {
		put_text(put, comma);
		put_unsigned(put, value);
	}
	put_char(put, ']');
}

static void put_frames(struct put *put, const struct event_frame *frames, uint64_t count)
{
	put_char(put, '[');
	for (uint64_t i = 0; i < count; i++) {
		put_text(put, i ? ",{\"address\":" : "{\"address\":");
		put_id(put, frames[i].address);
		put_text(put, ",\"symbol\":");
		put_unsigned(put, frames[i].symbol);
		put_text(put, ",\"offset\":");
		put_unsigned(put, frames[i].offset);
		put_char(put, '}');
	}
	put_char(put, ']');
}

static void put_numbers(struct put *put, const char *place, uint64_t count, bool are_ids)
{
	put_char(put, '[');
	for (uint64_t i = 0; i < count; i++) {
		uint64_t value = read_unsigned(place + i * sizeof(value), sizeof(value));

		if (i)
			put_char(put, ',');
		if (are_ids)
			put_id(put, value);
		else
			put_unsigned(put, value);
	}
	put_char(put, ']');
}

static void put_build_id(struct put *put, const char *bytes, uint64_t count, size_t room)
{
	put_char(put, '"');
	for (size_t i = 0; i < count && i < room; i++) {
		put_hex(put, (unsigned char)bytes[i] >> 4);
		put_hex(put, (unsigned char)bytes[i] & 15);
	}
	put_char(put, '"');
}

/* The value of one field that is told; sound events only (event_is_sound()). */
static void put_value(struct put *put, const struct field *field, struct piece *piece)
{
	const char *place = piece->bytes + field->offset;
	uint64_t value = field->bytes <= sizeof(value) ? read_unsigned(place, field->bytes) : 0;

	switch (field->type) {
	case FIELD_NUMBER:
		put_unsigned(put, value);
		return;
	case FIELD_SIGNED:
		put_signed(put, read_signed(place, field->bytes));
		return;
	case FIELD_ID:
		put_id(put, value);
		return;
	case FIELD_TEXT:
		put_json(put, place, strnlen(place, field->bytes));
		return;
	case FIELD_CHOICE:
		put_choice(put, field->names, value);
		return;
	case FIELD_SET:
		put_set(put, field->names, value);
		return;
	case FIELD_NUMBERS:
		put_numbers(put, place, field->bytes / sizeof(value), true);
		return;
	case FIELD_BUILD_ID:
		put_build_id(put, place, piece->length, field->bytes);
		return;
	case FIELD_TAIL_TEXT:
		put_json(put, piece->tail, value);
		piece->tail += value;
		return;
	case FIELD_FRAMES:
		put_frames(put, (const void *)piece->tail, value);
		return;
	case FIELD_BUCKETS:
		put_numbers(put, piece->tail, value, false);
		return;
	case FIELD_SPARE:
	case FIELD_LENGTH:
		return;
	}
}

static void put_unknown(struct put *put, const struct event *event)
{
	put_text(put, "{\"kind\":\"unknown\",\"time_ns\":");
	put_unsigned(put, event->time_ns);
	put_text(put, ",\"number\":");
	put_unsigned(put, event->kind);
	put_text(put, "}\n");
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct json_writer *json = self;
	struct put *put = json->writer.put;
	const struct fields *fields = event->kind < KINDS_MAX ? &json->fields[event->kind] : NULL;
	struct piece piece = { .bytes = (const char *)event };

	if (!fields || !fields->words) {
		put_unknown(put, event);
		return 0;
	}
	piece.tail = piece.bytes + event_kind_bytes(event->kind);
	put_text(put, "{\"kind\":\"");
	put_text(put, event_kind_name(event->kind));
	put_text(put, "\",\"time_ns\":");
	put_unsigned(put, event->time_ns);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (field->type == FIELD_LENGTH)
			piece.length = read_unsigned(piece.bytes + field->offset, field->bytes);
		if (!field->name[0])
			continue;
		put_text(put, ",\"");
		put_text(put, field->name);
		put_text(put, "\":");
		put_value(put, field, &piece);
	}
	put_text(put, "}\n");
	return 0;
}

static int begin(void *self, struct diag *why)
{
	struct json_writer *json = self;

	for (unsigned int kind = 0; kind < KINDS_MAX; kind++)
		json->fields[kind] = fields_of(kind);
	put_text(json->writer.put, "{\"kind\":\"schema\",\"schema\":\"");
	put_text(json->writer.put, SCHEMA_NAME);
	put_text(json->writer.put, "\"}\n");
	return 0;
}

const struct writer_kind JSON_WRITER = {
	.bytes = sizeof(struct json_writer),
	.begin = begin,
	.take = take,
};

/* --- the schema --- */

static void put_names(struct put *put, const struct value_name *names)
{
	put_text(put, "\"anyOf\":[{\"enum\":[");
	for (size_t i = 0; names[i].name; i++) {
		put_text(put, i ? ",\"" : "\"");
		put_text(put, names[i].name);
		put_char(put, '"');
	}
	put_text(put, "]},{\"type\":\"integer\"}]");
}

static const char ID_TYPE[] = "\"type\":\"string\",\"pattern\":\"^0x[0-9a-f]+$\"";

static void put_type(struct put *put, const struct field *field)
{
	switch (field->type) {
	case FIELD_NUMBER:
		put_text(put, "\"type\":\"integer\",\"minimum\":0");
		return;
	case FIELD_SIGNED:
		put_text(put, "\"type\":\"integer\"");
		return;
	case FIELD_ID:
		put_text(put, ID_TYPE);
		return;
	case FIELD_TEXT:
	case FIELD_TAIL_TEXT:
	case FIELD_BUILD_ID:
		put_text(put, "\"type\":\"string\"");
		return;
	case FIELD_CHOICE:
		put_names(put, field->names);
		return;
	case FIELD_SET:
		put_text(put, "\"type\":\"array\",\"items\":{");
		put_names(put, field->names);
		put_char(put, '}');
		return;
	case FIELD_NUMBERS:
		put_text(put, "\"type\":\"array\",\"items\":{");
		put_text(put, ID_TYPE);
		put_char(put, '}');
		return;
	case FIELD_FRAMES:
		put_text(
			put,
			"\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"address\","
			"\"symbol\",\"offset\"],\"properties\":{\"address\":{");
		put_text(put, ID_TYPE);
		put_text(put, "},\"symbol\":{\"type\":\"integer\",\"minimum\":0},"
			      "\"offset\":{\"type\":\"integer\",\"minimum\":0}}}");
		return;
	case FIELD_BUCKETS:
		put_text(put, "\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0}");
		return;
	case FIELD_SPARE:
	case FIELD_LENGTH:
		return;
	}
}

static void put_property(struct put *put, const struct field *field)
{
	put_text(put, ",\n   \"");
	put_text(put, field->name);
	put_text(put, "\":{");
	put_type(put, field);
	if (field->words[0]) {
		put_text(put, ",\"description\":");
		put_json(put, field->words, strlen(field->words));
	}
	put_char(put, '}');
}

static void put_kind(struct put *put, unsigned int kind, const struct fields *fields)
{
	put_text(put, ",\n  {\"description\":");
	put_json(put, fields->words, strlen(fields->words));
	put_text(put, ",\"type\":\"object\",\n  \"required\":[\"kind\",\"time_ns\"");
	for (size_t i = 0; i < fields->count; i++) {
		if (!fields->items[i].name[0])
			continue;
		put_text(put, ",\"");
		put_text(put, fields->items[i].name);
		put_char(put, '"');
	}
	put_text(put, "],\n  \"properties\":{\n   \"kind\":{\"const\":\"");
	put_text(put, event_kind_name(kind));
	put_text(put, "\"},\n   \"time_ns\":{\"type\":\"integer\",\"minimum\":0}");
	for (size_t i = 0; i < fields->count; i++) {
		if (fields->items[i].name[0])
			put_property(put, &fields->items[i]);
	}
	put_text(put, "}}");
}

int export_json_schema(FILE *out)
{
	owns(own_free) struct put *put = calloc(1, sizeof(*put));

	if (!put)
		return -ENOMEM;
	put->out = out;
	put_text(put,
		 "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n \"title\":\"");
	put_text(put, SCHEMA_NAME);
	put_text(
		put,
		"\",\n \"description\":\"One line of slowpath export --format json. Times are nanoseconds of "
		"CLOCK_MONOTONIC. Fields and kinds are only ever added within this version.\",\n \"oneOf\":[\n"
		"  {\"description\":\"The first line.\",\"type\":\"object\",\"required\":[\"kind\",\"schema\"],"
		"\n  \"properties\":{\"kind\":{\"const\":\"schema\"},\"schema\":{\"const\":\"");
	put_text(put, SCHEMA_NAME);
	put_text(
		put,
		"\"}}},\n  {\"description\":\"A kind from the future.\",\"type\":\"object\",\"required\":["
		"\"kind\",\"time_ns\",\"number\"],\n  \"properties\":{\"kind\":{\"const\":\"unknown\"},"
		"\"time_ns\":{\"type\":\"integer\",\"minimum\":0},\"number\":{\"type\":\"integer\","
		"\"minimum\":0}}}");
	for (unsigned int kind = 0; kind < KINDS_MAX; kind++) {
		const struct fields fields = fields_of(kind);

		if (fields.words)
			put_kind(put, kind, &fields);
	}
	put_text(put, "]}\n");
	return put_flush(put, NULL);
}
