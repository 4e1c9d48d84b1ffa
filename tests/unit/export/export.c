/* Is every format known by its name, and made of what it needs? */
#include "export/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/fields.h"
#include "harness/printed.h"
#include "harness/test.h"

static void formats_are_found_by_their_names(void **state)
{
	for (size_t i = 0; i < EXPORT_FORMAT_COUNT; i++) {
		const struct export_format_row *row = export_format_row((enum export_format)i);
		enum export_format found;

		assert_int_equal(export_format_read(row->name, &found), 0);
		assert_int_equal(found, i);
		assert_true(strlen(row->words) > 0);
	}
}

static void other_names_are_refused(void **state)
{
	enum export_format found = EXPORT_FORMAT_COUNT;

	assert_int_equal(export_format_read("", &found), -EINVAL);
	assert_int_equal(export_format_read("JSON", &found), -EINVAL);
	assert_int_equal(found, EXPORT_FORMAT_COUNT);
}

static void only_formats_made_of_events_have_an_exporter(void **state)
{
	static const struct export_options none = {};

	for (size_t i = 0; i < EXPORT_FORMAT_COUNT; i++) {
		owns(exporter_free) struct exporter *exporter = NULL;
		struct diag why = {};
		int r = exporter_new((enum export_format)i, &none, stderr, &exporter, &why);

		if (export_format_row((enum export_format)i)->source == EXPORT_OF_EVENTS)
			assert_int_equal(r, 0);
		else
			assert_int_equal(r, -ENOTSUP);
		assert_int_equal(exporter != NULL, r == 0);
	}
}

static uint64_t draw(uint64_t *random)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return *random >> 24;
}

/* An event of any kind, known or not, with any bytes in it, but sound as a reader hands it on. */
static const struct event *random_event(uint64_t words[64], uint64_t *random)
{
	struct event *event = (struct event *)words;
	unsigned int kind = (unsigned int)draw(random) % 40;
	const struct fields fields = fields_of(kind);
	size_t bytes = event_kind_bytes(kind) ?: sizeof(*event);

	for (size_t i = 0; i < 64; i++)
		words[i] = draw(random) % 4 ? draw(random) % 64 : draw(random) << 32 | draw(random);
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.items[i];
		uint64_t few = draw(random) % 4;

		if (field->type == FIELD_TAIL_TEXT || field->type == FIELD_FRAMES ||
		    field->type == FIELD_BUCKETS)
			memcpy((char *)words + field->offset, &few, field->bytes);
	}
	*event = (struct event){ .bytes = (uint32_t)bytes + 64,
				 .kind = (uint16_t)kind,
				 .time_ns = draw(random) };
	assert_true(event_is_sound(event, 64 * sizeof(*words)));
	return event;
}

static void whatever_an_event_says_it_is_exported(void **state)
{
	static const struct export_options wall = { .is_wall = true };

	for (size_t i = 0; i < EXPORT_FORMAT_COUNT; i++) {
		owns(exporter_free) struct exporter *exporter = NULL;
		struct printed printed = {};
		struct diag why = {};
		uint64_t random = 42, words[64];

		if (export_format_row((enum export_format)i)->source != EXPORT_OF_EVENTS)
			continue;
		printed_begin(&printed);
		assert_int_equal(
			exporter_new((enum export_format)i, &wall, printed.out, &exporter, &why),
			0);
		for (size_t j = 0; j < 20000; j++)
			assert_int_equal(
				exporter_take(exporter, random_event(words, &random), &why), 0);
		assert_int_equal(exporter_finish(exporter, &why), 0);
		free(printed_end(&printed));
		assert_true(printed.bytes > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found_by_their_names),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(only_formats_made_of_events_have_an_exporter),
		cmocka_unit_test(whatever_an_event_says_it_is_exported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
