/* Do the parts of a profile have their names, and live as long as it does? */
#include "finding/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void keys_are_read_in_the_order_given(void **state)
{
	struct profile_keys keys = {};

	assert_int_equal(profile_keys_read("symbol,comm", &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.items[0], PROFILE_SYMBOL);
	assert_int_equal(keys.items[1], PROFILE_COMM);
	assert_int_equal(profile_keys_read("pool,dso,symbol,comm", &keys), 0);
	assert_int_equal(keys.count, 4);
}

static void lists_that_say_nothing_or_too_much_are_refused(void **state)
{
	static const char *const bad[] = { "",     ",",   "comm,",     ",comm",  "comm,comm",
					   "name", "com", "comm,,dso", "symbols" };

	for (size_t i = 0; i < array_count(bad); i++) {
		struct profile_keys keys = { .count = 77 };

		assert_int_equal(profile_keys_read(bad[i], &keys), -EINVAL);
		assert_int_equal(keys.count, 77);
	}
}

static void frames_keep_copies_of_their_texts(void **state)
{
	owns(profile_free) struct profile *profile = calloc(1, sizeof(*profile));
	char name[40], *huge = calloc(1, 100000);

	assert_true(profile && huge);
	memset(huge, 'x', 99999);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "function %d", i);
		assert_int_equal(profile_add_frame(profile, FRAME_USER, name, i % 2 ? "" : name),
				 i);
	}
	assert_int_equal(profile_add_frame(profile, FRAME_KERNEL, huge, "zfs"), 3000);
	assert_string_equal(profile->frames.items[0].name, "function 0");
	assert_string_equal(profile->frames.items[1].module, "");
	assert_string_equal(profile->frames.items[2998].module, "function 2998");
	assert_string_equal(profile->frames.items[3000].name, huge);
	assert_int_equal(profile_set_place(profile, 7, "seven.c:7"), 0);
	assert_string_equal(profile->frames.items[7].place, "seven.c:7");
	assert_string_equal(profile->frames.items[8].place, "");
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read_in_the_order_given),
		cmocka_unit_test(lists_that_say_nothing_or_too_much_are_refused),
		cmocka_unit_test(frames_keep_copies_of_their_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
