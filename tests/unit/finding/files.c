/* Are the keys of a report on files read as they are called? */
#include "finding/files.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/test.h"

static void each_key_is_read_by_its_name(void **state)
{
	for (enum files_key key = 0; key < FILES_KEY_COUNT; key++) {
		struct files_keys keys;

		assert_int_equal(files_keys_read(files_key_name(key), &keys), 0);
		assert_int_equal(keys.count, 1);
		assert_true(files_keys_have(&keys, key));
	}
	assert_string_equal(files_key_name(FILES_KEY_COUNT), "unknown");
}

static void what_is_no_key_or_comes_twice_is_refused(void **state)
{
	struct files_keys keys;

	assert_int_equal(files_keys_read("file,inode", &keys), -EINVAL);
	assert_int_equal(files_keys_read("op,op", &keys), -EINVAL);
	assert_int_equal(files_keys_read("", &keys), -EINVAL);
}

static void texts_live_as_long_as_the_report(void **state)
{
	owns(files_report_free) struct files_report *report = calloc(1, sizeof(*report));
	char text[] = "a";
	const char *kept;

	assert_non_null(report);
	kept = files_keep(report, text);
	text[0] = 'b';
	assert_string_equal(kept, "a");
	assert_string_equal(files_keep(report, ""), "");
	assert_int_equal(report->texts.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_is_read_by_its_name),
		cmocka_unit_test(what_is_no_key_or_comes_twice_is_refused),
		cmocka_unit_test(texts_live_as_long_as_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
