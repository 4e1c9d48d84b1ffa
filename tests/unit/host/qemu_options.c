/* Is a value on QEMU's command line read as QEMU reads it? */
#include "host/qemu_options.h"

#include <stdio.h>
#include <string.h>

#include "harness/test.h"

static void read_one(const char *text, const char *implied_key, struct qemu_options *ret)
{
	assert_int_equal(qemu_options_read(text, implied_key, ret), 0);
}

static void keys_have_values(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("id=disk0,file=/a=b,cache.direct=on", NULL, &options);
	assert_int_equal(options.items.count, 3);
	assert_string_equal(qemu_option(&options, "id"), "disk0");
	assert_string_equal(qemu_option(&options, "file"), "/a=b");
	assert_true(qemu_option_is_on(&options, "cache.direct", false));
	assert_null(qemu_option(&options, "cache"));
}

static void a_comma_in_a_value_is_written_twice(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("file=/a,,b,,,,c,id=x,,", NULL, &options);
	assert_string_equal(qemu_option(&options, "file"), "/a,b,,c");
	assert_string_equal(qemu_option(&options, "id"), "x,");
}

static void the_first_word_may_be_the_value_of_a_key(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("virtio-blk-pci,drive=d0", "driver", &options);
	assert_string_equal(qemu_option(&options, "driver"), "virtio-blk-pci");
	assert_string_equal(qemu_option(&options, "drive"), "d0");
}

static void a_word_alone_is_a_switch(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("driver,server,nowait", "driver", &options);
	assert_true(qemu_option_is_on(&options, "server", false));
	assert_false(qemu_option_is_on(&options, "wait", true));
}

static void the_last_of_a_key_counts(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("cache=none,cache=writeback", NULL, &options);
	assert_string_equal(qemu_option(&options, "cache"), "writeback");
}

static void json_is_read_into_the_same_keys(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("{\"driver\": \"qcow2\", \"cache\": {\"direct\": true, \"no-flush\": false}, "
		 "\"size\": 12, \"list\": [{\"iothread\": \"a\"}, {\"iothread\": \"b\"}], "
		 "\"nothing\": null, \"real\": 1.5}",
		 "driver", &options);
	assert_string_equal(qemu_option(&options, "driver"), "qcow2");
	assert_string_equal(qemu_option(&options, "cache.direct"), "on");
	assert_string_equal(qemu_option(&options, "cache.no-flush"), "off");
	assert_string_equal(qemu_option(&options, "size"), "12");
	assert_string_equal(qemu_option(&options, "list.0.iothread"), "a");
	assert_string_equal(qemu_option(&options, "list.1.iothread"), "b");
	assert_int_equal(options.items.count, 6);
}

static void what_is_no_json_says_nothing(void **state)
{
	static const char *const TEXTS[] = { "{", "{\"a\": ", "{\"a\": 1, \"a\": 2}", "{}", "" };

	for (size_t i = 0; i < array_count(TEXTS); i++) {
		owns(qemu_options_free) struct qemu_options options = {};

		read_one(TEXTS[i], "driver", &options);
		assert_int_equal(options.items.count, 0);
	}
}

static void deep_json_and_long_keys_are_left_out(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};
	char text[1024] = "{\"a\": \"x\", \"";
	size_t at = strlen(text);

	memset(text + at, 'k', 300);
	(void)snprintf(text + at + 300, sizeof(text) - at - 300, "\": 1, \"d\": %s1%s}",
		       "{\"d\": {\"d\": {\"d\": {\"d\": {\"d\": {\"d\": {\"d\": {\"d\": {\"d\": ",
		       "}}}}}}}}}");
	read_one(text, NULL, &options);
	assert_int_equal(options.items.count, 1);
	assert_string_equal(qemu_option(&options, "a"), "x");
}

static void there_is_a_limit_to_how_many(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};
	char text[4096] = "";

	for (size_t i = 0; i < 300; i++)
		strcat(text, "a=b,");
	read_one(text, NULL, &options);
	assert_int_equal(options.items.count, QEMU_OPTIONS_MAX);
}

static void a_switch_is_on_off_or_neither(void **state)
{
	owns(qemu_options_free) struct qemu_options options = {};

	read_one("a=yes,b=true,c=no,d=false,e=auto", NULL, &options);
	assert_true(qemu_option_is_on(&options, "a", false));
	assert_true(qemu_option_is_on(&options, "b", false));
	assert_false(qemu_option_is_on(&options, "c", true));
	assert_false(qemu_option_is_on(&options, "d", true));
	assert_true(qemu_option_is_on(&options, "e", true));
	assert_false(qemu_option_is_on(&options, "e", false));
	assert_true(qemu_option_is_on(&options, "f", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_values),
		cmocka_unit_test(a_comma_in_a_value_is_written_twice),
		cmocka_unit_test(the_first_word_may_be_the_value_of_a_key),
		cmocka_unit_test(a_word_alone_is_a_switch),
		cmocka_unit_test(the_last_of_a_key_counts),
		cmocka_unit_test(json_is_read_into_the_same_keys),
		cmocka_unit_test(what_is_no_json_says_nothing),
		cmocka_unit_test(deep_json_and_long_keys_are_left_out),
		cmocka_unit_test(there_is_a_limit_to_how_many),
		cmocka_unit_test(a_switch_is_on_off_or_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
