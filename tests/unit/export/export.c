/* Is every format known by its name, and made of what it needs? */
#include "export/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found_by_their_names),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(only_formats_made_of_events_have_an_exporter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
