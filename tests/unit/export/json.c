/* Is every event a line of JSON that the schema knows, with all that is in it? */
#include <stdlib.h>
#include <string.h>

#include "export/fields.h"
#include "harness/golden.h"
#include "unit/export/exported.h"
#include "unit/view/schema.h"

static char *schema_text(void)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(export_json_schema(printed.out), 0);
	return printed_end(&printed);
}

/* The part of the schema for lines of this kind. */
static json_t *schema_of(json_t *schema, const char *kind)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(schema, "oneOf"), i, one)
	{
		json_t *of_kind = json_object_get(json_object_get(one, "properties"), "kind");

		if (strcmp(json_string_value(json_object_get(of_kind, "const")), kind) == 0)
			return one;
	}
	fail_msg("the schema does not know the kind %s", kind);
	return NULL;
}

/* All lines, each looked at by the schema; an array, the caller's. */
static json_t *lines_of(const struct stream *stream)
{
	owns(own_free) char *text = exported(EXPORT_JSON, NULL, stream, NULL);
	owns(own_free) char *told = schema_text();
	owns(json_drop) json_t *schema = json_parsed(told);
	json_t *lines = json_array();
	char *rest = NULL;

	for (char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c != '\177') || *c < 0);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *value = json_parsed(line);
		const char *kind = json_string_value(json_object_get(value, "kind"));

		assert_non_null(kind);
		schema_check(kind, value, schema_of(schema, kind));
		assert_int_equal(json_array_append_new(lines, value), 0);
	}
	return lines;
}

static const char *string_of(json_t *line, const char *field)
{
	const char *text = json_string_value(json_object_get(line, field));

	assert_non_null(text);
	return text;
}

/* Each kind once, every byte of it 0x25 but for the counts of its tail, which are 1. */
static void add_every_kind(struct stream *stream)
{
	for (unsigned int kind = 0; kind < 64; kind++) {
		const struct fields fields = fields_of(kind);
		unsigned char bytes[512];
		size_t tail = 0;

		if (!fields.words)
			continue;
		memset(bytes, 0x25, sizeof(bytes));
		for (size_t i = 0; i < fields.count; i++) {
			const struct field *field = &fields.items[i];
			uint64_t one = 1;

			if (field->type == FIELD_TAIL_TEXT || field->type == FIELD_FRAMES ||
			    field->type == FIELD_BUCKETS) {
				memcpy(bytes + field->offset, &one, field->bytes);
				tail += 16;
			}
		}
		stream_add(stream, kind, bytes, event_kind_bytes(kind) + tail);
	}
}

static void every_kind_is_a_line_that_the_schema_knows(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(json_drop) json_t *lines = NULL;

	add_every_kind(&stream);
	lines = lines_of(&stream);
	assert_int_equal(json_array_size(lines), stream.items.count + 1);
	assert_string_equal(string_of(json_array_get(lines, 0), "schema"), "slowpath.events/1");
}

static void all_that_a_wait_says_is_in_its_line(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(json_drop) json_t *lines = NULL;
	json_t *line;

	stream_wait(&stream, 7, 1, 3,
		    (struct event_wait){ .stack = 0xfedcba9876543210,
					 .state = 2,
					 .syscall = -1,
					 .fd = -1,
					 .waker_tid = 9,
					 .flags = SPAN_IOWAIT | SPAN_FAULT | 1 << 30 });
	lines = lines_of(&stream);
	line = json_array_get(lines, 1);
	assert_string_equal(string_of(line, "kind"), "wait");
	assert_int_equal(json_integer_value(json_object_get(line, "tid")), 7);
	assert_int_equal(json_integer_value(json_object_get(line, "start_ns")), AT(1));
	assert_int_equal(json_integer_value(json_object_get(line, "end_ns")), AT(3));
	assert_int_equal(json_integer_value(json_object_get(line, "syscall")), -1);
	/* Readers round numbers beyond 2^53: a hash is no number. */
	assert_string_equal(string_of(line, "stack"), "0xfedcba9876543210");
	line = json_object_get(line, "flags");
	assert_int_equal(json_array_size(line), 3);
	assert_string_equal(json_string_value(json_array_get(line, 0)), "iowait");
	assert_string_equal(json_string_value(json_array_get(line, 1)), "fault");
	assert_int_equal(json_integer_value(json_array_get(line, 2)), 1 << 30);
}

static void texts_of_a_tail_are_told_apart(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(json_drop) json_t *lines = NULL;

	stream_fact(&stream, "key\033", "va\"lue");
	lines = lines_of(&stream);
	assert_string_equal(string_of(json_array_get(lines, 1), "key"), "key\\x1b");
	assert_string_equal(string_of(json_array_get(lines, 1), "value"), "va\"lue");
}

static void a_stack_is_told_with_its_frames(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(json_drop) json_t *lines = NULL;
	json_t *frames;

	(void)stream_stack(&stream, "inner", "outer", NULL);
	lines = lines_of(&stream);
	frames = json_object_get(json_array_get(lines, json_array_size(lines) - 1), "frames");
	assert_int_equal(json_array_size(frames), 2);
}

static void a_kind_from_the_future_is_told_by_its_number(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(json_drop) json_t *lines = NULL;
	const struct event event = { .time_ns = 5 };

	stream_add(&stream, 60000, &event, sizeof(event));
	lines = lines_of(&stream);
	assert_string_equal(string_of(json_array_get(lines, 1), "kind"), "unknown");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 1), "number")),
			 60000);
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(stream_free) struct stream stream = {};

	stream_fact(&stream, "key", "value");
	export_fails_when_full(EXPORT_JSON, &stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_a_line_that_the_schema_knows),
		cmocka_unit_test(all_that_a_wait_says_is_in_its_line),
		cmocka_unit_test(texts_of_a_tail_are_told_apart),
		cmocka_unit_test(a_stack_is_told_with_its_frames),
		cmocka_unit_test(a_kind_from_the_future_is_told_by_its_number),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
