/* Does the table of fields know every byte of every event? */
#include "export/fields.h"

#include <string.h>

#include "harness/test.h"

enum {
	KINDS = 64,
};

static void every_kind_has_its_fields(void **state)
{
	for (unsigned int kind = 0; kind < KINDS; kind++)
		assert_int_equal(event_kind_name(kind) != NULL, fields_of(kind).words != NULL);
}

/* Whoever appends a field to an event must tell it here. */
static void the_fields_of_a_kind_fill_its_struct(void **state)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		const struct fields fields = fields_of(kind);
		size_t end = sizeof(struct event);

		if (!fields.words)
			continue;
		for (size_t i = 0; i < fields.count; i++) {
			if (fields.items[i].offset != end)
				fail_msg("%s: there is a gap before %s", event_kind_name(kind),
					 fields.items[i].name);
			end += fields.items[i].bytes;
		}
		if (end != event_kind_bytes(kind))
			fail_msg("%s: something comes after its last field", event_kind_name(kind));
	}
}

static void the_fields_of_a_kind_have_different_names(void **state)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		const struct fields fields = fields_of(kind);

		for (size_t i = 0; i < fields.count; i++) {
			assert_string_not_equal(fields.items[i].name, "kind");
			assert_string_not_equal(fields.items[i].name, "time_ns");
			for (size_t j = 0; j < i && fields.items[i].name[0]; j++)
				assert_string_not_equal(fields.items[i].name, fields.items[j].name);
		}
	}
}

static void values_of_closed_sets_have_names(void **state)
{
	assert_string_equal(fields_name(EVENT_IO, "operation", IO_FSYNC), "fsync");
	assert_string_equal(fields_name(EVENT_IO, "operation", 4711), "unknown");
	assert_string_equal(fields_name(EVENT_COUNTER, "key", COUNTER_STEAL_NS), "steal_ns");
	assert_string_equal(fields_name(EVENT_COUNTER, "no such", 1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_fields),
		cmocka_unit_test(the_fields_of_a_kind_fill_its_struct),
		cmocka_unit_test(the_fields_of_a_kind_have_different_names),
		cmocka_unit_test(values_of_closed_sets_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
